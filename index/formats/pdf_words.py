"""The words on a PDF page as pdfium gives them: their letters, places, sizes and faces, and which way they run."""

import ctypes
import re
import sys
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from math import hypot, isfinite
from typing import Any, NamedTuple

from pypdfium2 import raw  # type: ignore[import-untyped]

from index.formats.pdf_line import Line

# Small capitals set headings off as bold type does.
_BOLD = re.compile(r"bold|black|heavy|demi|medi\b|cmbx|bd\b|[.,-]B\b|libertinetb|cmcsc|caps", re.IGNORECASE)
_ITALIC = re.compile(r"ital|obli|slant|cmti|libertineti|[.,-]I\b", re.IGNORECASE)
_BOLD_WEIGHTS = (700, 800, 900)  # other weights are guessed from the width of stems, wrongly where letters are pictures
_ITALIC_FLAG = 64
_HYPHENS = "\x02\ufffe"  # what pdfium writes for a hyphen at a line end
_LIGATURES = str.maketrans(
    {"\ufb00": "ff", "\ufb01": "fi", "\ufb02": "fl", "\ufb03": "ffi", "\ufb04": "ffl", "\ufb05": "st", "\ufb06": "st", "\uf0b7": "•"}
)
_TOKEN = re.compile(rf"[^\s{_HYPHENS}]*[{_HYPHENS}]|[^\s{_HYPHENS}]+")
_UNMAPPED = re.compile("[\ufffd\ue000-\uf8ff]+")
_INVISIBLE = 3  # the rendering mode of text that text recognition lays under a scan
_LARGEST_TYPE = 1_000.0  # points
_STRAIGHT = 0.99  # the cosine of an angle at which text counts as running along an edge of the page
ASKEW = (0, 0)  # in place of the cosine and sine of a right angle
Box = tuple[float, float, float, float]  # left, bottom, right, top


class Stretch(NamedTuple):
    """What one drawing command writes.

    style: size and face. turn: the cosine and sine of the way it runs, (0, 0) if askew. base: its base line.
    """

    style: tuple[float, str]
    turn: tuple[int, int]
    base: float
    is_invisible: bool
    is_unmapped: bool


class Word(NamedTuple):
    """A word turned upright, of the stretch it is in; whether white space comes before it, and whether its letters are known."""

    line: Line
    stretch: Stretch
    is_spaced: bool
    is_mapped: bool


