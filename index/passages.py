"""Passages: whole sentences of one section, the unit that is retrieved."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import groupby

from index.blocks import Section
from index.documents import Document
from index.sentences import sentences

LONGEST = 180  # words in a passage, unless a single sentence is longer
OVERLAP = 60  # words; a longer last sentence is not repeated in the next passage
CHUNKING = f"sentences/{LONGEST}/{OVERLAP}"

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Passage:
    """Whole sentences of one section: `[start, end)` of the document's text, and each sentence's own `[start, end)`."""

    start: int
    end: int
    sentences: tuple[Span, ...]
    section: tuple[str, ...]

    def context(self, title: str) -> str:
        """Title and heading path, given to search beside the passage and never part of a quote."""
        return " \u203a ".join(dict.fromkeys((title, *self.section)))


def passages(document: Document) -> Iterator[Passage]:
    """Split each section evenly into passages of at most `LONGEST` words, a sentence shared where one is split."""
    for section in document.sections:
        for group in _groups(document.text, section):
            yield Passage(group[0][0], group[-1][1], tuple(group), section.path)


def _groups(text: str, section: Section) -> Iterator[list[Span]]:
    spans = [span for block in section.blocks for span in sentences(text, block)]
    lengths = [word_count(text[start:end]) for start, end in spans]
    if not spans:
        return
    pieces = -(-sum(lengths) // LONGEST)
    target = sum(lengths) / pieces
    numbered = list(zip(spans, _piece_numbers(lengths, target), strict=True))
    last: Span | None = None
    for _, members in groupby(numbered, key=lambda entry: entry[1]):
        group = [span for span, _ in members]
        repeat = [last] if last and word_count(text[slice(*last)]) <= OVERLAP else []
        yield repeat + group
        last = group[-1]


def _piece_numbers(lengths: list[int], target: float) -> Iterator[int]:
    """To which of the even pieces each sentence belongs: the one in which its middle lies, none over `LONGEST` words."""
    before = held = number = piece = 0
    for length in lengths:
        wanted = int((before + length / 2) / target)
        if held and (wanted > piece or held + length > LONGEST):
            number, held = number + 1, 0
            piece = max(wanted, piece)
        held, before = held + length, before + length
        yield number


def word_count(text: str) -> int:
    """Words between spaces; where a script writes none, twelve characters count as a word."""
    return max(len(text.split()), len(text) // 12)
