"""What the choices in Footnote were made on: retrieval, readers, selection, abstention and follow-ups on the development data.

    python benchmarks/development.py DATA [--work FOLDER] [--only retrieval readers selection abstention follow-ups]

DATA is the folder of the development sets. Every figure is of the real code: documents go into a library, questions to
`Library.view().search` and to a reader. Libraries are made in the work folder (some minutes) and used again by the next run.
Sets are sampled, and intervals (95 %, bootstrap over questions, 1,000 resamples) drawn, with fixed seeds.
"""

import argparse
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from figures import Floats, area, interval, machine, mean, p50_p99, table
from readings import READERS, Read, precision_recall_f1, readings
from sets import Case, DevelopmentSet, read_set
from threadpoolctl import threadpool_limits

from index.snapshot import DEPTH
from index.view import Hit
from qa.answering import PASSAGES_READ, Answerer
from qa.questions import Question
from qa.readers import LATE_INTERACTION, LateInteractionReader

CHOSEN_ON = ("scifact", "bioasq")  # for retrieval; the other sets were not used for it
RETRIEVAL_SETS = (*CHOSEN_ON, "cast2021", "mtrag", "squad2", "clapnq", "squadshifts")
READING_SETS = ("squad2", "clapnq", "bioasq", "squadshifts")
ABSTENTION_SETS = READING_SETS[:3]  # squadshifts has no question without an answer
FOOTNOTE = "as Footnote"
FOLLOW_UP_SETS = ("cast2021", "mtrag")
THRESHOLDS = (0.02, 0.05, 0.1, LATE_INTERACTION.least_confidence, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8)


class Development:
    """The sets of a data folder, and what was read of them."""

    def __init__(self, data: Path, work: Path) -> None:
        self._data = data
        self._work = work
        self._sets: dict[str, DevelopmentSet] = {}
        self._readings: dict[str, dict[str, list[Read]]] = {}

    def set(self, name: str) -> DevelopmentSet:
        if name not in self._sets:
            self._sets[name] = read_set(self._data, name)
        return self._sets[name]

    def readings(self, name: str, reader: str) -> list[Read]:
        if name not in self._readings:
            self._readings[name] = readings(self.set(name), self._work)
        return self._readings[name][reader]

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
        yield "nDCG@10 against Footnote's (95 % interval of the difference over the same questions)\n"
        heads = ["", *(f"{name} ({len(found[name][FOOTNOTE]['nDCG@10'])} questions)" for name in RETRIEVAL_SETS)]
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

    # Readers

    def readers(self) -> Iterator[str]:
        """How often each reader finds a right sentence, and how well it tells what can be answered."""
        yield "## Readers\n"
        yield "Right: a sentence that answers comes first, or is among three, of all sentences of the passages read, over answerable"
        yield "questions. AUROC: of the confidence, answerable against unanswerable questions.\n"
        rows = [[name, reader, *_reader_figures(self.readings(name, reader))] for name in READING_SETS for reader in READERS]
        heads = ["set", "reader", "questions", "right first", "among three", "AUROC", "search ms p50 / p99", "read ms p50 / p99"]
        yield table(heads, rows)

    def selection(self) -> Iterator[str]:
        """The sentences that are taken for an answer, against the best one alone."""
        yield "## Selection\n"
        yield "Over answerable questions with a right sentence in the passages read; late interaction.\n"
        heads = ["set", "questions", "taken", "precision", "recall", "F1", "sentences"]
        yield table(heads, (row for name in READING_SETS for row in _selection_rows(name, self.readings(name, READERS[0]))))

    # Abstention

    def abstention(self) -> Iterator[str]:
        """The scaling of the best score to a confidence, and what each threshold lets through."""
        yield "## Abstention\n"
        yield "Platt scaling refitted: confidence = 1 / (1 + exp(-slope (score - middle))), answerable and other questions weighing the"
        yield "same. Beside it, for each set, the share of its answerable questions answered / of the others turned away, at the middle"
        yield "that is fitted to the other sets alone.\n"
        rows = ([reader, *self._fits(reader)] for reader in READERS)
        yield table(["reader", "slope", "middle", *(f"{name}, left out" for name in ABSTENTION_SETS)], rows)
        for reader in READERS:
            yield f"{reader}: share of answerable questions answered / of the others turned away, by least confidence\n"
            rows = ([f"{least:.3f}", *(_let_through(self.readings(name, reader), least) for name in READING_SETS)] for least in THRESHOLDS)
            yield table(["least", *READING_SETS], rows)

    def _fits(self, reader: str) -> Iterator[str]:
        slope, middle = _platt([read for name in ABSTENTION_SETS for read in self.readings(name, reader)])
        yield f"{slope:.2f}"
        yield f"{middle:.4f}"
        for left_out in ABSTENTION_SETS:
            others = [read for name in ABSTENTION_SETS if name != left_out for read in self.readings(name, reader)]
            middle = _platt(others)[1]
            reads = self.readings(left_out, reader)
            yield _shares(reads, [read.score >= middle for read in reads])

    # Follow-ups

    def follow_ups(self) -> Iterator[str]:
        """Follow-up questions alone, as Footnote understands them, and as a person rewrote them."""
        yield "## Follow-ups\n"
        yield f"Found: a right passage among the first {PASSAGES_READ}, and among all that are read. Right: best sentence from one.\n"
        rows = (row for name in FOLLOW_UP_SETS for row in self._follow_up_rows(self.set(name)))
        yield table(
            ["set", "questions", "asked as", f"found in {PASSAGES_READ}", "found in all", "passages read", "best sentence's right"], rows
        )

    def _follow_up_rows(self, sample: DevelopmentSet) -> Iterator[list[object]]:
        library = sample.library(self._work)
        answerer = Answerer(library, LateInteractionReader(library.encoder), least_confidence=0.0)
        cases = [case for case in sample.cases if case.question.history and case.sources]
        for manner, asked in _MANNERS.items():
            outcomes = [_followed(answerer, question, case) for case in cases if (question := asked(case))]
            if outcomes:
                first, found, right, read = map(list, zip(*outcomes, strict=True))
                yield [sample.name, len(outcomes), manner, mean(first), mean(found), f"{np.mean(read):.1f}", mean(right)]
        library.close()


