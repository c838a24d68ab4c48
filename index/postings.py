"""BM25 over one segment of passages: postings in numpy, scored with the statistics of the whole library.

Own code where tantivy was planned, because of what was measured (`benchmarks/lexical.py`): tantivy counts removed passages in
its statistics until it merges, and statistics of two of its indexes cannot be joined, so the same library would score
differently before and after a restart. Here each generation has exact statistics, whatever its history.
BM25 as Lucene has it: Robertson and Zaragoza, "The Probabilistic Relevance Framework" (2009), with idf = ln(1 + (N - n + 0.5) / (n + 0.5)).
"""

import math
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

SATURATION = 1.2  # k1
LENGTH_NORMALISATION = 0.75  # b

Mask = NDArray[np.bool_]
Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Postings:
    """For each term, in the order of the alphabet, the rows it is in and how often, in CSC order; `lengths` is the number of terms of
    each row. Nothing in it depends on how it was made.
    """

    vocabulary: dict[str, int]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    counts: NDArray[np.int32]
    lengths: NDArray[np.int32]

    @classmethod
    def of(cls, texts: Iterable[Sequence[str]]) -> "Postings":
        """Postings of texts given as lists of terms, one row a text."""
        seen: defaultdict[str, int] = defaultdict()
        seen.default_factory = seen.__len__  # a term not seen before gets the next number
        lengths: list[int] = []

        def numbered() -> Iterator[Iterable[int]]:
            for text in texts:
                lengths.append(len(text))
                yield map(seen.__getitem__, text)

        numbers = np.fromiter(chain.from_iterable(numbered()), dtype=np.int64)  # one for each word: some hundred times as many as texts
        vocabulary, columns = _alphabetical(list(seen))
        keys = np.sort(columns[numbers] * len(lengths) + np.repeat(np.arange(len(lengths)), lengths))
        firsts = np.flatnonzero(np.diff(keys, prepend=-1))
        counts = np.diff(firsts, append=len(keys))
        return _in_order(vocabulary, keys[firsts], counts, np.array(lengths, dtype=np.int32))

    @classmethod
    def joined(cls, parts: Sequence[tuple["Postings", Integers]]) -> "Postings":
        """Postings of the rows of several, without reading a text: for each its postings and the row that each of its rows becomes, -1
        for one that is left out. To the byte those that `of` makes of the same texts.
        """
        seen: dict[str, int] = {}
        numbers, rows, counts = [], [], []
        lengths = np.zeros(sum(int(np.count_nonzero(places >= 0)) for _, places in parts), dtype=np.int32)
        for postings, places in parts:
            columns = np.array([seen.setdefault(term, len(seen)) for term in postings.vocabulary], dtype=np.int64)
            kept = places[postings.rows] >= 0
            numbers.append(np.repeat(columns, np.diff(postings.starts))[kept])
            rows.append(places[postings.rows[kept]])
            counts.append(postings.counts[kept])
            lengths[places[places >= 0]] = postings.lengths[places >= 0]
        held = np.unique(np.concatenate(numbers))
        terms = list(seen)
        vocabulary, columns = _alphabetical([terms[number] for number in held.tolist()])
        keys = columns[np.searchsorted(held, np.concatenate(numbers))] * len(lengths) + np.concatenate(rows)
        order = np.argsort(keys)
        return _in_order(vocabulary, keys[order], np.concatenate(counts)[order], lengths)

    @classmethod
    def load(cls, path: Path) -> "Postings":
        """Read what `save` wrote; a file changed in between raises ValueError, OSError or KeyError."""
        with np.load(path, allow_pickle=False) as file:
            terms = file["terms"].tobytes().decode("utf-8")
            vocabulary = {term: column for column, term in enumerate(terms.split("\n") if terms else [])}
            return cls(vocabulary, file["starts"], file["rows"], file["counts"], file["lengths"])

    def save(self, path: Path) -> None:
        """Write to `path`, a numpy archive."""
        terms = np.frombuffer("\n".join(self.vocabulary).encode("utf-8"), dtype=np.uint8)
        np.savez(path, terms=terms, starts=self.starts, rows=self.rows, counts=self.counts, lengths=self.lengths)

    def posting(self, term: str) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
        """The rows that hold `term` and how often each does."""
        if (column := self.vocabulary.get(term)) is None:
            return self.rows[:0], self.counts[:0]
        places = slice(self.starts[column], self.starts[column + 1])
        return self.rows[places], self.counts[places]


def _alphabetical(terms: list[str]) -> tuple[dict[str, int], Integers]:
    """The terms in the order of the alphabet, numbered; and for each place in `terms` its number."""
    places = sorted(range(len(terms)), key=terms.__getitem__)
    numbers = np.empty(len(terms), dtype=np.int64)
    numbers[places] = np.arange(len(terms))
    return {terms[place]: number for number, place in enumerate(places)}, numbers


def _in_order(vocabulary: dict[str, int], keys: Integers, counts: NDArray[np.integer], lengths: NDArray[np.int32]) -> Postings:
    """Postings of rising keys, each the number of a term times the number of rows, plus a row; and how often that term is in that row."""
    columns, rows = np.divmod(keys, len(lengths))
    starts = np.zeros(len(vocabulary) + 1, dtype=np.int64)
    np.cumsum(np.bincount(columns, minlength=len(vocabulary)), out=starts[1:])
    return Postings(vocabulary, starts, rows.astype(np.int32), counts.astype(np.int32), lengths)


@dataclass(frozen=True, slots=True)
class Statistics:
    """What BM25 knows of the whole library: how many passages are alive and how many terms they have on average."""

    passages: int
    average_length: float

    @classmethod
    def of(cls, segments: Sequence[tuple[Postings, Mask]]) -> "Statistics":
        passages = sum(int(alive.sum()) for _, alive in segments)
        total = sum(int(postings.lengths[alive].sum()) for postings, alive in segments)
        return cls(passages, total / passages if passages else 1.0)


def bm25(segments: Sequence[tuple[Postings, Mask]], statistics: Statistics, terms: Iterable[str]) -> list[NDArray[np.float32]]:
    """The score of every row of every segment for the `terms` of a question; `alive` masks rows still in the library."""
    scores = [np.zeros(len(postings.lengths), dtype=np.float32) for postings, _ in segments]
    for term in dict.fromkeys(terms):
        found = [postings.posting(term) for postings, _ in segments]
        holding = sum(int(np.count_nonzero(alive[rows])) for (rows, _), (_, alive) in zip(found, segments, strict=True))
        if holding:
            weight = inverse_document_frequency(statistics.passages, holding)
            for (rows, counts), (postings, _), score in zip(found, segments, scores, strict=True):
                relative = postings.lengths[rows] / statistics.average_length
                norm = SATURATION * (1 - LENGTH_NORMALISATION + LENGTH_NORMALISATION * relative)
                score[rows] += weight * counts * (SATURATION + 1) / (counts + norm)
    return scores


def inverse_document_frequency(passages: int, holding: int) -> float:
    """ln(1 + (N - n + 0.5) / (n + 0.5)): how much a term says that `holding` of all `passages` hold."""
    return math.log1p((passages - holding + 0.5) / (holding + 0.5))
