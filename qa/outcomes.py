"""Outcomes: what became of a case, and how much of it was right."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, NamedTuple

from index.rows import DocumentRow
from index.shadow import plain
from index.view import Hit
from qa.answers import Answer
from qa.cases import Case, Span
from qa.citations import Citation, Cited


class _Place(NamedTuple):
    """What was cited or read."""

    document: Cited | DocumentRow
    start: int
    end: int

    def holds(self, span: Span) -> bool:
        return span.lies_in(self.document) and self.start <= span.start and span.end <= self.end

    def touches(self, span: Span) -> bool:
        return span.lies_in(self.document) and self.start < span.end and span.start < self.end


@dataclass(frozen=True, slots=True)
class Outcome:
    """A case, its answer, the passages that were read for it, and the milliseconds it took.

    unguarded: where there was an abstention, the answer that a lower threshold would have let through.
    measures: how well the passages were ranked, by the name of the measure; empty where that is not known.
    """

    case: Case
    answer: Answer
    passages: tuple[Hit, ...]
    milliseconds: float
    unguarded: Answer | None = None
    measures: Mapping[str, float] = field(default_factory=dict)

    @property
    def answered(self) -> bool:
        return self.answer.status == "answered"

    @property
    def right(self) -> bool | None:
        """Answered with all that is needed, or rightly not answered; None where nothing tells right from wrong."""
        if not self.case.judged:
            return None
        return self._answers(self.answer) if self.case.answerable else not self.answered

    @property
    def right_unguarded(self) -> bool | None:
        """Whether it would be right if nothing kept Footnote from answering: the other side of its confidence."""
        if not self.case.judged:
            return None
        return self.case.answerable and self._answers(self.unguarded or self.answer)

    @property
    def verdict(self) -> str:
        """How right it is, in a word or two."""
        if self.right is None:
            return "not judged" if self.answered else "not answered"
        if self.right:
            return "right" if self.answered else "rightly not answered"
        if not self.case.answerable:
            return "wrongly answered"
        return "wrong" if self.answered else "not answered"

    @property
    def retrieved(self) -> bool:
        """Every needed piece of evidence lies in the passages that were read."""
        read = [_Place(hit.document, hit.row.start, hit.row.end) for hit in self.passages]
        return all(_any_holds(read, spans) for spans in self.case.evidence)

    @property
    def evidence_found(self) -> float:
        """The share of the needed evidence that the citations hold."""
        found = self._found()
        return sum(found) / len(found) if found else 0.0

    @property
    def citations_right(self) -> tuple[int, int]:
        """How many citations touch needed evidence, of how many."""
        return sum(map(self._touches_evidence, self.answer.citations)), len(self.answer.citations)

    @property
    def first_right(self) -> bool:
        """The citation with the highest score touches needed evidence."""
        return self._touches_evidence(max(self.answer.citations, key=lambda citation: citation.score))

    @property
    def citations_exact(self) -> bool:
        """Every sentence is the quote of its citation, at its place in the answer's text."""
        quotes = {citation.number: citation.quote for citation in self.answer.citations}
        return all(self.answer.text[one.start : one.end] == one.text == quotes[one.citations[0]] for one in self.answer.sentences)

    @property
    def length(self) -> int:
        """Characters of what was answered, footnote marks left out."""
        return sum(len(sentence.text) for sentence in self.answer.sentences)

    def as_dict(self) -> dict[str, Any]:
        """All of it as plain values, with what people need to judge the verdict themselves."""
        pieces = zip(self.case.evidence, self._found(), strict=True)
        said = _said(self.answer)
        return {
            "id": self.case.id,
            "type": self.case.type,
            "answerable": self.case.answerable,
            "verdict": self.verdict,
            "right": self.right,
            "right_unguarded": self.right_unguarded,
            "retrieved": self.retrieved,
            "evidence_found": self.evidence_found,
            "citations_right": self.citations_right[0],
            "evidence": [{"found": found, "spans": [span.as_dict() for span in spans]} for spans, found in pieces],
            "must_contain": [{"text": needed, "said": _folded(needed) in said} for needed in self.case.must_contain],
            "sources": sorted(self.case.sources),
            "reference": self.case.reference,
            "measures": dict(self.measures),
            "milliseconds": round(self.milliseconds, 1),
            "history": [message.content for message in self.case.question.history if message.role == "user"],
            "answer": self.answer.as_dict(),
        }

    def _answers(self, answer: Answer) -> bool:
        """All strings that are needed are said; where none are named, a citation touches the evidence."""
        if answer.status == "abstained":
            return False
        if not self.case.must_contain:
            return any(map(self._touches_evidence, answer.citations))
        said = _said(answer)
        return all(_folded(needed) in said for needed in self.case.must_contain)

    def _found(self) -> list[bool]:
        cited = [_Place(citation.document, citation.start, citation.end) for citation in self.answer.citations]
        return [_any_holds(cited, spans) for spans in self.case.evidence]

    def _touches_evidence(self, citation: Citation) -> bool:
        place = _Place(citation.document, citation.start, citation.end)
        return any(place.touches(span) for spans in self.case.evidence for span in spans)


def _any_holds(places: Iterable[_Place], spans: Iterable[Span]) -> bool:
    """One of the spans, which are alternatives, lies in one of the places."""
    return any(place.holds(span) for span in spans for place in places)


def _said(answer: Answer) -> str:
    return _folded(" ".join(citation.quote for citation in answer.citations))


def _folded(text: str) -> str:
    return " ".join(plain(text).casefold().split())
