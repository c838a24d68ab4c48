"""hOCR, in which OCR says what it read on a picture of a page and where, as lines of that page."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from math import cos, log, radians, sin
from statistics import mean, median
from typing import NamedTuple

from index.errors import OcrFailed, UnreadableDocument
from index.formats.pdf_line import Line
from index.formats.xml_tree import Element, parse, words

_LINES, _WORDS = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"}), frozenset({"ocrx_word"})
_LEAST_CONFIDENCE = 50.0  # of 100, in the words of a line; what is below is speckles, or letters upside down
_EM = 1.12  # from the least to the greatest height of letters, as OCR measures type, to its size
_STEP = 1.3  # the ratio of two sizes that are told apart
_PROPERTY = re.compile(r"(\w+) ([^;]+)")

Turn = tuple[int, int]  # cosine and sine of the way text runs
Said = dict[str, str]  # the properties of an element: `{"bbox": "65 108 219 151", "x_size": "37"}`


class Read(NamedTuple):
    """A line of OCR, the way it runs, and how sure OCR is of it, up to 100."""

    line: Line
    turn: Turn
    confidence: float

    @property
    def is_legible(self) -> bool:
        return self.confidence >= _LEAST_CONFIDENCE


@dataclass(frozen=True, slots=True)
class Picture:
    """The picture of a page: its number, counted from 0, its height in pixels, and the length of a pixel in points."""

    page: int
    height: int
    pixel: float


def lines_of(markup: bytes, picture: Picture) -> list[Read]:
    """The lines of a page, straightened as far as they slope all alike.

    Raises:
        OcrFailed: it is not hOCR.
    """
    try:
        root = parse(markup)
    except UnreadableDocument as error:
        raise OcrFailed("what OCR wrote cannot be read") from error
    try:
        paragraphs = [list(_spans(paragraph, _LINES)) for paragraph in root.iter("p")]
        slopes = [_numbers(said["baseline"])[0] for lines in paragraphs for _, said in lines if "baseline" in said]
        slope = median(slopes) if slopes else 0.0
        return [read for lines in paragraphs for read in _read(lines, slope, picture)]
    except (KeyError, ValueError) as error:
        raise OcrFailed("what OCR wrote lacks the places of lines") from error


def _spans(element: Element, kinds: frozenset[str]) -> Iterator[tuple[Element, Said]]:
    """The elements of these kinds in an element, and what is said of each."""
    return ((span, dict(_PROPERTY.findall(span.get("title", "")))) for span in element.iter("span") if span.get("class") in kinds)


def _read(lines: Sequence[tuple[Element, Said]], slope: float, picture: Picture) -> Iterator[Read]:
    """The lines of a paragraph, all of one size, because by itself each is measured less well."""
    size = max(1.0, round(_EM * picture.pixel * median(float(said["x_size"]) for _, said in lines), 1)) if lines else 0.0
    for element, said in lines:
        if text := words(element):
            turn = _turn(said)
            confidence = mean(float(of_word["x_wconf"]) for _, of_word in _spans(element, _WORDS))
            yield Read(Line(text, *_place(said, turn, slope, picture), size, "", picture.page, (size, ""), (size, "")), turn, confidence)


def _turn(said: Said) -> Turn:
    angle = radians(float(said.get("textangle", "0")))
    return round(cos(angle)), round(sin(angle))


def _place(said: Said, turn: Turn, slope: float, picture: Picture) -> tuple[float, float, float]:
    """Where a line begins and ends along the way it runs, and the height of its base line, in points, y growing upwards."""
    left, top, right, bottom = _numbers(said["bbox"])
    if "baseline" in said:
        _, offset = _numbers(said["baseline"])
        base = bottom + offset - slope * left
        middle = slope * (top + bottom) / 2
        left, right, top, bottom = left + middle, right + middle, base, base
    height, pixel = picture.height, picture.pixel
    across, upwards = (left * pixel, right * pixel), ((height - bottom) * pixel, (height - top) * pixel)
    along, over = (across, upwards) if turn[0] else (upwards, across)
    begin, end = along if sum(turn) > 0 else (-along[1], -along[0])
    base = min(edge * (turn[0] or -turn[1]) for edge in over)
    return begin, end, base


def _numbers(written: str) -> list[float]:
    return [float(number) for number in written.split()]


def body_size(lines: Iterable[Line]) -> float:
    """The size of most of the text, in points; 0 if there is none."""
    sizes: Counter[float] = Counter()
    for line in lines:
        sizes[line.size] += len(line.text)
    behind = 0
    for size in sorted(sizes):
        behind += sizes[size]
        if 2 * behind >= sizes.total():
            return size
    return 0.0


def evened(line: Line, body: float) -> Line:
    """A line with a size that is whole steps from that of the body, since OCR measures the same type now larger, now smaller."""
    size = round(body * _STEP ** round(log(line.size / body, _STEP)), 1)
    return line._replace(size=size, head=(size, ""), tail=(size, ""))
