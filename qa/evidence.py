"""Evidence: a sentence of a passage that a reader found, with how well it answers; and all that a reading gives."""

from dataclasses import astuple, dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.view import Hit

Place = tuple[str, int]  # document and offset: the order of reading


@dataclass(frozen=True, slots=True)
class Evidence:
    """The n-th sentence of a hit.

    score: how well it answers; the higher the better, in units of the reader. matches: how well it meets each part of the question,
    float32. answer: the shortest stretch that answers, code points `[start, end)` of the document's text, and probability: that
    the sentence answers; None of a reader that does not tell. leant_on: it is taken because another sentence leans on it.
    """

    hit: Hit
    sentence: int
    score: float
    matches: NDArray[np.float32]
    answer: tuple[int, int] | None = None
    probability: float | None = None
    leant_on: bool = False

    @property
    def span(self) -> tuple[int, int]:
        """`[start, end)` in the document's text."""
        start, end = self.hit.row.sentences[self.sentence][:2]
        return int(start), int(end)

    @property
    def quote(self) -> str:
        """The sentence as it stands in the document."""
        start, end = self.span
        return self.hit.text[start - self.hit.row.start : end - self.hit.row.start]

    @property
    def place(self) -> Place:
        """Document and offset: the order of reading."""
        return self.hit.document.id, self.span[0]


@dataclass(frozen=True, slots=True)
class Signals:
    """By what an answerable question is told from another.

    score: of the best evidence, in the reader's units. similarity: the largest cosine of question and passage.

    coverage: the share of the question's terms, weighted by idf, that the passage of the best evidence holds. names: the share of
    its names and numbers that this passage, its headings or its title hold; 1 if it has none.
    """

    score: float
    similarity: float
    coverage: float
    names: float

    def values(self) -> tuple[float, ...]:
        """The signals in their order."""
        return astuple(self)


@dataclass(frozen=True, slots=True)
class Margins:
    """By how much a sentence may score below the best one: as_good: it says the same, or as much. usable: it may add what others lack."""

    as_good: float
    usable: float


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: the evidence, best first, and how sure it is that the best of it answers, from 0 to 1.

    margins: which scores are near the best. signals: what the confidence was made of, where evidence was found and the reader tells.
    """

    evidence: tuple[Evidence, ...]
    confidence: float
    margins: Margins = field(default_factory=lambda: Margins(0.0, 0.0))
    signals: Signals | None = None
