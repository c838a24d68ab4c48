"""The composition root: real parts put together from settings. Nothing else builds them."""

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from threadpoolctl import threadpool_limits

from api.settings import Settings
from api.sources import SourceFile, source_files
from index.compiling import DEFAULT_ENCODER
from index.errors import LibraryMissing, UnreadableDocument
from index.library import Library, is_compiled, mend
from index.parsing import Parser
from qa.answering import Answerer
from qa.calibration import read_calibration
from qa.catalogue import reader_named

CALIBRATION = "calibration.json"  # in the library's folder

Notice = Callable[[str], None]


def open_library(settings: Settings) -> Library:
    """The library the settings name. Raises as `Library.open` does."""
    # The products beside the encoder are small: a second BLAS thread, spinning for work, only takes the core from it.
    threadpool_limits(limits=1, user_api="blas")
    return Library.open(settings.library, settings.encoder, settings.precision)


def make_library(settings: Settings, notice: Notice) -> Library:
    """The library the settings name, made if there is none; `notice` is told before the wait for the encoder."""
    try:
        return open_library(settings)
    except LibraryMissing:
        encoder, precision = settings.encoder or DEFAULT_ENCODER, settings.precision or "int8"
        if not is_compiled(settings.library, encoder, precision):
            notice(f"Compiling the encoder {encoder} to {precision} (once; about 15 seconds) …")
        return Library.create(settings.library, encoder, precision)


def mend_library(settings: Settings) -> Library:
    """The library made anew from its own texts with the encoder of the settings, or its own."""
    return mend(settings.library, settings.encoder, settings.precision)


def make_answerer(settings: Settings, library: Library) -> Answerer:
    """What answers questions from a library, calibrated as `footnote calibrate` left it."""
    kept = settings.library / CALIBRATION
    calibration = read_calibration(kept) if kept.exists() else None
    return Answerer(library, reader_named(settings.reader, library.encoder, calibration), settings.least_confidence)


def find_files(paths: Iterable[Path], settings: Settings) -> list[SourceFile]:
    """The files to add for the paths a person named."""
    return list(source_files(paths, settings.library))


def add_files(library: Library, files: Iterable[SourceFile], parser: Parser | None = None) -> Iterator[tuple[SourceFile, str, str]]:
    """Add files one by one, as a parser reads them, and save the search structures at the end.

    Yields (file, outcome, detail) for each: `added` or `unchanged` with the document's id, or `refused` with the reason.
    """
    changed, parser = False, parser or Parser()
    try:
        for file in files:
            try:
                outcome, id = _added(library, file, parser)
            except UnreadableDocument as error:
                yield file, "refused", str(error)
                continue
            changed |= outcome == "added"
            yield file, outcome, id
    finally:
        parser.close()
        if changed:
            library.publish()


def _added(library: Library, file: SourceFile, parser: Parser) -> tuple[str, str]:
    """What became of a file, and the document's id. One that is there already is not parsed again."""
    content = file.content()
    if id := library.holding(file.source, content):
        return "unchanged", id
    id, new = library.add(parser.read(file.source, content))
    return "added" if new else "unchanged", id
