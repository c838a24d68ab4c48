"""Evaluation: cases asked one by one, and the figures of what came of it."""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, fields
from statistics import fmean, median, quantiles
from typing import Any, NamedTuple

from qa.answering import Answerer
from qa.cases import Case
from qa.confidence import Confidence, confidence_of
from qa.outcomes import Outcome as Outcome
from qa.ranking import MEASURES, Relevance
from qa.significance import Interval, interval_of_mean, interval_of_ratio, interval_of_share

# What the table on a terminal shows, under these heads.
_HEADS = {
    "questions": "questions",
    "right": "right",
    "first_right": "first right",
    "evidence_recall": "evid. rec.",
    "citation_precision": "cit. prec.",
    "retrieved": "retrieved",
    "abstention_recall": "abst. rec.",
    "false_abstentions": "false abst.",
    "ndcg_at_10": "nDCG@10",
}


class _Figure(NamedTuple):
    """A value with its interval."""

    value: float | None
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one type of question, shares from 0 to 1; None where there is nothing to count.

    answer_length, reference_length: mean characters of the answers given to answerable questions, and of what was to be said.
    milliseconds: median time per question. intervals: 95 % confidence intervals, by the name of the figure.
    """

    type: str
    questions: int
    right: float | None
    first_right: float | None
    evidence_recall: float | None
    citation_precision: float | None
    retrieved: float | None
    abstention_recall: float | None
    false_abstentions: float | None
    recall_at_10: float | None
    ndcg_at_10: float | None
    reciprocal_rank: float | None
    answer_length: float | None
    reference_length: float | None
    milliseconds: float
    intervals: dict[str, Interval] = field(default_factory=dict)

    @classmethod
    def figures(cls) -> list[str]:
        """The names of the figures, in order."""
        return [one.name for one in fields(cls) if one.name not in ("type", "intervals")]

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.figures()}


@dataclass(frozen=True, slots=True)
class Report:
    """A row for each type, one for all, the time per question in milliseconds, and what the confidence is worth."""

    rows: tuple[Row, ...]
    p50: float
    p99: float
    confidence: Confidence | None

    def as_dict(self) -> dict[str, Any]:
        return {
            "types": {row.type: row.as_dict() for row in self.rows},
            "intervals": {row.type: {name: list(interval) for name, interval in row.intervals.items()} for row in self.rows},
            "milliseconds": {"p50": self.p50, "p99": self.p99},
            "confidence": self.confidence.as_dict() if self.confidence else None,
        }

    def as_table(self) -> str:
        """The figures as text, a line for each type."""
        lines = [f"{'type':24}" + "".join(f"{head:>12}" for head in _HEADS.values()) + f"{'ms':>12}"]
        for row in self.rows:
            lines.append(f"{row.type:24}" + "".join(f"{_cell(getattr(row, name)):>12}" for name in _HEADS) + f"{row.milliseconds:>12.1f}")
        lines.append(f"\ntime per question: p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms")
        return "\n".join(lines)


def evaluated(cases: Sequence[Case], answerer: Answerer) -> Iterator[Outcome]:
    """Ask every case, one after another.

    Where it abstains it is asked again without a threshold, outside the time that counts, to see what the abstention kept back.
    """
    unguarded = Answerer(answerer.library, answerer.reader, least_confidence=0.0)
    with answerer.library.view() as view:
        relevance = Relevance(view)
        answerer.ask(cases[0].question)  # once for nothing: the first question waits for what loads when first used
        for case in cases:
            started = time.perf_counter()
            answer, passages = answerer.ask_with_passages(case.question)
            milliseconds = (time.perf_counter() - started) * 1000
            kept_back = unguarded.ask(case.question) if answer.status == "abstained" else None
            yield Outcome(case, answer, passages, milliseconds, kept_back, relevance.measures(case, passages))


def report(outcomes: Sequence[Outcome]) -> Report:
    """Figures by type of question and for all together."""
    types = list(dict.fromkeys(outcome.case.type for outcome in outcomes))
    rows = [_row(kind, [outcome for outcome in outcomes if outcome.case.type == kind]) for kind in types]
    times = [outcome.milliseconds for outcome in outcomes]
    p99 = quantiles(times, n=100)[98] if len(times) > 1 else times[0]
    return Report((*rows, _row("all", outcomes)), round(median(times), 1), round(p99, 1), confidence_of(outcomes))


def _row(type: str, outcomes: Sequence[Outcome]) -> Row:
    answered = [outcome for outcome in outcomes if outcome.answered and outcome.case.answerable]
    measured = [(outcome.length, outcome.case.reference_length) for outcome in answered if outcome.case.reference_length]
    figures = dict(_figures(outcomes))
    return Row(
        type,
        len(outcomes),
        **{name: figure.value for name, figure in figures.items()},
        answer_length=round(fmean(length for length, _ in measured), 1) if measured else None,
        reference_length=round(fmean(length for _, length in measured), 1) if measured else None,
        milliseconds=round(median(outcome.milliseconds for outcome in outcomes), 1),
        intervals={name: figure.interval for name, figure in figures.items() if figure.interval},
    )


def _figures(outcomes: Sequence[Outcome]) -> Iterator[tuple[str, _Figure]]:
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    others = [outcome for outcome in outcomes if not outcome.case.answerable]
    sourced = [outcome for outcome in answerable if outcome.case.evidence]
    answered = [outcome for outcome in sourced if outcome.answered]
    # Where a set judges documents only, right abstentions alone must not pass for right answers.
    judged = [outcome.right for outcome in outcomes if outcome.right is not None]
    yield "right", _share(judged if not answerable or any(outcome.case.judged for outcome in answerable) else [])
    yield "first_right", _share(outcome.first_right for outcome in answered)
    yield "evidence_recall", _mean([outcome.evidence_found for outcome in sourced])
    yield "citation_precision", _ratio([outcome.citations_right for outcome in answered])
    yield "retrieved", _share(outcome.retrieved for outcome in sourced)
    yield "abstention_recall", _share(not outcome.answered for outcome in others)
    yield "false_abstentions", _share(not outcome.answered for outcome in answerable)
    for name in MEASURES:
        yield name, _mean([outcome.measures[name] for outcome in outcomes if outcome.measures])


def _share(values: Iterable[bool]) -> _Figure:
    counted = list(values)
    share = round(sum(counted) / len(counted), 4) if counted else None
    return _Figure(share, interval_of_share(sum(counted), len(counted)))


def _mean(values: Sequence[float]) -> _Figure:
    return _Figure(round(fmean(values), 4) if values else None, interval_of_mean(values))


def _ratio(counts: Sequence[tuple[int, int]]) -> _Figure:
    """All right ones over all, an interval over questions."""
    if not counts:
        return _Figure(None, None)
    right, all = zip(*counts, strict=True)
    return _Figure(round(sum(right) / sum(all), 4), interval_of_ratio(right, all))


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return str(value) if isinstance(value, int) else f"{value:.3f}"
