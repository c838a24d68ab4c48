"""Plain text as blocks: paragraphs between blank lines, list items, and lines that stand like headings."""

import re
from collections.abc import Iterator
from itertools import pairwise

from index.blocks import Block, trimmed

_LINE = re.compile(r"[^\r\n\u2028\u2029]*(?:\r\n|[\r\n\u2028\u2029]|\Z)")
_ITEM = re.compile(r"\s*(?:[-*\u2022\u2013]|\(?\d{1,3}[.)])\s+\S")
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+[^\W\d_]")
_UNDERLINE = re.compile(r"\s*(?:={3,}|-{3,})\s*\Z")
_LONGEST_HEADING = 120  # characters
_SENTENCE_END = tuple(".!?:;,")


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a plain text in reading order."""
    paragraphs = list(_paragraphs(text))
    for number, (start, end, gap) in enumerate(paragraphs, start=1):
        if number < len(paragraphs) and _stands_as_heading(text[start:end], gap):
            yield Block(*trimmed(text, start, _without_underline(text, start, end)), level=1)
        else:
            yield from _items(text, start, end)


def title(text: str, found: list[Block]) -> tuple[str, list[Block]]:
    """The title a plain text gives itself, and its blocks without the lines that made it.

    The headings before the first paragraph are a kicker, the title and the first section's own: where there are
    several, the last one belongs to the section and the longest of the others is the title. ("", all blocks) if none.
    """
    first_body = next((i for i, block in enumerate(found) if not block.level), len(found))
    leading = found[:first_body]
    has_sections = any(block.level for block in found[first_body:])
    front = leading[:-1] if has_sections and len(leading) > 1 else leading
    if not front:
        return "", found
    longest = max(front, key=lambda block: block.end - block.start)
    return " ".join(text[longest.start : longest.end].split()), found[len(front) :]


def _paragraphs(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, blank lines before) of each run of lines that are not blank."""
    start = end = blank = gap = 0
    for match in _LINE.finditer(text):
        if match[0].strip("\ufeff \t\r\n\f\v\u00a0\u2028\u2029"):
            if start == end:
                start, gap = match.start(), blank if end or blank else 2
            end, blank = match.end(), 0
            continue
        if start != end:
            yield start, end, gap
            start = end
        blank += 1
    if start != end:
        yield start, end, gap


def _stands_as_heading(paragraph: str, gap: int) -> bool:
    lines = paragraph.strip().splitlines()
    if len(lines) == 2 and _UNDERLINE.match(lines[1]):
        return True
    line = lines[0].strip()
    if len(lines) != 1 or len(line) > _LONGEST_HEADING or line.endswith(_SENTENCE_END) or _ITEM.match(line):
        return bool(len(lines) == 1 and len(line) <= _LONGEST_HEADING and _NUMBERED.match(line) and line[-1] not in _SENTENCE_END)
    starts_like_one = line[:1].isupper() or line[:1].isdigit()
    return starts_like_one and (gap >= 2 or line.isupper() or bool(_NUMBERED.match(line)))


def _without_underline(text: str, start: int, end: int) -> int:
    lines = text[start:end].strip().splitlines(keepends=True)
    return start + len(text[start:end]) - len(text[start:end].lstrip()) + len(lines[0]) if len(lines) == 2 else end


def _items(text: str, start: int, end: int) -> Iterator[Block]:
    """A paragraph as one block, or as one block a list item where its lines begin with bullets or numbers."""
    cuts = [start]
    for match in _LINE.finditer(text, start, end):
        if match.start() > start and match.start() < end and _ITEM.match(match[0]):
            cuts.append(match.start())
    for left, right in pairwise([*cuts, end]):
        block = Block(*trimmed(text, left, right))
        if block.end > block.start:
            yield block