@dataclass(frozen=True, slots=True)
class Candidates:
    """What the two searches found for a question. Places count from 0 in the ranking of each; one past `DEPTH` was not found by it."""

    text: Floats
    vector: Floats
    score: Floats
    text_place: Floats
    vector_place: Floats

    @classmethod
    def of(cls, hits: Sequence[Hit]) -> "Candidates":
        text, vector, score = (np.array(each) for each in zip(*((h.text_score, h.vector_score, h.score) for h in hits), strict=True))
        numbers = np.array([hit.number for hit in hits])
        places = [np.argsort(np.lexsort((numbers, -each))).astype(np.float64) for each in (text, vector)]
        text_place, vector_place = (np.where(place < DEPTH, place, np.inf) for place in places)
        return cls(text, vector, score, np.where(text > 0, text_place, np.inf), vector_place)


def _ranked(hits: Sequence[Hit], score: "Method") -> list[str]:
    """The sources of the hits, in the order that `score` gives them; those of score 0 are left out."""
    if not hits:
        return []
    scores = score(Candidates.of(hits))
    order = np.lexsort((np.array([hit.number for hit in hits]), -scores))
    return [hits[i].document.source for i in order if scores[i] > 0]


def _reciprocal_ranks(k: int) -> "Method":
    """Reciprocal rank fusion (Cormack, Clarke and Buettcher, 2009): the sum of 1 / (k + rank), ranks from 1."""
    return lambda of: 1 / (k + 1 + of.text_place) + 1 / (k + 1 + of.vector_place)


def _convex(weight: float, exact: bool) -> "Method":
    """A convex combination (Bruch, Gai and Ingber, 2023): BM25 over its largest, cosines from 0 at the least to 1 at the largest.

    exact: with the scores of all candidates; otherwise a search that did not find a candidate gives it 0.
    """

    def score(of: Candidates) -> Floats:
        found = np.isfinite(of.vector_place) | exact
        least, most = of.vector[found].min(), of.vector[found].max()
        cosines = np.where(found, (of.vector - least) / max(most - least, 1e-9), 0)
        text = np.where(np.isfinite(of.text_place) | exact, of.text, 0)
        return np.asarray((1 - weight) * text / max(text.max(), 1e-9) + weight * cosines + 1e-9)

    return score


Method = Callable[[Candidates], Floats]

