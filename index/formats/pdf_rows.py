"""Rows: pieces of text that stand at one height on a PDF page, joined into lines."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise

from index.formats.pdf_line import MARKER, RIGHT_TO_LEFT, Line

_SAME_ROW = 0.45  # em between base lines of one row
_RAISED, _LOWERED = 0.6, 0.35  # em, where one of two is smaller type, as the figure of a note or formula is
_WORD_GAP, _RUN_GAP, _CELL_GAP = 0.12, 1.0, 1.3  # em: from which on a gap parts words, runs of words, cells of a table
_MOSTLY = 0.8  # of the characters of a line, for it to count as bold


def runs(words: Iterable[tuple[Line, bool]]) -> Iterator[Line]:
    """Words, and whether white space comes before each, as runs: one after another at one height without a wide gap."""
    run: list[Line] = []
    text: list[str] = []
    for word, spaced in words:
        if run:
            gap = _gap(run[-1], word)
            if not (-0.5 < gap < _RUN_GAP and same_row(run[-1], word)):
                yield _joined(run, "".join(text))
                run, text = [], []
            elif spaced or gap > _WORD_GAP:
                text.append(" ")
        text.append(word.text)
        run.append(word)
    if run:
        yield _joined(run, "".join(text))


def rows(lines: Iterable[Line], column: tuple[float, float]) -> list[Line]:
    """Pieces that stand at one height as one line each, from above to below."""
    gathered: list[list[Line]] = []
    anchor: Line | None = None  # the piece of the largest type of the row
    for line in sorted(lines, key=lambda line: -line.base):
        if anchor is not None and same_row(anchor, line):
            gathered[-1].append(line)
            anchor = max(anchor, line, key=lambda piece: (piece.size, len(piece.text)))
        else:
            gathered.append([line])
            anchor = line
    return [_row(pieces)._replace(column=column) for pieces in gathered]


def _row(pieces: list[Line]) -> Line:
    if len(pieces) == 1:
        return pieces[0]
    backwards = all(RIGHT_TO_LEFT.search(piece.text) for piece in pieces)
    pieces.sort(key=lambda piece: -piece.right if backwards else piece.left)
    text = [pieces[0].text]
    for before, after in pairwise(pieces):
        gap = _gap(before, after)
        is_cell = (
            gap > _CELL_GAP
            and not RIGHT_TO_LEFT.search(before.text + after.text)
            and not (len(text) == 1 and MARKER.fullmatch(before.text))
        )
        text += ["\t" if is_cell else " " if gap > _WORD_GAP else "", after.text]
    return _joined(pieces, "".join(text))


def same_row(line: Line, other: Line) -> bool:
    """Whether two pieces stand at one height; one in smaller type may be raised or lowered."""
    if line.base == other.base:
        return True
    larger, smaller = (line, other) if line.size >= other.size else (other, line)
    rise = (smaller.base - larger.base) / larger.size
    return -_LOWERED < rise < _RAISED if smaller.size < 0.8 * larger.size else abs(rise) < _SAME_ROW


def _gap(before: Line, after: Line) -> float:
    """The space between two pieces in em, whichever comes first; negative if they overlap."""
    return max(after.left - before.right, before.left - after.right) / max(before.size, after.size)


def _joined(pieces: Sequence[Line], text: str) -> Line:
    """Pieces as one, with the size and height of most of its characters."""
    first, last = pieces[0], pieces[-1]
    if len(pieces) == 1:
        return first._replace(text=text)
    left, right = min(piece.left for piece in pieces), max(piece.right for piece in pieces)
    size, face = _style(pieces)
    base = next(piece.base for piece in pieces if piece.size == size)
    return Line(text, left, right, base, size, face, first.page, first.head, last.tail)


def _style(pieces: Sequence[Line]) -> tuple[float, str]:
    """Size of most of the characters of a line, and their face if nearly all have it and the last too."""
    styles = [(piece.size, piece.face) for piece in pieces]
    if styles.count(styles[0]) == len(styles):
        return styles[0]
    weights: Counter[tuple[float, str]] = Counter()
    for style, piece in zip(styles, pieces, strict=True):
        weights[style] += len(piece.text)
    (size, face), weight = weights.most_common(1)[0]
    return size, face if weight >= _MOSTLY * weights.total() and face == pieces[-1].face else ""
