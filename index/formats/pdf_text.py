"""The text of a PDF, put together line by line, with the words whole again that a line end breaks."""

import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from index.blocks import Block
from index.formats.pdf_body import WORD
from index.formats.pdf_line import broken_stem
from index.formats.pdf_paragraphs import Paragraph

_FIRST_PART = re.compile(r"[^\W\d_]+")
_COMPOUND_ENDS = frozenset("based level specific driven induced mediated treated term".split())
_NO_SPACE_AFTER = re.compile(r"\S[/–—]\Z")


@dataclass(slots=True)
class Composed:
    """The text of a document put together line by line, its title, its blocks, and where its pages begin."""

    pieces: list[str] = field(default_factory=list)
    blocks: list[Block] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)
    length: int = 0
    title: str = ""

    @property
    def text(self) -> str:
        return "".join(self.pieces)

    def add(self, paragraph: Paragraph, known: Counter[str]) -> None:
        self._put("\n\n" if self.pieces else "")
        start, first = self.length, len(self.pieces)
        for number, line in enumerate(paragraph.lines):
            if number:
                self._seam(self.pieces[-1], line.text, known)
            self.turn_to(line.page)
            self._put(line.text)
        if paragraph.is_title:
            self.title = f"{self.title} {''.join(self.pieces[first:])}".strip("*∗†‡§¶ ")
        else:
            self.blocks.append(Block(start, self.length, paragraph.level))

    def turn_to(self, page: int) -> None:
        """What is added from here on stands on a page, counted from 0, or after it."""
        self.starts += [self.length] * (page + 1 - len(self.starts))

    def _seam(self, before: str, after: str, known: Counter[str]) -> None:
        """Join the text so far to the next line."""
        broken, rest = broken_stem(before), _FIRST_PART.match(after)
        if broken and rest and (before[-1] == "\xad" or not _keeps_hyphen(broken, rest[0], known)):
            self.pieces[-1] = before[:-1]
            self.length -= 1
        elif not (broken and (rest or after[0].isdigit())) and not _NO_SPACE_AFTER.search(before):
            self._put(" ")

    def _put(self, text: str) -> None:
        self.pieces.append(text)
        self.length += len(text)


def composed_of(kept: Sequence[Paragraph], pages: int) -> Composed:
    """The paragraphs of a file of so many pages put together."""
    composed, known = Composed(), _vocabulary(kept)
    for paragraph in kept:
        composed.add(paragraph, known)
    composed.turn_to(pages - 1)
    return composed


def _vocabulary(kept: Iterable[Paragraph]) -> Counter[str]:
    """How often each word and each compound stands in the text, those that a line end breaks left out."""
    known: Counter[str] = Counter()
    for paragraph in kept:
        is_broken = False
        for line in paragraph.lines:
            words = WORD.findall(line.text.casefold())[int(is_broken) :]
            is_broken = bool(broken_stem(line.text))
            known.update(words[:-1] if is_broken else words)
    return known


def _keeps_hyphen(stem: str, rest: str, known: Counter[str]) -> bool:
    """Whether a word that is broken after a hyphen has it of its own: as it is written elsewhere, or else by its parts."""
    whole, compound = f"{stem}{rest}".casefold(), f"{stem}-{rest}".casefold()
    if known[whole] or known[compound]:
        return known[compound] > known[whole]
    *front, last = re.split("[-\u2010\u2011]", stem.casefold())
    if not rest[0].islower() or len(last) == 1 or len(front) > 1 or any(character.isdigit() for character in last):
        return True
    if rest in _COMPOUND_ENDS and len(last) > 2:
        return True
    return not known[last + rest] and bool(known[last] and known[rest]) and len(rest) > 1
