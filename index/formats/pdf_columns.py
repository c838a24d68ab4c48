"""The columns of PDF pages, in the order in which people read them."""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise, zip_longest
from statistics import median

from index.formats.pdf_line import Line
from index.formats.pdf_rows import rows, same_row

_FULL, _FEWEST_CHARACTERS = 0.6, 15  # of the width of a column, and characters, from which on a line is running text
_FEWEST_FULL, _FEWEST_SHARE = 4, 0.3  # full lines on either side that make a gutter, and their share of the lines across it
_NARROWEST = 0.2  # of the width of a page, for a column
_MOST_PLACES = 8  # tried as a gutter
_BAND = 3.5  # em of nothing across all columns, under which the columns begin anew
_MOST_HAVE_IT = 0.4  # of the pages have a gutter, for it to be looked for on the others


def columns(sheets: Sequence[Sequence[Line]]) -> list[list[Line]]:
    """The columns of all pages. Where many have a gutter, it is looked for at its usual place on those that do not show it."""
    gutters = [_gutter(lines) for lines in sheets]
    found = [place for place in gutters if place is not None]
    known = median(found) if found and len(found) >= _MOST_HAVE_IT * len(sheets) else None
    places = [_shown(known, lines) if place is None else place for place, lines in zip(gutters, sheets, strict=True)]
    return [column for lines, place in zip(sheets, places, strict=True) for column in _columns(lines, place)]


def _shown(place: float | None, lines: Sequence[Line]) -> float | None:
    """A place if running text stands on either side of it."""
    return place if place is not None and _columns_at(place, lines, _width(lines))[0] else None


def _gutter(lines: Sequence[Line]) -> float | None:
    """Where a vertical gutter parts columns of running text; None for one column."""
    left, right = min((line.left for line in lines), default=0.0), max((line.right for line in lines), default=0.0)
    inner = 0.15 * (right - left)
    starts = Counter(round(line.left) for line in lines if left + inner < line.left < right - inner)
    places = [start - 2.0 for start, _ in starts.most_common(_MOST_PLACES)]
    width = _width(lines)
    found = [(*_columns_at(place, lines, width), place) for place in places]
    full, across, best = max(found, key=lambda at: at[0] - 0.1 * at[1], default=(0, 0, right))
    return best if full >= max(_FEWEST_FULL, _FEWEST_SHARE * across) else None


def _columns_at(place: float, lines: Sequence[Line], width: float) -> tuple[int, int]:
    """The number of full lines on the side of a place that has fewer, and of lines across it."""
    before, after = [line for line in lines if line.right <= place + 1], [line for line in lines if line.left >= place - 1]
    across = len(lines) - len(before) - len(after)
    widths = _width(before), _width(after)
    if min(widths) < _NARROWEST * width:
        return 0, across
    return min(_full(before, widths[0]), _full(after, widths[1])), across


def _full(lines: Iterable[Line], width: float) -> int:
    return sum(line.width >= _FULL * width and len(line.text) >= _FEWEST_CHARACTERS for line in lines)


def _width(lines: Iterable[Line]) -> float:
    left, right = _ends(lines)
    return right - left


def _ends(lines: Iterable[Line]) -> tuple[float, float]:
    """Where a column begins and ends; what sticks out at the right, less than a tenth of the lines, is passed over."""
    edges = [(line.left, line.right) for line in lines]
    rights = sorted(right for _, right in edges)
    return (min(left for left, _ in edges), rights[round(0.9 * (len(rights) - 1))]) if edges else (0.0, 0.0)


def _columns(lines: Sequence[Line], place: float | None) -> Iterator[list[Line]]:
    """Lines as columns in reading order; a line across the gutter ends the columns above it, and others begin beneath it."""
    if place is None:
        if lines:
            yield rows(lines, _ends(lines))
        return
    sides = _ends(line for line in lines if line.right <= place + 1), _ends(line for line in lines if line.left >= place - 1)
    ordered = sorted(lines, key=lambda line: -line.base)
    for across, members in groupby(zip(ordered, _across(ordered, place), strict=True), key=lambda member: member[1]):
        inside = [line for line, _ in members]
        for band in [inside] if across else _bands(inside):
            if across or not any(_full(band, right - left) for left, right in sides):
                yield rows(band, _ends(band))
            else:
                yield from _beside(band, place, sides)


def _across(ordered: Sequence[Line], place: float) -> list[bool]:
    """Whether each line runs across the gutter, or is the short last one of a paragraph that does."""
    crossing = [line.left < place - 1 and line.right > place + 1 for line in ordered]
    last = [
        before and above.size == line.size and above.base - line.base < 1.5 * line.size and abs(above.left - line.left) < line.size
        for above, line, before in zip(ordered, ordered[1:], crossing, strict=False)
    ]
    alone = [not same_row(line, below) for line, below in pairwise(ordered[1:])]
    return [crossing[0], *(a or (b and c) for a, b, c in zip_longest(crossing[1:], last, alone, fillvalue=True))]


def _beside(band: Sequence[Line], place: float, sides: Iterable[tuple[float, float]]) -> Iterator[list[Line]]:
    """The columns to the left and right of a gutter, either of which may have a gutter of its own."""
    for is_right, ends in zip((False, True), sides, strict=True):
        inside = [line for line in band if (line.left >= place - 1) == is_right]
        deeper = _gutter(inside)
        if deeper is not None:
            yield from _columns(inside, deeper)
        elif inside:
            yield rows(inside, ends)


def _bands(lines: Sequence[Line]) -> Iterator[list[Line]]:
    """Lines from above to below, cut where there is nothing across all columns, as between authors and abstract."""
    height = _BAND * median(line.size for line in lines)
    band = [lines[0]]
    for above, below in pairwise(lines):
        if above.base - below.base > height:
            yield band
            band = []
        band.append(below)
    yield band
