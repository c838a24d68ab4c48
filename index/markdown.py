"""Markdown as blocks, by markdown-it-py (CommonMark and tables): headings, paragraphs, list items, table rows, code."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.blocks import Block, trimmed

_LEAVES = frozenset({"paragraph_open", "tr_open", "fence", "code_block", "html_block"})
_MARKERS = re.compile(r"(?:[\s>]|[-*+]\s|\d{1,9}[.)]\s)*")
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?P<body>.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_TITLE_FIELD = re.compile(r"^title:[ \t]*(['\"]?)(?P<title>.+?)\1[ \t]*$", re.MULTILINE)


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a Markdown text in reading order; offsets are those of the text as written, markup included."""
    body_start = front.end() if (front := _FRONT_MATTER.match(text)) else 0
    lines = _line_starts(text, body_start)
    for token in MarkdownIt("commonmark").enable("table").parse(text[body_start:]):
        if token.map is None:
            continue
        start, end = lines[token.map[0]], lines[min(token.map[1], len(lines) - 1)]
        if token.type == "heading_open":
            yield _heading(text, start, end, token)
        elif token.type in _LEAVES:
            yield Block(*trimmed(text, _after_markers(text, start, end), end))


def title(text: str, found: list[Block]) -> tuple[str, list[Block]]:
    """The title in the front matter, or the first heading if it is the only one of its level; ("", blocks) if neither."""
    front = _FRONT_MATTER.match(text)
    if front and (field := _TITLE_FIELD.search(front["body"])):
        return field["title"], found
    headings = [block for block in found if block.level]
    if headings and found[0] is headings[0] and all(block.level > headings[0].level for block in headings[1:]):
        return " ".join(text[headings[0].start : headings[0].end].split()), found[1:]
    return "", found


def _heading(text: str, start: int, end: int, token: Token) -> Block:
    left, right = trimmed(text, start, end)
    if token.markup.startswith("#"):
        inner = text[left:right].strip().strip("#").strip()
        left = text.index(inner, left) if inner else right
        right = left + len(inner)
    else:
        right = trimmed(text, left, left + re.search(r"[\r\n]|\Z", text[left:right]).start())[1]  # type: ignore[union-attr]
    return Block(left, right, level=int(token.tag[1:]))


def _after_markers(text: str, start: int, end: int) -> int:
    match = _MARKERS.match(text, start, end)
    return match.end() if match else start


def _line_starts(text: str, body_start: int) -> list[int]:
    return [body_start, *(match.end() for match in _LINE_BREAK.finditer(text, body_start)), len(text)]
