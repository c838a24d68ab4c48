"""An extract: what a reader makes of a file."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from index.blocks import SPACE, Block


@dataclass(frozen=True, slots=True)
class Extract:
    """The text of a file, which is stored and cited, its blocks in reading order, and what the file says of itself.

    date: of publication, ISO 8601 as far as it is known (`2021`, `2021-03`, `2021-03-04`). pages: where in the text each page begins,
    empty for a format without pages. kind: the format. notes: what was left out and why, a sentence each, for the person who adds the file.
    """

    text: str
    blocks: tuple[Block, ...]
    title: str = ""
    authors: tuple[str, ...] = ()
    date: str = ""
    doi: str = ""
    pages: tuple[int, ...] = ()
    notes: tuple[str, ...] = ()
    kind: str = "text"


@dataclass(slots=True)
class Composer:
    """Puts the text of an extract together, block by block, and keeps where each stands.

    Blocks are parted by a blank line. What is added is trimmed; white space inside stays as it is given.
    """

    _pieces: list[str] = field(default_factory=list)
    _blocks: list[Block] = field(default_factory=list)
    _pages: list[int] = field(default_factory=list)
    _length: int = 0

    def add(self, text: str, level: int = 0) -> None:
        """Add a block: body text, or a heading of level 1 and up. Nothing is added for an empty one."""
        words = text.strip(SPACE)
        if not words:
            return
        if self._pieces:
            self._put("\n\n")
        self._blocks.append(Block(self._length, self._length + len(words), level))
        self._put(words)

    def turn_page(self) -> None:
        """A new page begins; the first one too is to be begun with this."""
        self._pages.append(self._length + (2 if self._pieces else 0))

    def extract(self, title: str = "", authors: Sequence[str] = (), date: str = "", doi: str = "", notes: Sequence[str] = ()) -> Extract:
        """The extract of all that was added."""
        text = "".join(self._pieces)
        pages = tuple(min(start, len(text)) for start in self._pages)
        return Extract(text, tuple(self._blocks), " ".join(title.split()), tuple(authors), date, doi, pages, tuple(notes))

    def _put(self, text: str) -> None:
        self._pieces.append(text)
        self._length += len(text)
