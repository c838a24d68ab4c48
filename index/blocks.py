"""The blocks of a text (headings, paragraphs, list items, table rows, code) and the sections they form."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby

# All that str.isspace knows, and the byte order mark.
SPACE = (
    "\ufeff\t\n\x0b\x0c\r\x1c\x1d\x1e\x1f \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a"
    "\u2028\u2029\u202f\u205f\u3000"
)


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of text `[start, end)` that no sentence crosses. `level` is 0 for body text, 1 and up for headings."""

    start: int
    end: int
    level: int = 0


@dataclass(frozen=True, slots=True)
class Section:
    """The body blocks under one heading path, such as `("Results", "Safety")`; the path is empty before any heading."""

    path: tuple[str, ...]
    blocks: tuple[Block, ...]


def sections(text: str, blocks: Iterable[Block]) -> Iterator[Section]:
    """Group body blocks by the headings above them; a heading with nothing beneath it is text of the section around it."""
    for path, members in groupby(_stretches(text, blocks), key=lambda section: section.path):
        yield Section(path, tuple(block for section in members for block in section.blocks))


def _stretches(text: str, blocks: Iterable[Block]) -> Iterator[Section]:
    """Sections, of which neighbours may have the same path."""
    path: list[tuple[int, str]] = []
    body: list[Block] = []
    bare: Block | None = None  # the heading just read, as long as nothing has come beneath it
    for block in [*blocks, None]:
        if block is not None and not block.level:
            body.append(block)
            bare = None
            continue
        if bare is not None and (block is None or block.level <= bare.level):
            path.pop()
            body.append(bare)
        if body:
            yield Section(_names(path), tuple(body))
            body = []
        if block is not None:
            path = [*(entry for entry in path if entry[0] < block.level), (block.level, _one_line(text, block))]
        bare = block


def _names(path: Iterable[tuple[int, str]]) -> tuple[str, ...]:
    return tuple(name for _, name in path)


def _one_line(text: str, block: Block) -> str:
    return " ".join(text[block.start : block.end].split())


def trimmed(text: str, start: int, end: int) -> tuple[int, int]:
    """`[start, end)` without white space (or a byte order mark) at its ends; empty and at `start` if there is nothing else."""
    piece = text[start:end].rstrip(SPACE)
    left = len(piece) - len(piece.lstrip(SPACE)) if piece else 0
    return start + left, start + len(piece)
