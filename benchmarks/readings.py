"""What the readers find for the questions of a development set, each sentence marked right or wrong, with the times it took.

Read by `development.py`, and not itself a benchmark.
"""

import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sets import Case, DevelopmentSet

from index.view import Hit, View
from qa.answering import PASSAGES_READ
from qa.evidence import Evidence
from qa.readers import LateInteractionReader, LexicalReader, Reader
from qa.selection import MOST_SENTENCES, selected

READERS = (LateInteractionReader.name, LexicalReader.name)


@dataclass(frozen=True, slots=True)
class Read:
    """What one reader found for one question.

    right: for each sentence it found, best first, whether it answers. chosen: the same for those that `selected` takes.
    search and reading: seconds.
    """

    answerable: bool
    score: float
    confidence: float
    right: tuple[bool, ...]
    chosen: tuple[bool, ...]
    search: float
    reading: float


def readings(sample: DevelopmentSet, work: Path) -> dict[str, list[Read]]:
    """For each reader, by name, what it found for every question of the sample."""
    library = sample.library(work)
    readers: list[Reader] = [LateInteractionReader(library.encoder), LexicalReader()]
    found: dict[str, list[Read]] = {reader.name: [] for reader in readers}
    with library.view() as view:
        view.search("warm up", PASSAGES_READ)
        for case in sample.cases:
            started = time.perf_counter()
            hits = view.search(case.question.text, PASSAGES_READ)
            searched = time.perf_counter() - started
            for reader in readers:
                found[reader.name].append(_read(reader, case, hits, view, searched))
    library.close()
    return found


def _read(reader: Reader, case: Case, hits: Sequence[Hit], view: View, searched: float) -> Read:
    started = time.perf_counter()
    reading = reader.read(case.question.understood(), hits, view.weight)
    taken = time.perf_counter() - started
    right = tuple(_marks(reading.evidence, case))
    chosen = tuple(_marks(selected(reading.evidence, reading.margins), case))
    score = reading.evidence[0].score if reading.evidence else -1.0
    return Read(case.answerable, score, reading.confidence, right, chosen, searched, taken)


def _marks(evidence: Sequence[Evidence], case: Case) -> Iterator[bool]:
    return (case.answerable and any(answers(one, *span) for span in case.spans) for one in evidence)


def answers(evidence: Evidence, source: str, start: int, end: int) -> bool:
    """Whether a sentence shares half of its own characters, or half of theirs, with those that answer."""
    first, last = evidence.span
    shared = min(end, last) - max(start, first)
    return evidence.hit.document.source == source and shared > 0 and (2 * shared >= end - start or 2 * shared >= last - first)


def precision_recall_f1(taken: Sequence[bool], right: Sequence[bool]) -> tuple[float, float, float]:
    """How good the sentences taken are, out of all that were read; recall asks for no more than an answer may hold."""
    hits = sum(taken)
    precision = hits / len(taken) if taken else 0.0
    recall = min(1.0, hits / min(sum(right), MOST_SENTENCES))
    return precision, recall, 2 * precision * recall / (precision + recall) if hits else 0.0
