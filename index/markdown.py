"""Markdown as blocks, by markdown-it-py (CommonMark and tables): headings, paragraphs, list items, table rows, code."""

import re
from collections.abc import Iterator

from markdown_it import MarkdownIt
from markdown_it.token import Token

from index.blocks import Block, trimmed

_LEAVES = frozenset({"paragraph_open", "tr_open", "fence", "code_block", "html_block"})
_MARKERS = re.compile(r"(?:[\s>]|[-*+]\s|\d{1,9}[.)]\s)*")
_LINE_BREAK = re.compile(r"\r\n|\n|\r")
_FRONT_MATTER = re.compile(r"\ufeff?---[ \t]*\r?\n(?P<body>[A-Za-z_][\w-]*[ \t]*:.*?)\r?\n(?:---|\.\.\.)[ \t]*(?:\r?\n|\Z)", re.DOTALL)
_CLOSING = re.compile(r"(?:^|[ \t]+)#+[ \t]*\Z")
_UNDERLINE = re.compile(r"(?:\r\n|\n|\r)[\s>]*(?:=+|-+)[ \t]*\Z")
_TITLE_FIELD = re.compile(r"^title:[ \t]*(['\"]?)(?P<title>.+?)\1[ \t]*$", re.MULTILINE)


def blocks(text: str) -> Iterator[Block]:
    """The blocks of a Markdown text in reading order; offsets are those of the text as written, markup included."""
    body_start = front.end() if (front := _FRONT_MATTER.match(text)) else int(text.startswith("\ufeff"))
    lines = _line_starts(text, body_start)
    for token in MarkdownIt("commonmark").enable("table").parse(text[body_start:]):
        if token.map is None or (token.type not in _LEAVES and token.type != "heading_open"):
            continue
        start, end = lines[token.map[0]], lines[min(token.map[1], len(lines) - 1)]
        if token.type != "code_block":  # in indented code what looks like a mark is code
            start = _after_markers(text, start, end)
        left, right = _heading(text, start, end, token) if token.type == "heading_open" else trimmed(text, start, end)
        if right > left:
            yield Block(left, right, int(token.tag[1:]) if token.type == "heading_open" else 0)


def title(text: str, found: list[Block]) -> tuple[str, list[Block]]:
    """The title in the front matter, or the first heading if it is the only one of its level; ("", blocks) if neither."""
    front = _FRONT_MATTER.match(text)
    if front and (field := _TITLE_FIELD.search(front["body"])):
        return field["title"], found
    headings = [block for block in found if block.level]
    if headings and found[0] is headings[0] and all(block.level > headings[0].level for block in headings[1:]):
        return " ".join(text[headings[0].start : headings[0].end].split()), found[1:]
    return "", found


def _heading(text: str, start: int, end: int, token: Token) -> tuple[int, int]:
    """Where the words of a heading stand, without the marks that make it one."""
    left, right = trimmed(text, start, end)
    if token.markup.startswith("#"):
        left += len(token.markup) if text.startswith(token.markup, left) else 0
        closing = _CLOSING.search(text[left:right])
    else:
        closing = _UNDERLINE.search(text[left:right])
    return trimmed(text, left, left + closing.start() if closing else right)


def _after_markers(text: str, start: int, end: int) -> int:
    match = _MARKERS.match(text, start, end)
    return match.end() if match else start


def _line_starts(text: str, body_start: int) -> list[int]:
    return [body_start, *(match.end() for match in _LINE_BREAK.finditer(text, body_start)), len(text)]
