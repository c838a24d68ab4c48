"""Cases: questions whose right answers are known, and the files they are written in."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from index.rows import DocumentRow
from index.shadow import is_well_formed
from qa.citations import Cited
from qa.errors import AnsweringError, InvalidQuestionSet
from qa.questions import Message, Question


@dataclass(frozen=True, slots=True)
class Span:
    """Where evidence stands: `[start, end)` in the document of that id or source, in whichever is cited where none is named.

    text: what stands there, for people to read; "" where the question set does not say.
    """

    start: int
    end: int
    document: str | None = None
    text: str = field(default="", compare=False)

    def __iter__(self) -> Iterator[int]:
        """Start and end, so that `start, end = span` as with the spans elsewhere."""
        return iter((self.start, self.end))

    def lies_in(self, document: Cited | DocumentRow) -> bool:
        """Whether it may stand in that document."""
        return self.document in (None, document.id, document.source)

    def as_dict(self) -> dict[str, Any]:
        return {"document": self.document, "start": self.start, "end": self.end, "text": self.text}


@dataclass(frozen=True, slots=True)
class Case:
    """A question with what a right answer must hold.

    evidence: for each piece that is needed, the spans of which one is enough.
    must_contain: strings that a right answer holds, compared without case and typographic variants.
    sources: the documents that answer, where a set judges whole documents.
    reference: an answer by a person, "" if there is none.
    """

    id: str
    type: str
    question: Question
    answerable: bool
    evidence: tuple[tuple[Span, ...], ...]
    must_contain: tuple[str, ...]
    sources: frozenset[str] = frozenset()
    reference: str = ""

    @property
    def judged(self) -> bool:
        """Whether anything tells a right answer from a wrong one."""
        return not self.answerable or bool(self.evidence or self.must_contain)

    @property
    def reference_length(self) -> int:
        """Characters of the reference answer, or of the evidence that is needed; 0 where neither is known."""
        return len(self.reference) or sum(spans[0].end - spans[0].start for spans in self.evidence)


def read_cases(path: Path) -> list[Case]:
    """The questions of a JSON Lines file, such as `tests/questions.jsonl`.

    Raises:
        InvalidQuestionSet: a line is not a question with its evidence.
    """
    try:
        lines = path.read_text("utf-8").split("\n")
    except UnicodeDecodeError as error:
        raise InvalidQuestionSet(f"{path} is not a question set: byte {error.start} is not UTF-8.") from error
    cases = list(cases_of(lines[:-1] if not lines[-1] else lines, path))
    if not cases:
        raise InvalidQuestionSet(f"{path} holds no questions.")
    return cases


def cases_of(lines: list[str], path: Path) -> Iterator[Case]:
    """The questions in the lines of a file. Raises as `read_cases` does."""
    seen = set()
    for number, line in enumerate(lines, start=1):
        try:
            case = _case(json.loads(line))
            if case.id in seen:
                raise ValueError("an earlier question has the same id")
        except (ValueError, KeyError, TypeError, AttributeError, RecursionError, AnsweringError) as error:
            raise InvalidQuestionSet(f"{path}, line {number}: not a question ({type(error).__name__}: {error}).") from error
        seen.add(case.id)
        yield case


def _case(line: dict[str, Any]) -> Case:
    if not is_well_formed(json.dumps(line, ensure_ascii=False)):
        raise ValueError("half a character (a lone surrogate)")
    evidence = tuple(tuple(map(_span, [piece, *piece.get("alternatives", [])])) for piece in line["evidence"])
    if line["answerable"] != bool(evidence):
        raise ValueError("an answerable question needs evidence, and only such a one")
    history = tuple(Message(message["role"], message["content"]) for message in line["history"])
    return Case(
        str(line["id"]),
        str(line["type"]),
        Question(line["question"], history).checked(),
        line["answerable"],
        evidence,
        tuple(line["must_contain"]),
        reference=str(line.get("reference_answer") or ""),
    )


def _span(piece: dict[str, Any]) -> Span:
    start, end = int(piece["start"]), int(piece["end"])
    if not 0 <= start < end:
        raise ValueError(f"evidence from {start} to {end}")
    return Span(start, end, piece.get("document"), str(piece.get("text") or ""))
