"""Evidence: a sentence of a passage that a reader found, with how well it answers."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from index.view import Hit


@dataclass(frozen=True, slots=True)
class Evidence:
    """The n-th sentence of a hit. score: how well it answers. matches: how well it meets each part of the question, float32."""

    hit: Hit
    sentence: int
    score: float
    matches: NDArray[np.float32]

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
    def place(self) -> tuple[str, int]:
        """Document and offset: the order of reading."""
        return self.hit.document.id, self.span[0]


@dataclass(frozen=True, slots=True)
class Reading:
    """What a reader found: the evidence, best first, and how sure it is that the best of it answers, from 0 to 1."""

    evidence: tuple[Evidence, ...]
    confidence: float
