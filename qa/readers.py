"""Readers: from a question and passages to evidence."""

import math
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder
from index.shadow import content_terms, terms
from index.view import Hit
from qa.errors import UnknownReader
from qa.evidence import Evidence, Reading
from qa.questions import Understood

Weight = Callable[[str], float]
Matches = NDArray[np.float32]

_CONTEXT_SHARE = 0.1  # of a word lent by earlier questions, against one asked now


class Reader(Protocol):
    """Scores every sentence of the passages as evidence. `name` says which reader it is; `weight` is a term's idf."""

    @property
    def name(self) -> str: ...

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading: ...


class LateInteractionReader:
    """ColBERT's MaxSim over the encoder's token vectors, untrained: each token of the question looks for its best match.

    A sentence scores the mean over the question's tokens of the largest cosine to one of its own tokens, each token seen
    in its whole passage. On the development data nothing added to it helped out of domain: see `README.md`, Measured.
    """

    name = "late-interaction"

    def __init__(self, encoder: Encoder) -> None:
        self._encoder = encoder

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading:
        encoding = self._encoder.encode(question.standalone, "question")
        shares = np.where(encoding.spans[:, 0] < len(question.asked), 1.0, _CONTEXT_SHARE).astype(np.float32)
        shares *= len(shares) / max(float(shares.sum()), 1e-9)

        def matches(hit: Hit) -> Iterator[Matches]:
            for held in hit.token_vectors(encoding.tokens.shape[1]):
                yield shares * (encoding.tokens @ held.T).max(axis=1, initial=-1.0)

        found = _ranked(hits, matches)
        return Reading(found, _logistic(found, slope=13.1, middle=0.6575))


class LexicalReader:
    """The share of the question's terms, weighted by idf, that stand in the sentence: what every other reader must beat."""

    name = "lexical"

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading:
        asked = content_terms(question.standalone)
        weights = np.array([weight(term) for term in asked], dtype=np.float32)

        def matches(hit: Hit) -> Iterator[Matches]:
            for start, end, *_ in hit.row.sentences - [hit.row.start, hit.row.start, 0, 0]:
                held = set(terms(hit.text[start:end]))
                found = np.array([term in held for term in asked], dtype=np.float32)
                yield found * weights * (len(asked) / max(float(weights.sum()), 1e-9))

        found = _ranked(hits, matches)
        return Reading(found, _logistic(found, slope=3.7, middle=0.61))


def reader_named(name: str, encoder: Encoder) -> Reader:
    """The reader of that name.

    Raises:
        UnknownReader: there is none.
    """
    if name == LateInteractionReader.name:
        return LateInteractionReader(encoder)
    if name == LexicalReader.name:
        return LexicalReader()
    raise UnknownReader(f"There is no reader {name!r}. Use {LateInteractionReader.name} or {LexicalReader.name}.")


def _ranked(hits: Sequence[Hit], matches: Callable[[Hit], Iterator[Matches]]) -> tuple[Evidence, ...]:
    """Every sentence once, best first; ties in reading order."""
    best: dict[tuple[str, int], Evidence] = {}
    for hit in hits:
        for sentence, each in enumerate(matches(hit)):
            evidence = Evidence(hit, sentence, float(each.mean()) if len(each) else 0.0, each)
            known = best.get(evidence.place)
            if known is None or evidence.score > known.score:
                best[evidence.place] = evidence
    return tuple(sorted(best.values(), key=lambda evidence: (-evidence.score, evidence.place)))


def _logistic(found: Sequence[Evidence], slope: float, middle: float) -> float:
    """Platt scaling of the best score (Platt, 1999), fitted to as many answerable as unanswerable development questions."""
    return 1 / (1 + math.exp(-slope * (found[0].score - middle))) if found else 0.0
