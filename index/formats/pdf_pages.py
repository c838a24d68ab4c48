"""A page of a PDF: the lines that run each way, and why there is less text than there may be."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from itertools import islice
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from index.formats.pdf_line import Line
from index.formats.pdf_rows import runs
from index.formats.pdf_words import ASKEW, Box, Word, Words

_MINORITY = 0.2  # of the characters of a page; fewer that run another way (a stamp in the margin) are left out
_MOST_IMAGES = 2_000


@dataclass(frozen=True, slots=True)
class Sheet:
    """The lines of a page that run one way, and the heights at which it ends, below and above."""

    lines: tuple[Line, ...]
    ends: tuple[float, float]


@dataclass(frozen=True, slots=True)
class Page:
    """What a page holds. `aside` is text that runs another way than most of it; `faults`: why there is less text than there may be.

    is_recognised: it was read by OCR. illegible: lines that OCR could not make out. failure: why OCR could not read it.
    """

    sheets: tuple[Sheet, ...] = ()
    aside: str = ""
    faults: tuple[str, ...] = ()
    is_recognised: bool = False
    illegible: int = 0
    failure: str = ""


def read_page(document: Any, number: int) -> Page:
    """What the page of a number, counted from 0, holds."""
    try:
        with closing(document[number]) as page, closing(page.get_textpage()) as text:
            words = list(Words(text, page.get_bbox(), number))
            return _laid_out(words, page.get_bbox()) if words else Page(faults=(_why_no_words(page),))
    except pypdfium2.PdfiumError:
        return Page(faults=("damaged",))


def _why_no_words(page: Any) -> str:
    left, bottom, right, top = page.get_bbox()
    covered = 0.0
    for image in islice(page.get_objects([raw.FPDF_PAGEOBJ_IMAGE]), _MOST_IMAGES):
        image_left, image_bottom, image_right, image_top = image.get_bounds()
        covered += (image_right - image_left) * (image_top - image_bottom)
    if covered > 0.5 * (right - left) * (top - bottom):
        return "scanned"
    return "drawn" if raw.FPDFPage_CountObjects(page) > 0 else "blank"


def _laid_out(words: Sequence[Word], box: Box) -> Page:
    weights: Counter[tuple[int, int]] = Counter()
    unmapped = 0
    for word in words:
        unmapped += 0 if word.is_mapped else len(word.line.text)
        weights[word.stretch.turn] += len(word.line.text) if word.is_mapped and word.stretch.turn != ASKEW else 0
    turns = main_turns(weights)
    sheets = [Sheet(tuple(runs(_turned(words, turn))), heights(box, turn)) for turn in turns]
    aside = " ".join(word.line.text for word in words if word.stretch.turn not in turns)
    faults = {
        "unmapped": unmapped > _MINORITY * sum(len(word.line.text) for word in words),
        "invisible": any(word.stretch.is_invisible for word in words),
        "askew": not turns and not unmapped,
    }
    return Page(tuple(sheets), aside, tuple(fault for fault, holds in faults.items() if holds))


def main_turns(weights: Counter[tuple[int, int]]) -> list[tuple[int, int]]:
    """The ways that much of a page runs, given how many characters run each way."""
    return [turn for turn, weight in weights.most_common() if weight > 0 and weight >= _MINORITY * weights.total()]


def _turned(words: Iterable[Word], turn: tuple[int, int]) -> Iterator[tuple[Line, bool]]:
    return ((word.line, word.is_spaced) for word in words if word.is_mapped and word.stretch.turn == turn)


def heights(box: Box, turn: tuple[int, int]) -> tuple[float, float]:
    """Where a page ends below and above for text that runs a way."""
    corners = [y * turn[0] - x * turn[1] for x in box[::2] for y in box[1::2]]
    return min(corners), max(corners)
