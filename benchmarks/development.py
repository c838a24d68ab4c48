"""What the choices in Footnote were made on: retrieval, readers, selection, abstention and follow-ups on the development data.

    python benchmarks/development.py DATA [--work FOLDER] [--only retrieval readers selection abstention follow-ups]

DATA is the folder of the development sets. Every figure is of the real code: documents go into a library, questions to
`Library.view().search` and to a reader. Libraries are made in the work folder (some minutes) and used again by the next run.
Sets are sampled, and intervals (95 %, bootstrap over questions, 1,000 resamples) drawn, with fixed seeds.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import numpy as np
from figures import Floats, interval, machine, table
from sets import Case, DevelopmentSet, read_set

from index.library import Hit
from index.snapshot import DEPTH
from qa.answering import PASSAGES_READ

CHOSEN_ON = ("scifact", "bioasq")  # for retrieval; the other sets were not looked at
RETRIEVAL_SETS = (*CHOSEN_ON, "cast2021", "mtrag", "squad2", "clapnq", "squadshifts")


class Development:
    """The sets of a data folder, and what was read of them."""

    def __init__(self, data: Path, work: Path) -> None:
        self._data = data
        self._work = work
        self._sets: dict[str, DevelopmentSet] = {}

    def set(self, name: str) -> DevelopmentSet:
        if name not in self._sets:
            self._sets[name] = read_set(self._data, name)
        return self._sets[name]

    # Retrieval

    def retrieval(self) -> Iterator[str]:
        """Each way to join the two rankings, over the candidates that the real search finds."""
        yield "## Retrieval\n"
        found = {name: self._rankings(self.set(name)) for name in RETRIEVAL_SETS}
        yield f"Chosen on {' and '.join(CHOSEN_ON)}; the others were not used. Questions of cast2021 are the human rewrites.\n"
        for measure, meaning in _MEASURES.items():
            rows = [[method, *(f"{found[name][method][measure].mean():.3f}" for name in RETRIEVAL_SETS)] for method in _METHODS]
            means = [np.mean([found[name][row[0]][measure].mean() for name in RETRIEVAL_SETS]) for row in rows]
            yield f"{measure}: {meaning}\n"
            yield table(["", *RETRIEVAL_SETS, "mean"], [[*row, f"{value:.3f}"] for row, value in zip(rows, means, strict=True)])
        yield "nDCG@10 above or below rrf 60 (95 % interval of the difference over the same questions)\n"
        heads = ["", *(f"{name} ({len(found[name]['bm25']['nDCG@10'])} questions)" for name in RETRIEVAL_SETS)]
        yield table(heads, ([method, *(_difference(found[name], method) for name in RETRIEVAL_SETS)] for method in _METHODS))

    def _rankings(self, sample: DevelopmentSet) -> dict[str, dict[str, Floats]]:
        """For each method and measure a value for each question."""
        library = sample.library(self._work)
        sources = {document.source for document in sample.documents}
        values: dict[str, dict[str, list[float]]] = {method: {measure: [] for measure in _MEASURES} for method in _METHODS}
        with library.view() as view:
            for case in sample.cases:
                if case.sources and case.sources <= sources:
                    hits = view.search(case.rewrite or case.question.text, 2 * DEPTH)
                    for method, score in _METHODS.items():
                        for measure, value in _measured(_ranked(hits, score), case).items():
                            values[method][measure].append(value)
        library.close()
        return {method: {measure: np.array(each) for measure, each in of.items()} for method, of in values.items()}


def _ranked(hits: Sequence[Hit], score: Callable[[Floats, Floats], Floats]) -> list[str]:
    """The sources of the hits, in the order that the fusion `score` gives them."""
    text = np.array([hit.text_score for hit in hits])
    vector = np.array([hit.vector_score for hit in hits])
    scores = score(text, vector)
    order = np.lexsort(([hit.number for hit in hits], -scores))
    return [hits[i].document.source for i in order if scores[i] > -1]


def _text_alone(text: Floats, vector: Floats) -> Floats:
    return np.where(text != 0, text, -1)


def _vectors_alone(text: Floats, vector: Floats) -> Floats:
    return np.where(vector != 0, vector, -1)


def _reciprocal_ranks(k: int) -> Callable[[Floats, Floats], Floats]:
    """Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009): the sum of 1 / (k + rank), ranks from 1."""

    def score(text: Floats, vector: Floats) -> Floats:
        fused = np.zeros(len(text))
        for scores in (text, vector):
            order = np.argsort(-scores, kind="stable")[: np.count_nonzero(scores)]
            fused[order] += 1 / (k + 1 + np.arange(len(order)))
        return fused

    return score


def _convex(weight: float) -> Callable[[Floats, Floats], Floats]:
    """A convex combination (Bruch, Gai and Ingber, 2023): BM25 over its largest, cosines from 0 at the least to 1 at the largest."""

    def score(text: Floats, vector: Floats) -> Floats:
        found = vector != 0
        least, most = (vector[found].min(), vector[found].max()) if found.any() else (0, 0)
        cosines = np.where(found, (vector - least) / max(most - least, 1e-9), 0)
        return (1 - weight) * text / max(text.max(initial=0), 1e-9) + weight * cosines

    return score


_METHODS: dict[str, Callable[[Floats, Floats], Floats]] = {
    "bm25": _text_alone,
    "vectors": _vectors_alone,
    **{f"rrf {k}": _reciprocal_ranks(k) for k in (0, 10, 30, 60)},
    **{f"convex {weight}": _convex(weight) for weight in (0.3, 0.5, 0.6, 0.7, 0.8)},
}
_MEASURES = {
    "nDCG@10": "over documents, each at its best passage",
    "recall@10": "share of the right documents (of at most 10) among the first 10",
    "recall@20": "share of the right documents (of at most 20) among the first 20",
    "read": f"share of the right documents (of at most {PASSAGES_READ}) with a passage among the first {PASSAGES_READ} passages",
}


def _measured(sources: Sequence[str], case: Case) -> dict[str, float]:
    ranking = list(dict.fromkeys(sources))
    gains = [1 / np.log2(rank + 2) for rank in range(10)]
    gained = sum(gain for gain, source in zip(gains, ranking, strict=False) if source in case.sources)
    values = [gained / sum(gains[: len(case.sources)])]
    for depth, found in ((10, ranking), (20, ranking), (PASSAGES_READ, sources)):
        values.append(len(case.sources & set(found[:depth])) / min(depth, len(case.sources)))
    return dict(zip(_MEASURES, values, strict=True))


def _difference(found: dict[str, dict[str, Floats]], method: str) -> str:
    differences = found[method]["nDCG@10"] - found["rrf 60"]["nDCG@10"]
    low, high = interval(differences, lambda rows: rows.mean(axis=1))
    return f"{differences.mean():+.3f} ({low:+.3f} to {high:+.3f})"


SECTIONS: dict[str, Callable[[Development], Iterator[str]]] = {
    "retrieval": Development.retrieval,
}


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks"), help="where libraries are made and kept")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS), help="sections to run")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    development = Development(arguments.data, arguments.work)
    print(f"{machine()}\n")
    for name in arguments.only:
        started = time.perf_counter()
        for part in SECTIONS[name](development):
            print(part, flush=True)
        print(f"({name}: {time.perf_counter() - started:.0f} s)\n", flush=True)


if __name__ == "__main__":
    main()
