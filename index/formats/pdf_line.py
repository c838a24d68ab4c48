"""A line: a piece of text on a PDF page, on one base line.

Lengths are in points and y grows upwards; an em is the size of the type.
"""

import re
from typing import NamedTuple

_BROKEN_WORD = re.compile(r"(?P<stem>[^\W_]+(?:[-\u2010\u2011][^\W_]+)*)[-\u2010\u2011\xad]\Z")
_ENDED = re.compile(r"(?:[.!?:]|(?<=[^\W\d])[.!?][\d,–-]+)[\"'”’)\]]*\Z")
MARKER = re.compile(r"\(?(?:\d{1,2}|[a-z]|[ivx]{1,4})[.)]|\d{1,2}(?:\.\d{1,2})*\.?|[•◦▪■●‣*–-]", re.IGNORECASE)
RIGHT_TO_LEFT = re.compile(r"[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc]")
_HYPHENS = ("-", "\u2010", "\u2011", "\xad")
_LONGEST_WORD = 60  # characters


class Line(NamedTuple):
    """Text on one base line, at the height `base`; cells of a table are parted by tabs.

    face: "", "b", "i" or "bi", for bold and italic, if most of it is. head, tail: size and face of its first and last word.
    column: where the column that it stands in begins and ends.
    """

    text: str
    left: float
    right: float
    base: float
    size: float
    face: str
    page: int
    head: tuple[float, str]
    tail: tuple[float, str]
    column: tuple[float, float] = (0.0, 0.0)

    @property
    def width(self) -> float:
        return self.right - self.left


def is_full(line: Line) -> bool:
    """Whether a line reaches the end of its column."""
    return line.right > line.column[1] - 1.5 * line.size


def is_centred(line: Line) -> bool:
    """Whether a line stands in the middle of its column."""
    left, right = line.left - line.column[0], line.column[1] - line.right
    return left > 2 * line.size and abs(left - right) < 0.5 * line.size


def ends_sentence(text: str) -> bool:
    """Whether the last word of a text ends a sentence; raised figures of notes may follow it."""
    return _ENDED.search(text, max(0, len(text) - _LONGEST_WORD)) is not None


def broken_stem(text: str) -> str:
    """What stands of the last word of a line before the hyphen at its end; "" without one."""
    found = _BROKEN_WORD.search(text, max(0, len(text) - _LONGEST_WORD)) if text.endswith(_HYPHENS) else None
    return found["stem"] if found else ""
