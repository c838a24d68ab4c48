"""The scanned pages of a PDF, made pictures of and read by OCR."""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import closing
from math import sqrt
from typing import Any

import pypdfium2  # type: ignore[import-untyped]

from index.errors import OcrFailed
from index.formats.hocr import Picture, Read, body_size, evened, lines_of
from index.formats.pdf_pages import Page, Sheet, heights, main_turns
from index.tesseract import Tesseract

_DOTS = 300 / 72  # a point
_MOST_PIXELS, _LONGEST_SIDE = 20_000_000, 20_000  # a page that is larger is rendered with fewer dots
_MOST_FAILURES = 3  # and no page read, after which no other is tried

Box = tuple[float, float, float, float]  # left, bottom, right, top


def scans_read(document: Any, pages: Sequence[Page], ocr: Tesseract) -> list[Page]:
    """The pages of a document, those that are scanned as OCR reads them; each that it cannot read has a fault that says so."""
    scanned = [number for number, page in enumerate(pages) if "scanned" in page.faults]
    if scanned:
        ocr.announce(len(scanned))
    read = dict(zip(scanned, _read_all(document, scanned, ocr), strict=True))
    body = body_size(one.line for found in read.values() if isinstance(found, _Recognised) for one in found.lines)
    return [_page(read[number], body) if number in read else page for number, page in enumerate(pages)]


class _Recognised:
    """What OCR read on a page, and the box of that page."""

    def __init__(self, lines: Sequence[Read], box: Box) -> None:
        self.box = box
        self.lines = [line for line in lines if line.is_legible]
        self.illegible = len(lines) - len(self.lines)


def _read_all(document: Any, numbers: Sequence[int], ocr: Tesseract) -> Iterator[_Recognised | OcrFailed]:
    """What OCR reads on each page, or why it cannot. Where it fails from the first on, it is not tried for ever."""
    failures: list[OcrFailed] = []
    for place, number in enumerate(numbers):
        if place == len(failures) == _MOST_FAILURES:
            yield from [failures[0]] * (len(numbers) - place)
            return
        try:
            yield _recognised(document, number, ocr)
        except OcrFailed as error:
            failures.append(error)
            yield error


def _recognised(document: Any, number: int, ocr: Tesseract) -> _Recognised:
    """What OCR reads on a page; where it can make out nothing, on the page upside down: of few words it cannot tell which way is up."""
    try:
        with closing(document[number]) as page:
            width, height = page.get_size()
            dots = min(_DOTS, sqrt(_MOST_PIXELS / (width * height)), _LONGEST_SIDE / max(width, height))
            with closing(page.render(scale=dots, grayscale=True)) as bitmap:
                across, rows, pixels = bitmap.width, bitmap.height, bitmap.to_numpy().tobytes()
    except (pypdfium2.PdfiumError, ArithmeticError, ValueError) as error:
        raise OcrFailed("no picture of the page can be made") from error
    head, picture, box = b"P5 %d %d 255\n" % (across, rows), Picture(number, rows, 1 / dots), (0.0, 0.0, across / dots, rows / dots)
    found = _Recognised(lines_of(ocr.read(head + pixels), picture), box)
    if found.lines or not found.illegible:
        return found
    turned = _Recognised(lines_of(ocr.read(head + pixels[::-1]), picture), box)
    return turned if turned.lines else found


def _page(found: _Recognised | OcrFailed, body: float) -> Page:
    if isinstance(found, OcrFailed):
        return Page(faults=("unrecognised",), failure=str(found))
    weights: Counter[tuple[int, int]] = Counter()
    for line, turn, _ in found.lines:
        weights[turn] += len(line.text)
    turns = main_turns(weights)
    sheets = tuple(
        Sheet(tuple(evened(line, body) for line, way, _ in found.lines if way == turn), heights(found.box, turn)) for turn in turns
    )
    aside = " ".join(line.text for line, way, _ in found.lines if way not in turns)
    return Page(sheets, aside, () if sheets else ("illegible",), bool(sheets), found.illegible)
