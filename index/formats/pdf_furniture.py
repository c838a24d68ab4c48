"""The furniture of PDF pages, which is no text: running heads and feet, page numbers, and the line numbers of manuscripts."""

import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, pairwise

from index.formats.pdf_line import Line
from index.formats.pdf_pages import Sheet

_LINE_NUMBER = re.compile(r"\d{1,5}")
_DIGITS = re.compile(r"\d+")
_PAGE_NUMBER = re.compile(
    r"[\s|\[(–—-]*(?:page|p\.|s\.)?\s*(?:\d{1,4}|[ivxl]{1,6})(?:\s*(?:of|/|\|)\s*\d{1,4})?[\s|\])–—-]*", re.IGNORECASE
)

_EDGE = 0.13  # of the height of a page, above and below, is where running heads and feet stand
_REACH = 2  # pages apart, because left and right pages have heads of their own
_SAME_HEIGHT = 4.0  # points
_MOST_ROWS, _MOST_PIECES = 4, 3  # of a running head, and pieces of a row of it; a row of more is a table's
_FEWEST_NUMBERS = 5  # lines with numbers make a manuscript
_CLEAR = 1.4  # em, from a running head to the text


def without_furniture(sheets: Sequence[Sheet]) -> list[list[Line]]:
    """The lines of each page without running heads and feet (what neighbouring pages repeat), page numbers and line numbers."""
    edges = [_edges(sheet.lines, *sheet.ends) for sheet in sheets]
    seen = [{_key(line): line.base for side in sides for row in side for line in row} for sides in edges]
    kept = []
    for number, sheet in enumerate(sheets):
        near = seen[max(0, number - _REACH) : number] + seen[number + 1 : number + _REACH + 1]
        furniture = {id(line) for side in edges[number] for line in _furniture(side, near)} | set(map(id, _line_numbers(sheet.lines)))
        kept.append([line for line in sheet.lines if id(line) not in furniture])
    return kept


def _key(line: Line) -> str:
    return _DIGITS.sub("#", line.text.casefold())


def _edges(lines: Iterable[Line], bottom: float, top: float) -> tuple[list[list[Line]], list[list[Line]]]:
    """The outermost rows of a page, from above and from below inwards, each with one row more than can be furniture."""
    margin = _EDGE * (top - bottom)
    ordered = sorted(lines, key=lambda line: -line.base)
    gathered = [list(row) for _, row in groupby(ordered, key=lambda line: round(line.base))]
    above = sum(row[0].base > top - margin for row in gathered)
    below = sum(row[0].base < bottom + margin for row in gathered)
    return gathered[: min(above, _MOST_ROWS) + 1], gathered[::-1][: min(below, _MOST_ROWS) + 1]


def _furniture(side: Sequence[list[Line]], near: Sequence[dict[str, float]]) -> Iterator[Line]:
    """The lines of those rows near an edge that are all heads and page numbers and that gaps part from the text."""
    marks = [len(row) <= _MOST_PIECES and all(_is_furniture(line, near, not place) for line in row) for place, row in enumerate(side)]
    clear = [True, *(abs(row[0].base - other[0].base) > _CLEAR * min(row[0].size, other[0].size) for row, other in pairwise(side)), True]
    for marked, members in groupby(range(len(side)), key=lambda place: marks[place] and place < _MOST_ROWS):
        places = list(members)
        if marked and clear[places[0]] and clear[places[-1] + 1]:
            yield from (line for place in places for line in side[place])


def _is_furniture(line: Line, near: Iterable[dict[str, float]], outermost: bool) -> bool:
    if outermost and _PAGE_NUMBER.fullmatch(line.text):
        return True
    key = _key(line)
    return any(abs(other[key] - line.base) < _SAME_HEIGHT for other in near if key in other)


def _line_numbers(lines: Sequence[Line]) -> list[Line]:
    """The numbers of the lines of a manuscript, which grow from above to below and stand left of all else."""
    text = min((line.left for line in lines if not _LINE_NUMBER.fullmatch(line.text)), default=0.0)
    numbers = sorted((line for line in lines if line.right < text), key=lambda line: -line.base)
    grow = all(int(line.text) < int(below.text) for line, below in pairwise(numbers))
    return numbers if grow and len(numbers) >= _FEWEST_NUMBERS else []