_METHODS: dict[str, Method] = {
    FOOTNOTE: lambda of: of.score + 1e-9,
    "bm25": lambda of: 1 / (1 + of.text_place),
    "vectors": lambda of: 1 / (1 + of.vector_place),
    **{f"rrf {k}": _reciprocal_ranks(k) for k in (0, 10, 30, 60)},
    **{f"convex {weight}, missing 0": _convex(weight, exact=False) for weight in (0.3, 0.5, 0.6, 0.7)},
    **{f"convex {weight}, exact": _convex(weight, exact=True) for weight in (0.3, 0.5, 0.6, 0.7)},
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
    differences = found[method]["nDCG@10"] - found[FOOTNOTE]["nDCG@10"]
    low, high = interval(differences, lambda rows: rows.mean(axis=1))
    return f"{differences.mean():+.3f} ({low:+.3f} to {high:+.3f})"


def _reader_figures(reads: Sequence[Read]) -> list[object]:
    answerable = [read for read in reads if read.answerable]
    others = [read.confidence for read in reads if not read.answerable]
    return [
        len(reads),
        mean([any(read.right[:1]) for read in answerable]),
        mean([any(read.right[:3]) for read in answerable]),
        area([read.confidence for read in answerable], others),
        p50_p99([read.search for read in reads], 1),
        p50_p99([read.reading for read in reads], 1),
    ]


def _selection_rows(name: str, reads: Sequence[Read]) -> Iterator[list[object]]:
    answered = [read for read in reads if any(read.right)]
    for manner, takings in (("best", [read.right[:1] for read in answered]), ("selected", [read.chosen for read in answered])):
        figures = [precision_recall_f1(taken, read.right) for taken, read in zip(takings, answered, strict=True)]
        precision, recall, f1 = map(list, zip(*figures, strict=True))
        yield [name, len(answered), manner, mean(precision), mean(recall), mean(f1), f"{np.mean([len(taken) for taken in takings]):.2f}"]


def _platt(reads: Sequence[Read]) -> tuple[float, float]:
    """Slope and middle of the logistic curve through the best scores, by Newton's method, both kinds weighing the same."""
    score = np.array([read.score for read in reads])
    wanted = np.array([float(read.answerable) for read in reads])
    weight = np.where(wanted == 1, 0.5 / wanted.sum(), 0.5 / (1 - wanted).sum())
    inputs = np.stack([score, np.ones(len(score))], axis=1)
    fit = np.zeros(2)
    for _ in range(50):
        said = 1 / (1 + np.exp(-inputs @ fit))
        curvature = (inputs * (weight * said * (1 - said))[:, None]).T @ inputs
        fit += np.linalg.solve(curvature, inputs.T @ (weight * (wanted - said)))
    return float(fit[0]), float(-fit[1] / fit[0])


def _let_through(reads: Sequence[Read], least: float) -> str:
    return _shares(reads, [read.confidence >= least for read in reads])


def _shares(reads: Sequence[Read], answered: Sequence[bool]) -> str:
    kept = [said for read, said in zip(reads, answered, strict=True) if read.answerable]
    turned = [not said for read, said in zip(reads, answered, strict=True) if not read.answerable]
    return f"{np.mean(kept):.3f} / {f'{np.mean(turned):.3f}' if turned else '–'}"


_MANNERS: dict[str, Callable[[Case], Question | None]] = {
    "the question alone": lambda case: Question(case.question.text),
    "understood": lambda case: case.question,
    "rewritten by a person": lambda case: Question(case.rewrite) if case.rewrite else None,
}


def _followed(answerer: Answerer, question: Question, case: Case) -> tuple[bool, bool, bool, int]:
    """Found among the first passages, found at all, best sentence from a right document, passages read."""
    answer, hits = answerer.ask_with_passages(question)
    sources = [hit.document.source for hit in hits]
    best = max(answer.citations, key=lambda citation: citation.score, default=None)
    first, found = (not case.sources.isdisjoint(held) for held in (sources[:PASSAGES_READ], sources))
    return first, found, best is not None and best.document.source in case.sources, len(hits)


SECTIONS: dict[str, Callable[[Development], Iterator[str]]] = {
    "retrieval": Development.retrieval,
    "readers": Development.readers,
    "selection": Development.selection,
    "abstention": Development.abstention,
    "follow-ups": Development.follow_ups,
}


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks"), help="where libraries are made and kept")
    parser.add_argument("--only", nargs="+", choices=list(SECTIONS), default=list(SECTIONS), help="sections to run")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    threadpool_limits(limits=1, user_api="blas")  # as `footnote serve` has it
    development = Development(arguments.data, arguments.work)
    print(f"{machine()}\n")
    for name in arguments.only:
        started = time.perf_counter()
        for part in SECTIONS[name](development):
            print(part, flush=True)
        print(f"({name}: {time.perf_counter() - started:.0f} s)\n", flush=True)


if __name__ == "__main__":
    main()
