"""The paragraphs of PDF columns, told apart by gaps, indents, short last lines, bullets, and changes of type."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise, zip_longest
from statistics import median, mode

from index.formats.pdf_line import MARKER, RIGHT_TO_LEFT, Line, broken_stem, ends_sentence, is_centred, is_full

_ITEM = re.compile(r"(?:[•◦▪■●‣]|[∗†‡§¶]+\s*\w)")
_LEADING = 1.2  # em from line to line, where the page does not tell
_WIDER = 1.35  # times the leading is a gap between paragraphs
_SAME_SIZE = 0.05  # of a size, within which it is the same
_INDENT, _DEEPEST = 0.7, 6.0  # em, the least and the most that the first line of a paragraph is moved in
_BROKEN_GAP = 2.5  # em, over which a word that is broken at a line end does not go on


@dataclass(slots=True)
class Paragraph:
    """Lines that belong together. `column` counts the columns of the file; `clear`: whether a gap or a new column comes before."""

    lines: list[Line]
    column: int
    clear: bool
    level: int = 0
    is_title: bool = False

    @property
    def text(self) -> str:
        return " ".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        return median(line.size for line in self.lines)

    @property
    def face(self) -> str:
        """Bold or italic, where all lines are; "" otherwise."""
        return self.lines[0].face if all(line.face == self.lines[0].face for line in self.lines) else ""


def paragraphs(found: Sequence[Sequence[Line]]) -> Iterator[Paragraph]:
    """The paragraphs of columns, told apart by gaps, indents, short last lines, bullets, and changes of type."""
    ratios = [round((a.base - b.base) / a.size, 1) for lines in found for a, b in pairwise(lines) if a.size == b.size]
    leading = max(mode(ratios), 1.0) if ratios else _LEADING
    for number, column in enumerate(found):
        lines = _spread(column)
        current, clear = [lines[0]], True
        for line, following in zip_longest(lines[1:], lines[2:]):
            parted = _parted(current, line, leading)
            if parted or _begins(current, line, following):
                yield Paragraph(current, number, clear)
                current, clear = [], parted
            current.append(line)
        yield Paragraph(current, number, clear)


def _spread(column: Sequence[Line]) -> list[Line]:
    """Lines without the tabs of those that are no row of a table but the widely set line of a paragraph."""
    lines = list(column)
    for place in range(1, len(lines) - 1):
        before, line, after = lines[place - 1 : place + 2]
        if "\t" in line.text and "\t" not in before.text + after.text and before.size == line.size == after.size:
            close = max(before.base - line.base, line.base - after.base) < 1.6 * line.size
            if close and is_full(before) and abs(line.left - line.column[0]) < line.size:
                lines[place] = line._replace(text=line.text.replace("\t", " "))
    return lines


def _parted(paragraph: Sequence[Line], line: Line, leading: float) -> bool:
    before = paragraph[-1]
    gap = before.base - line.base
    if _goes_on(before, line):
        return gap > _BROKEN_GAP * before.size
    usual = paragraph[-2].base - before.base if len(paragraph) > 1 else leading * before.size
    return gap > _WIDER * max(usual, before.size)


def _goes_on(before: Line, line: Line) -> bool:
    """Whether a word broken at the end of a line goes on in the next."""
    return bool(broken_stem(before.text)) and line.text[:1].islower() and not _restyled(before, line)


def _begins(paragraph: Sequence[Line], line: Line, following: Line | None) -> bool:
    """Whether a line begins a paragraph, judged by everything but the gap above it."""
    before = paragraph[-1]
    if _goes_on(before, line):
        return False
    if _restyled(before, line) or "\t" in before.text or "\t" in line.text or _ITEM.match(line.text):
        return True
    if is_centred(before) and (len(paragraph) == 1 or is_centred(line)):
        return not is_centred(line)
    if RIGHT_TO_LEFT.search(before.text):
        return False  # its indents and ends are on the other side
    first = line.text.split(" ", 1)[0]
    if ends_sentence(before.text) and first != line.text and not first[-1].isalnum() and MARKER.fullmatch(first):
        return True
    return _stopped_short(before, line) or _moved(paragraph, line, following)


def _restyled(before: Line, line: Line) -> bool:
    if all(abs(a - b) > _SAME_SIZE * a for a, b in ((before.size, line.size), (before.tail[0], line.head[0]))):
        return True
    return ("b" in before.face and "b" not in line.head[1]) or ("b" in line.face and "b" not in before.tail[1])


def _stopped_short(before: Line, line: Line) -> bool:
    """Whether a line ends before its column does, though the first word of the next would still have stood in it."""
    inset = min(before.left, line.left) - before.column[0]
    room = before.column[1] - before.right - line.width * len(line.text.split(" ", 1)[0]) / len(line.text)
    if inset > _INDENT * line.size and before.right < before.column[1] - 0.8 * inset:
        room -= inset  # as in an abstract that is narrower than its column
    if ends_sentence(before.text) or ("b" in before.face and "b" not in line.face):
        return room > 0.5 * line.size
    return room > 3 * line.size and not line.text[:1].islower() and not before.text.endswith(",")


def _moved(paragraph: Sequence[Line], line: Line, following: Line | None) -> bool:
    """Whether a line is moved in as the first of a paragraph, or out again after an item whose lines hang."""
    before = paragraph[-1]
    shift = (line.left - before.left) / line.size
    if shift < -_INDENT:
        return len(paragraph) > 1
    if not _INDENT < shift < _DEEPEST or (len(paragraph) == 1 and MARKER.fullmatch(before.text.split(" ", 1)[0])):
        return False
    if not ends_sentence(before.text) and before.column[1] - before.right < 2 * line.size:
        return False
    return following is None or following.left < line.left - 0.5 * line.size
