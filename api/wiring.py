"""The composition root: real parts put together from settings. Nothing else builds them."""

from collections.abc import Callable
from pathlib import Path

from threadpoolctl import threadpool_limits

from api.libraries import Libraries, home_in
from api.settings import PREFIX, Settings
from index import tesseract
from index.compiling import DEFAULT_ENCODER, Precision
from index.encoders import Encoders
from index.errors import LibraryMissing, OcrUnavailable
from index.library import DATABASE, Library
from index.mending import mend
from index.parsing import Parser
from qa.answering import Answerer
from qa.calibration import Calibration, read_calibration
from qa.catalogue import reader_named
from qa.readers import Reader

CALIBRATION = "calibration.json"  # in the library's folder

Notice = Callable[[str], None]


def home_of(settings: Settings) -> Path:
    """The folder of the library that the settings name, a collection or the one that needs no name."""
    return home_in(settings.library, settings.collection)


def open_library(settings: Settings, encoders: Encoders | None = None) -> Library:
    """The library the settings name. Raises as `Library.open` does."""
    # The products beside the encoder are small: a second BLAS thread, spinning for work, only takes the core from it.
    threadpool_limits(limits=1, user_api="blas")
    encoders = encoders or Encoders(settings.library)
    return Library.open(home_of(settings), settings.encoder, settings.precision, encoders, settings.collection)


def make_library(settings: Settings, notice: Notice, encoders: Encoders | None = None) -> Library:
    """The library the settings name, made if there is none; `notice` is told before the wait for the encoder."""
    encoders = encoders or Encoders(settings.library)
    try:
        return open_library(settings, encoders)
    except LibraryMissing:
        encoder, precision = _encoder_to_use(settings)
        if not encoders.has(encoder, precision):
            notice(f"Compiling the encoder {encoder} to {precision} (once; about 15 seconds) …")
        return Library.create(home_of(settings), encoder, precision, encoders, settings.collection)


def _encoder_to_use(settings: Settings) -> tuple[str, Precision]:
    """Name and precision of the encoder of a new library: what is set, else that of the library which a collection stands beside."""
    plain = settings.library / DATABASE
    known: tuple[str, Precision] = (DEFAULT_ENCODER, "int8")
    encoder, precision = Library.encoder_of(plain) if settings.collection and plain.is_file() else known
    return settings.encoder or encoder, settings.precision or precision


def mend_library(settings: Settings) -> Library:
    """The library made anew from its own texts with the encoder of the settings, or its own."""
    return mend(home_of(settings), settings.encoder, settings.precision, Encoders(settings.library))


def make_answerer(settings: Settings, library: Library) -> Answerer:
    """What answers questions from a library, calibrated as `footnote calibrate` left it."""
    reader = reader_named(settings.reader, library.encoder, kept_calibration(settings, library))
    return Answerer(library, reader, settings.least_confidence)


def make_libraries(settings: Settings, notice: Notice, plain: Answerer | None = None) -> Libraries:
    """The libraries of a server: `plain`, by default that of the settings, made if there is none, and collections beside it.

    They share encoders and readers, so that another collection costs little memory.
    """
    encoders = Encoders(settings.library)
    readers: dict[tuple[str, Calibration | None], Reader] = {}

    def answerer(library: Library) -> Answerer:
        key = (library.encoder.fingerprint, calibration := kept_calibration(settings, library))
        readers[key] = readers.get(key) or reader_named(settings.reader, library.encoder, calibration)
        return Answerer(library, readers[key], settings.least_confidence)

    def opened(collection: str) -> Answerer:
        return answerer(open_library(named(settings, collection), encoders))

    def made(collection: str) -> Answerer:
        return answerer(make_library(named(settings, collection), notice, encoders))

    return Libraries(settings.library, plain or made(""), opened, made)


def named(settings: Settings, collection: str) -> Settings:
    """The settings for another collection."""
    return settings.model_copy(update={"collection": collection})


def kept_calibration(settings: Settings, library: Library) -> Calibration | None:
    """The calibration that `footnote calibrate` left for a library, for a collection without its own that of the library beside it.

    Raises InvalidCalibration if it is damaged.
    """
    kept = (folder / CALIBRATION for folder in (library.folder, settings.library))
    return next((read_calibration(path) for path in kept if path.exists()), None)


def make_parser(settings: Settings) -> Parser:
    """What reads files, and scanned pages by OCR if languages are set for it.

    Raises:
        OcrUnavailable: the program for OCR, or its data for a language, is not installed.
    """
    try:
        if settings.ocr:
            tesseract.check(settings.ocr)
    except OcrUnavailable as error:
        raise OcrUnavailable(f"{PREFIX}OCR (--ocr): {error}") from error
    return Parser(ocr=settings.ocr)