class Words:
    """The words on a page in pdfium's order. One set of C variables serves for all of them, which is twice as fast."""

    def __init__(self, text: Any, box: Box, page: int) -> None:
        self._text, self._box, self._page = text.raw, box, page
        self._characters = _characters(text)
        self._stretches: dict[int, Stretch | None] = {}
        self._x, self._y, self._left, self._right, self._bottom, self._top = (ctypes.c_double() for _ in range(6))
        self._matrix, self._flags, self._font = raw.FS_MATRIX(), ctypes.c_int(), ctypes.create_string_buffer(128)

    def __iter__(self) -> Iterator[Word]:
        end = 0
        for token in _TOKEN.finditer(self._characters):
            between, (start, end) = self._characters[end : token.start()], token.span()
            word, stretch = _cleaned(token[0]), self._stretch_at(start)
            ends = self._ends(start, end - 1, stretch.turn) if word and stretch is not None else None
            if stretch is not None and ends is not None:
                line = Line(word, *ends, stretch.base, *stretch.style, self._page, stretch.style, stretch.style)
                is_unmapped = _UNMAPPED.fullmatch(word) or (stretch.is_unmapped and self._is_unmapped(start, end - 1))
                yield Word(line, stretch, bool(between.strip("\r\n")), not is_unmapped)

    def _is_unmapped(self, first: int, last: int) -> bool:
        """Whether the font does not say which letters these are; symbols at the ends of a word do not count."""
        return all(raw.FPDFText_HasUnicodeMapError(self._text, index) == 1 for index in (first, last, (first + last) // 2))

    def _stretch_at(self, index: int) -> Stretch | None:
        """The stretch in which a character stands; None if it is not to be seen."""
        drawn = raw.FPDFText_GetTextObject(self._text, index)
        address = ctypes.addressof(drawn.contents) if drawn else -index
        if address not in self._stretches:
            self._stretches[address] = self._stretch(index, drawn)
        return self._stretches[address]

    def _stretch(self, index: int, drawn: Any) -> Stretch | None:
        raw.FPDFText_GetMatrix(self._text, index, self._matrix)
        raw.FPDFText_GetCharOrigin(self._text, index, self._x, self._y)
        size = raw.FPDFText_GetFontSize(self._text, index) * hypot(self._matrix.c, self._matrix.d)
        length = hypot(self._matrix.a, self._matrix.b)
        if length == 0 or not 1 <= size <= _LARGEST_TYPE:
            return None
        cosine, sine = self._matrix.a / length, self._matrix.b / length
        turn = (round(cosine), round(sine)) if max(abs(cosine), abs(sine)) > _STRAIGHT else ASKEW
        base = self._y.value * turn[0] - self._x.value * turn[1]
        is_invisible = bool(drawn) and raw.FPDFTextObj_GetTextRenderMode(drawn) == _INVISIBLE
        is_unmapped = raw.FPDFText_HasUnicodeMapError(self._text, index) == 1
        return Stretch((round(size, 1), self._face(index)), turn, base, is_invisible, is_unmapped) if isfinite(base) else None

    def _face(self, index: int) -> str:
        self._font.value = b""
        raw.FPDFText_GetFontInfo(self._text, index, self._font, len(self._font), self._flags)
        return _face(self._font.value, raw.FPDFText_GetFontWeight(self._text, index), self._flags.value)

    def _ends(self, first: int, last: int, turn: tuple[int, int]) -> tuple[float, float] | None:
        """Where a word begins and ends along its line; None if it stands outside the page."""
        box, axis = self._box_of(first), 0 if turn[0] else 1
        if not (self._box[0] <= box[0] <= self._box[2] and self._box[1] <= box[1] <= self._box[3]):
            return None
        other = self._box_of(last) if last != first else box
        begin, end = min(box[axis], other[axis]), max(box[axis + 2], other[axis + 2])
        if not isfinite(begin + end):
            return None
        return (begin, end) if sum(turn) > 0 else (-end, -begin)

    def _box_of(self, index: int) -> Box:
        raw.FPDFText_GetCharBox(self._text, index, self._left, self._right, self._bottom, self._top)
        return self._left.value, self._bottom.value, self._right.value, self._top.value


def _characters(text: Any) -> str:
    """The characters of a page, as many as pdfium counts, so that each has its place there."""
    count = text.count_chars()
    units = (ctypes.c_ushort * (2 * count + 2))()
    written = raw.FPDFText_GetText(text.raw, 0, count, units)
    whole = bytes(units)[: 2 * max(0, written - 1)].decode("utf-16-le", "replace")
    if len(whole) == count:
        return whole
    codes = (raw.FPDFText_GetUnicode(text.raw, index) for index in range(count))
    return "".join(chr(code) if 0 < code <= sys.maxunicode else "\ufffd" for code in codes)


@lru_cache(maxsize=1024)
def _face(font: bytes, weight: int, flags: int) -> str:
    """What a line has as its face, as the name of a font and what the font says of itself tell."""
    name = font.decode("latin-1")
    is_bold = _BOLD.search(name) or weight in _BOLD_WEIGHTS
    return ("b" if is_bold else "") + ("i" if _ITALIC.search(name) or flags & _ITALIC_FLAG else "")


def _cleaned(token: str) -> str:
    """A token without control characters, with a hyphen for pdfium's marks of one, and letters for ligatures."""
    word = token[:-1] + "-" if token[-1] in _HYPHENS else token
    if not word.isascii():
        word = word.translate(_LIGATURES).encode("utf-16", "surrogatepass").decode("utf-16", "replace")
    return word if word.isprintable() else "".join(character for character in word if unicodedata.category(character) != "Cc")
