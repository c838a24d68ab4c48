"""Measuring answers on a set of questions with known evidence."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles
from typing import Any

from index.shadow import plain
from index.view import Hit
from qa.answers import Answer
from qa.errors import InvalidQuestionSet
from qa.questions import Message, Question

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what a right answer must hold.

    evidence: for each piece that is needed, the spans of which one is enough, in the one document the questions are drawn from.
    must_contain: strings that a right answer holds, compared without case and typographic variants.
    """

    id: str
    type: str
    question: Question
    answerable: bool
    evidence: tuple[tuple[Span, ...], ...]
    must_contain: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case, its answer, the passages that were read for it, and the milliseconds it took."""

    case: Case
    answer: Answer
    passages: tuple[Hit, ...]
    milliseconds: float

    @property
    def answered(self) -> bool:
        return self.answer.status == "answered"

    @property
    def right(self) -> bool:
        """Answered with all that is needed, or rightly not answered."""
        if not self.case.answerable:
            return not self.answered
        said = _folded(" ".join(citation.quote for citation in self.answer.citations))
        return self.answered and all(_folded(needed) in said for needed in self.case.must_contain)

    @property
    def retrieved(self) -> bool:
        """Every needed piece of evidence lies in the passages that were read."""
        read = [(hit.row.start, hit.row.end) for hit in self.passages]
        return all(any(_covers(read, span) for span in spans) for spans in self.case.evidence)

    @property
    def evidence_found(self) -> float:
        """The share of the needed evidence that the citations hold."""
        cited = [(citation.start, citation.end) for citation in self.answer.citations]
        found = [any(_covers(cited, span) for span in spans) for spans in self.case.evidence]
        return sum(found) / len(found) if found else 0.0

    @property
    def citations_right(self) -> tuple[int, int]:
        """How many citations touch needed evidence, of how many."""
        wanted = [span for spans in self.case.evidence for span in spans]
        cited = [(citation.start, citation.end) for citation in self.answer.citations]
        return sum(any(start < b and a < end for a, b in wanted) for start, end in cited), len(cited)

    @property
    def citations_exact(self) -> bool:
        """Every sentence is the quote of its citation, at its place in the answer's text."""
        quotes = {citation.number: citation.quote for citation in self.answer.citations}
        return all(self.answer.text[one.start : one.end] == one.text == quotes[one.citations[0]] for one in self.answer.sentences)

    def as_dict(self) -> dict[str, Any]:
        return {
            "id": self.case.id,
            "right": self.right,
            "retrieved": self.retrieved,
            "evidence_found": self.evidence_found,
            "milliseconds": round(self.milliseconds, 1),
            "answer": self.answer.as_dict(),
        }


@dataclass(frozen=True, slots=True)
class Row:
    """Figures of one type of question, shares from 0 to 1; None where there is nothing to count."""

    type: str
    questions: int
    right: float | None
    first_right: float | None
    evidence_recall: float | None
    citation_precision: float | None
    retrieved: float | None
    abstention_recall: float | None
    false_abstentions: float | None


@dataclass(frozen=True, slots=True)
class Report:
    """A row for each type, one for all, and the time per question in milliseconds."""

    rows: tuple[Row, ...]
    p50: float
    p99: float

    def as_dict(self) -> dict[str, Any]:
        names = Row.__dataclass_fields__
        rows = {row.type: {name: getattr(row, name) for name in names if name != "type"} for row in self.rows}
        return {"types": rows, "milliseconds": {"p50": self.p50, "p99": self.p99}}

    def as_table(self) -> str:
        """The figures as text, a line for each type."""
        heads = ("questions", "right", "first right", "evid. recall", "cit. precision", "retrieved", "abst. recall", "false abst.")
        lines = [f"{'type':24}" + "".join(f"{head:>15}" for head in heads)]
        for row in self.rows:
            values = [getattr(row, name) for name in Row.__dataclass_fields__ if name not in ("type", "questions")]
            cells = [f"{row.questions:>15}", *(f"{'–' if value is None else f'{value:.3f}':>15}" for value in values)]
            lines.append(f"{row.type:24}" + "".join(cells))
        lines.append(f"\ntime per question: p50 {self.p50:.1f} ms, p99 {self.p99:.1f} ms")
        return "\n".join(lines)


def read_cases(path: Path) -> list[Case]:
    """The questions of a JSON Lines file, such as `tests/questions.jsonl`.

    Raises:
        InvalidQuestionSet: a line is not a question with its evidence.
    """
    cases = []
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InvalidQuestionSet(f"{path} is not a question set: byte {error.start} is not UTF-8.") from error
    for number, line in enumerate(lines[:-1] if not lines[-1] else lines, start=1):
        try:
            cases.append(_case(json.loads(line)))
        except (ValueError, KeyError, TypeError, AttributeError) as error:
            raise InvalidQuestionSet(f"{path}, line {number}: not a question ({type(error).__name__}: {error}).") from error
    if not cases:
        raise InvalidQuestionSet(f"{path} holds no questions.")
    return cases


def report(outcomes: Sequence[Outcome]) -> Report:
    """Figures by type of question and for all together."""
    types = list(dict.fromkeys(outcome.case.type for outcome in outcomes))
    rows = [_row(kind, [outcome for outcome in outcomes if outcome.case.type == kind]) for kind in types]
    times = [outcome.milliseconds for outcome in outcomes]
    p99 = quantiles(times, n=100)[98] if len(times) > 1 else times[0]
    return Report((*rows, _row("all", outcomes)), round(median(times), 1), round(p99, 1))


def _row(type: str, outcomes: Sequence[Outcome]) -> Row:
    answerable = [outcome for outcome in outcomes if outcome.case.answerable]
    others = [outcome for outcome in outcomes if not outcome.case.answerable]
    answered = [outcome for outcome in answerable if outcome.answered]
    right, cited = (sum(counts) for counts in zip(*(o.citations_right for o in answered), strict=True)) if answered else (0, 0)
    return Row(
        type,
        len(outcomes),
        _share(outcomes, lambda outcome: outcome.right),
        _share(answered, _best_is_right),
        _share(answerable, lambda outcome: outcome.evidence_found),
        round(right / cited, 4) if cited else None,
        _share(answerable, lambda outcome: outcome.retrieved),
        _share(others, lambda outcome: not outcome.answered),
        _share(answerable, lambda outcome: not outcome.answered),
    )


def _best_is_right(outcome: Outcome) -> bool:
    """The citation with the highest score touches needed evidence."""
    best = max(outcome.answer.citations, key=lambda citation: citation.score)
    return any(best.start < end and start < best.end for spans in outcome.case.evidence for start, end in spans)


def _share(outcomes: Sequence[Outcome], value: Callable[[Outcome], float]) -> float | None:
    return round(sum(map(value, outcomes)) / len(outcomes), 4) if outcomes else None


def _covers(spans: Iterable[Span], wanted: Span) -> bool:
    return any(start <= wanted[0] and wanted[1] <= end for start, end in spans)


def _folded(text: str) -> str:
    return " ".join(plain(text).casefold().split())


def _case(line: dict[str, Any]) -> Case:
    evidence = [[piece, *piece.get("alternatives", [])] for piece in line["evidence"]]
    if line["answerable"] != bool(evidence):
        raise ValueError("an answerable question needs evidence, and only such a one")
    history = tuple(Message(message["role"], message["content"]) for message in line["history"])
    return Case(
        line["id"],
        line["type"],
        Question(line["question"], history),
        line["answerable"],
        tuple(tuple((span["start"], span["end"]) for span in spans) for spans in evidence),
        tuple(line["must_contain"]),
    )
