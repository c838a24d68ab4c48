"""Public question sets: the documents and questions of one of them, whole or a sample drawn with a fixed seed.

A data folder holds a folder for each set, with `corpus.jsonl.gz` ({"id", "title", "text"}) and `questions.jsonl.gz` ({"id", "question",
"gold_doc", "gold_spans": [{"doc", "start", "end", "text"}], "answerable", "history": [{"role", "text"}], …}).
"""

import gzip
import hashlib
import json
import random
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from index.blocks import Block
from index.documents import Document
from qa.cases import Case, Span
from qa.errors import AnsweringError, InvalidQuestionSet
from qa.questions import Message, Question

SEED = 2026

Line = dict[str, Any]
Kind = TypeVar("Kind")


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """The documents and questions of a set."""

    name: str
    documents: tuple[Document, ...]
    cases: tuple[Case, ...]


def read_set(data: Path, name: str, most_questions: int | None = None, most_documents: int | None = None) -> QuestionSet:
    """The set `name` of the folder `data`, or a sample of it.

    most_documents: the documents that the questions were written on are always among them, and others fill them up.

    Raises:
        InvalidQuestionSet: there is no such set, or it is not as it should be.
    """
    corpus, questions = (_set_file(data, name, part) for part in ("corpus", "questions"))
    try:
        lines = sampled(read_lines(questions), most_questions)
        cases = tuple(map(_case, lines))
        documents = tuple(map(document_of, _with_others(read_lines(corpus), lines, most_documents)))
    except (ValueError, KeyError, TypeError, AttributeError, EOFError, zlib.error, gzip.BadGzipFile, AnsweringError) as error:
        raise InvalidQuestionSet(f"{data / name} is not a question set ({type(error).__name__}: {error}).") from error
    if not cases:
        raise InvalidQuestionSet(f"{questions} holds no questions.")
    return QuestionSet(name, documents, cases)


def read_lines(path: Path) -> list[Line]:
    """The lines of a compressed JSON Lines file."""
    with gzip.open(path, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def sampled(lines: list[Kind], most: int | None) -> list[Kind]:
    """At most so many of the lines, always the same ones, in their order."""
    if most is None or most >= len(lines):
        return lines
    return [lines[place] for place in sorted(random.Random(SEED).sample(range(len(lines)), most))]


def document_of(line: Line) -> Document:
    """A line of a corpus as a document, its text one block and its title kept apart, so that spans fit the text."""
    text = line["text"]
    title, sha256 = (line.get("title") or "").strip(), hashlib.sha256(text.encode()).hexdigest()
    return Document(source_of(line["id"]), title, sha256, text, (Block(0, len(text)),))


def source_of(id: str) -> str:
    """The source of the document of that id."""
    return f"{id}.txt"


def question_of(line: Line) -> Question:
    """The question of a line, with the conversation before it."""
    history = tuple(Message("user" if turn["role"] == "user" else "assistant", turn["text"]) for turn in line["history"])
    return Question(line["question"], history)


def _set_file(data: Path, name: str, part: str) -> Path:
    path = data / name / f"{part}.jsonl.gz"
    if not path.is_file():
        names = sorted(found.parent.name for found in data.glob("*/questions.jsonl.gz") if found.with_name("corpus.jsonl.gz").is_file())
        raise InvalidQuestionSet(f"There is no {path}. Sets with documents and questions in {data}: {', '.join(names) or 'none'}.")
    return path


def _case(line: Line) -> Case:
    answerable = bool(line["answerable"])
    kind = line.get("type") or line.get("subset") or ("follow-up" if line["history"] else "question")
    return Case(
        str(line["id"]),
        str(kind) if answerable else "not answered",
        question_of(line).checked(),
        answerable,
        _pieces(line["gold_spans"]) if answerable else (),
        (),
        frozenset(map(source_of, line["gold_doc"])),
        _reference(line),
    )


def _reference(line: Line) -> str:
    """What a person answered: the long form where there is one, else the first of the answers."""
    answers = [line.get("ideal_answer"), line.get("long_answer"), *line.get("answers", [])]
    texts = (answer[0] if isinstance(answer, list) and answer else answer for answer in answers)
    return next((text for text in texts if isinstance(text, str) and text), "") if line["answerable"] else ""


def _pieces(gold: Iterable[Line]) -> tuple[tuple[Span, ...], ...]:
    """The gold spans as pieces of evidence; spans that overlap are several persons' choices of the same piece."""
    pieces: list[list[Span]] = []
    for span in sorted((_span(line) for line in gold), key=lambda span: (span.document or "", span.start, span.end)):
        last = pieces[-1] if pieces else []
        if last and last[-1].document == span.document and span.start < max(known.end for known in last):
            if span not in last:
                last.append(span)
        else:
            pieces.append([span])
    return tuple(map(tuple, pieces))


def _span(line: Line) -> Span:
    return Span(line["start"], line["end"], source_of(line["doc"]), line["text"])


def _with_others(corpus: list[Line], questions: list[Line], most: int | None) -> list[Line]:
    """The documents that the questions were written on, and others up to `most`."""
    if most is None:
        return corpus
    written_on = {id for line in questions for id in [*line["gold_doc"], line.get("context_doc"), *line.get("context_docs", [])]}
    wanted = [line["id"] for line in corpus if line["id"] in written_on]
    others = [line["id"] for line in corpus if line["id"] not in written_on]
    kept = {*wanted, *random.Random(SEED).sample(others, min(len(others), max(0, most - len(wanted))))}
    return [line for line in corpus if line["id"] in kept]
