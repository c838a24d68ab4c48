"""Development sets: their documents and questions as Footnote sees them, sampled with a fixed seed, and a library of each.

Read by the benchmark scripts, and not itself one of them. What a data folder holds says `qa/sets.py`.
"""

import hashlib
import random
import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from tqdm import tqdm

from index.documents import Document
from index.errors import IndexingError
from index.library import Library
from index.passages import passages
from qa.questions import Question
from qa.sets import SEED, Line, document_of, question_of, read_lines, source_of

QUESTIONS = 300  # of each kind of a set, at most
OTHERS = 800  # documents that answer none of the questions, where a corpus is too large to be taken whole
MIXED = ("scifact", "bioasq", "squadshifts")

Span = tuple[str, int, int]  # source, start, end


@dataclass(frozen=True, slots=True)
class Case:
    """A question of a set, with the documents (by source) and spans that answer it; where it is not answerable, none of them is in
    the library. rewrite: the question as a person made it stand alone, "" if nobody did.
    """

    question: Question
    sources: frozenset[str]
    spans: tuple[Span, ...]
    answerable: bool
    rewrite: str


@dataclass(frozen=True, slots=True)
class DevelopmentSet:
    """A sample of a set."""

    name: str
    documents: tuple[Document, ...]
    cases: tuple[Case, ...]

    def library(self, work: Path) -> Library:
        """The library of these documents, made in the folder `work` unless it is there already."""
        names = "\n".join(f"{document.source} {document.sha256}" for document in self.documents)
        home = work / f"{self.name}-{hashlib.sha256(names.encode()).hexdigest()[:8]}"
        return library_of(self.documents, home)

    def answerable(self) -> list[Case]:
        return [case for case in self.cases if case.answerable]


def read_set(data: Path, name: str) -> DevelopmentSet:
    """The sample of the set `name` in the folder `data`."""
    corpus, questions = read_lines(data / name / "corpus.jsonl.gz"), read_lines(data / name / "questions.jsonl.gz")
    corpus, questions = _SAMPLES.get(name, _whole)(corpus, questions)
    return DevelopmentSet(name, tuple(map(document_of, corpus)), tuple(map(case_of, questions)))


def mixed_documents(data: Path, passages_wanted: int) -> tuple[list[Document], int]:
    """Documents of several sets, shuffled, as many as make the passages wanted; and how many passages they make."""
    count, chosen = 0, []
    for line in _shuffled([line for name in MIXED for line in read_lines(data / name / "corpus.jsonl.gz")]):
        if count >= passages_wanted:
            break
        chosen.append(document_of(line))
        count += sum(1 for _ in passages(chosen[-1]))
    return chosen, count


def mixed_questions(data: Path, count: int) -> list[str]:
    """`count` different questions of the same sets."""
    asked = {line["question"] for name in MIXED for line in read_lines(data / name / "questions.jsonl.gz")}
    return random.Random(SEED).sample(sorted(asked), count)


def library_of(documents: Sequence[Document], home: Path) -> Library:
    """The library of `documents` in the folder `home`, made unless there is one that this version of Footnote opens."""
    try:
        return Library.open(home)
    except IndexingError:
        shutil.rmtree(home, ignore_errors=True)
    prepared = home.with_name(f"{home.name}.part")
    shutil.rmtree(prepared, ignore_errors=True)
    if neighbours := sorted(home.parent.glob("*/encoder-*")):  # compiled once for all
        shutil.copytree(neighbours[0], prepared / neighbours[0].name)
    library = Library.create(prepared)
    for document in tqdm(documents, desc=home.name, unit="document", disable=None, leave=False):
        library.add(document)
    library.publish()
    library.close()
    prepared.rename(home)
    return Library.open(home)


def case_of(line: Line) -> Case:
    """The question of a line, with what answers it."""
    return Case(
        question_of(line),
        frozenset(map(source_of, line["gold_doc"])),
        tuple((source_of(span["doc"]), span["start"], span["end"]) for span in line["gold_spans"]),
        line["answerable"],
        line.get("rewrite") or "",
    )


def _whole(corpus: list[Line], questions: list[Line]) -> tuple[list[Line], list[Line]]:
    return corpus, questions


def _some(corpus: list[Line], questions: list[Line]) -> tuple[list[Line], list[Line]]:
    """Some questions, the documents that answer them, and some others."""
    questions = _shuffled(questions)[:QUESTIONS]
    return _with_others(corpus, questions, frozenset()), questions


def _balanced(corpus: list[Line], questions: list[Line]) -> tuple[list[Line], list[Line]]:
    """The whole corpus; as many unanswerable questions as answerable ones."""
    shuffled = _shuffled(questions)
    kinds = ([line for line in shuffled if line["answerable"] is kind][:QUESTIONS] for kind in (True, False))
    return corpus, [line for kind in kinds for line in kind]


def _held_out(corpus: list[Line], questions: list[Line]) -> tuple[list[Line], list[Line]]:
    """Some questions, and as many that are made unanswerable by leaving every document out that answers them."""
    shuffled = _shuffled(questions)
    asked, out = shuffled[:QUESTIONS], shuffled[QUESTIONS : 2 * QUESTIONS]
    gone = frozenset(id for line in out for id in line["gold_doc"])
    asked = [line for line in asked if gone.isdisjoint(line["gold_doc"])]
    return _with_others(corpus, asked, gone), [*asked, *({**line, "answerable": False} for line in out)]


def _with_others(corpus: list[Line], questions: list[Line], without: frozenset[str]) -> list[Line]:
    wanted = {id for line in questions for id in line["gold_doc"]}
    others = [line for line in _shuffled(corpus) if line["id"] not in wanted | without][:OTHERS]
    return [line for line in corpus if line["id"] in wanted] + others


def _shuffled(lines: list[Line]) -> list[Line]:
    return random.Random(SEED).sample(lines, len(lines))


_SAMPLES: dict[str, Callable[[list[Line], list[Line]], tuple[list[Line], list[Line]]]] = {
    "scifact": _some,
    "squadshifts": _some,
    "bioasq": _held_out,
    "squad2": _balanced,
}
