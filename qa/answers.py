"""The answer: one shape on every surface."""

import hashlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import zip_longest
from typing import Any, Literal

from qa.citations import Citation, Closest
from qa.conflicts import Conflict
from qa.evidence import Evidence

Reason = Literal["empty_library", "no_evidence", "low_confidence"]

ABSTENTIONS: dict[Reason, str] = {
    "empty_library": "There are no documents to answer from.",
    "no_evidence": "The documents say nothing about this.",
    "low_confidence": "The documents do not clearly answer this.",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence of the answer at `[start, end)` of its text.

    citations: numbers. highlights: spans inside the sentence. context: it is there because the next one leans on it.
    """

    text: str
    start: int
    end: int
    citations: tuple[int, ...]
    support: Literal["verbatim"]
    highlights: tuple[tuple[int, int], ...] = ()
    context: bool = False


@dataclass(frozen=True, slots=True)
class LibraryState:
    """Which library answered: how often it had been changed, and a hash of what it held."""

    generation: int
    sha256: str


@dataclass(frozen=True, slots=True)
class Models:
    """Which models answered."""

    encoder: str
    reader: str
    writer: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer with its citations, or an abstention with its reason. The same question to the same library gives the same bytes.

    notes: what the answer had to do without, a sentence each.
    """

    id: str
    question: str
    standalone_question: str
    status: Literal["answered", "abstained"]
    reason: Reason | None
    mode: Literal["extractive"]
    text: str
    confidence: float
    sentences: tuple[Sentence, ...]
    citations: tuple[Citation, ...]
    conflicts: tuple[Conflict, ...]
    closest: tuple[Closest, ...]
    notes: tuple[str, ...]
    library: LibraryState
    models: Models

    def as_dict(self) -> dict[str, Any]:
        """The answer as plain values."""
        return asdict(self)

    def as_json(self) -> str:
        """The answer as every surface gives it, byte for byte."""
        return to_json(self.as_dict())


def to_json(value: Any) -> str:
    """JSON in the one form used everywhere."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def answer_id(*parts: object) -> str:
    """A name for an answer that depends on everything the answer depends on."""
    return hashlib.sha256(to_json(parts).encode("utf-8")).hexdigest()[:24]


def quoted(citations: Sequence[Citation], evidence: Sequence[Evidence] = ()) -> Iterator[Sentence]:
    """A sentence of the answer for each citation, in order; between them stand only ` [number]` and a line break.

    evidence: that each citation is of; the stretch of it that answers most shortly is highlighted.
    """
    at = 0
    for citation, one in zip_longest(citations, evidence):
        end = at + len(citation.quote)
        highlights = ((one.answer[0] - citation.start, one.answer[1] - citation.start),) if one and one.answer else ()
        yield Sentence(citation.quote, at, end, (citation.number,), "verbatim", highlights, bool(one and one.leant_on))
        at = end + len(_marker(citation)) + 1


def text_of(citations: Sequence[Citation]) -> str:
    """The answer's text: each quote with its footnote mark, a line each."""
    return "\n".join(citation.quote + _marker(citation) for citation in citations)


def _marker(citation: Citation) -> str:
    return f" [{citation.number}]"
