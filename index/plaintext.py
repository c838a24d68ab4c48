"""Plain text as blocks: paragraphs between blank lines, list items, and lines that stand like headings."""

import re
from collections.abc import Iterator
from itertools import pairwise, takewhile

from index.blocks import SPACE, Block, trimmed

_LINE = re.compile(r"[^\r\n\u2028\u2029]*(?:\r\n|[\r\n\u2028\u2029]|\Z)")
_ITEM = re.compile(r"\s*(?:[-*\u2022\u2013]|\(?\d{1,3}[.)])\s+\S")
_NUMBERED = re.compile(r"\d{1,2}(?:\.\d{1,2}){0,3}\.?\s+[^\W\d_]")
_BREAK = re.compile(r"\r\n|[\r\n\u2028\u2029]")
_UNDERLINED = re.compile(r"\s*(?P<line>[^\s=-][^\r\n\u2028\u2029]*)(?:\r\n|[\r\n\u2028\u2029])\s*(?:={3,}|-{3,})\s*")
_LONGEST_HEADING = 120  # characters
_MOST_FRONT_LINES = 3  # kicker, title, subtitle; more lines in a row are a list
_SENTENCE_END = tuple(".!?:;,")


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a plain text in reading order."""
    paragraphs = list(_paragraphs(text))
    for number, (start, end, gap) in enumerate(paragraphs, start=1):
        if underlined := _UNDERLINED.fullmatch(text, start, end):
            yield Block(*trimmed(text, start, underlined.end("line")), level=1)
        elif number < len(paragraphs) and _heading(text[start:end], gap):
            yield Block(*trimmed(text, start, end), level=1)
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
    front = list(takewhile(lambda block: not _NUMBERED.match(text, block.start, block.end), front))
    if not front or len(front) > _MOST_FRONT_LINES:
        return "", found
    longest = max(front, key=lambda block: block.end - block.start)
    return " ".join(text[longest.start : longest.end].split()), found[len(front) :]


def _paragraphs(text: str) -> Iterator[tuple[int, int, int]]:
    """(start, end, blank lines before) of each run of lines that are not blank."""
    start = end = blank = gap = 0
    for match in _LINE.finditer(text):
        if match[0].strip(SPACE):
            if start == end:
                start, gap = match.start(), blank if end else 2
            end, blank = match.end(), 0
            continue
        if start != end:
            yield start, end, gap
            start = end
        blank += 1
    if start != end:
        yield start, end, gap


def _heading(paragraph: str, gap: int) -> bool:
    """Whether a paragraph of one line stands like a heading: numbered, in capitals, or with two blank lines above it."""
    line = paragraph.strip(SPACE)
    if len(_BREAK.split(line)) > 1 or len(line) > _LONGEST_HEADING or line.endswith(_SENTENCE_END):
        return False
    if _NUMBERED.match(line):
        return True
    starts_like_one = line[:1].isupper() or line[:1].isdigit()
    return starts_like_one and not _ITEM.match(line) and (gap >= 2 or line.isupper())


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
