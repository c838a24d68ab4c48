"""Readers: from a question and passages to evidence."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from index.encoder import Encoder, Encoding, Vector
from index.shadow import content_terms, terms
from index.view import Hit
from qa.calibration import Calibration
from qa.evidence import Evidence, Margins, Place, Reading
from qa.questions import Understood
from qa.signals import signals

Weight = Callable[[str], float]
Matches = NDArray[np.float32]

# Platt scalings of the best score alone, fitted to the development data; at the least confidence 2.7, 0.7 and 0.4 % of the answerable
# questions of SQuAD 2.0, CLAPnq and BioASQ go without an answer (at most 2 % on average was wanted) by late interaction, and 0, 0 and 0.4 %
# by words; the rates are means of the three sets: `benchmarks/development.py`.
LATE_INTERACTION = Calibration("late-interaction", (13.1, 0, 0, 0), -13.1 * 0.6575, 0.142, 0.79, 0.013, 0, "")
LEXICAL = Calibration("lexical", (3.7, 0, 0, 0), -3.7 * 0.61, 0.142, 0.986, 0.001, 0, "")

MARGINS = Margins(as_good=0.03, usable=0.08)  # of scores from 0 to 1

_CONTEXT_SHARE = 0.1  # of a word lent by earlier questions, against one asked now


class Reader(Protocol):
    """Scores the sentences of the passages as evidence. `name` says which reader it is; `weight` is a term's idf.

    calibration: from what it found to its confidence, and how much of that is enough to answer.
    """

    @property
    def name(self) -> str: ...

    @property
    def calibration(self) -> Calibration: ...

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading: ...


class LateInteractionReader:
    """ColBERT's MaxSim over the encoder's token vectors, untrained: each token of the question looks for its best match.

    A sentence scores the mean over the question's tokens of the largest cosine to one of its own tokens, each token seen
    in its whole passage. An abbreviation matches as well as its full form does, if that is better, and the other way round.
    On the development data nothing added to it helped out of domain: see `README.md`, Measured.
    """

    name = "late-interaction"

    def __init__(self, encoder: Encoder, calibration: Calibration = LATE_INTERACTION) -> None:
        self._encoder = encoder
        self.calibration = calibration

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading:
        encoding = self._encoder.encode(question.with_context, "question")
        shares = np.where(encoding.spans[:, 0] < len(question.asked), 1.0, _CONTEXT_SHARE).astype(np.float32)
        shares *= len(shares) / max(float(shares.sum()), 1e-9)

        others = list(self._other_forms(question, encoding))

        def matches(hit: Hit) -> Iterator[Matches]:
            for held in hit.token_vectors(encoding.tokens.shape[1]):
                found = (encoding.tokens @ held.T).max(axis=1, initial=-1.0)
                for places, other in others:
                    found[places] = np.maximum(found[places], (other @ held.T).max(axis=1, initial=-1.0).mean())
                yield shares * found

        return reading(question, hits, ranked(_sentences(hits, matches)), weight, self.calibration)

    def _other_forms(self, question: Understood, encoding: Encoding) -> Iterator[tuple[NDArray[np.bool_], Vector]]:
        """For each form of the question which of its tokens spell it, and the token vectors of the other form."""
        starts, ends = encoding.spans.T
        for typed, other in question.forms:
            first = question.with_context.find(typed)
            places = (starts >= first) & (ends <= first + len(typed))
            if first >= 0 and places.any():
                yield places, self._encoder.encode(other, "question").tokens


class LexicalReader:
    """The share of the question's terms, weighted by idf, that stand in the sentence: what every other reader must beat."""

    name = "lexical"

    def __init__(self, calibration: Calibration = LEXICAL) -> None:
        self.calibration = calibration

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading:
        asked = content_terms(question.standalone)
        weights = np.array([weight(term) for term in asked], dtype=np.float32)

        def matches(hit: Hit) -> Iterator[Matches]:
            for start, end, *_ in hit.row.sentences - [hit.row.start, hit.row.start, 0, 0]:
                held = set(terms(hit.text[start:end]))
                found = np.array([term in held for term in asked], dtype=np.float32)
                yield found * weights * (len(asked) / max(float(weights.sum()), 1e-9))

        return reading(question, hits, ranked(_sentences(hits, matches)), weight, self.calibration)


def _sentences(hits: Sequence[Hit], matches: Callable[[Hit], Iterator[Matches]]) -> Iterator[Evidence]:
    """Every sentence of every hit, with the mean of its matches."""
    for hit in hits:
        for sentence, each in enumerate(matches(hit)):
            yield Evidence(hit, sentence, float(each.mean()) if len(each) else 0.0, each)


def ranked(found: Iterable[Evidence]) -> tuple[Evidence, ...]:
    """Every sentence once, as it scored best, the best first; ties in reading order."""
    best: dict[Place, Evidence] = {}
    for evidence in found:
        known = best.get(evidence.place)
        if known is None or evidence.score > known.score:
            best[evidence.place] = evidence
    return tuple(sorted(best.values(), key=lambda evidence: (-evidence.score, evidence.place)))


def reading(
    question: Understood,
    hits: Sequence[Hit],
    found: tuple[Evidence, ...],
    weight: Weight,
    calibration: Calibration,
    margins: Margins = MARGINS,
    score: Callable[[Evidence], float] = lambda evidence: evidence.score,
) -> Reading:
    """The reading of a question for which this evidence was found, best first. score: by which the confidence is told."""
    if not found:
        return Reading((), 0.0)
    known = signals(question, hits, found[0], score(found[0]), weight)
    return Reading(found, calibration.confidence(known), margins, known)
