"""Public question sets: read whole or as a sample."""

import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from qa.cases import Case, Span
from qa.errors import InvalidQuestionSet
from qa.questions import Message, Question
from qa.sets import read_set

CORPUS = [{"id": f"doc-{number}", "title": f" Title {number} ", "text": f"Text number {number}."} for number in range(20)]
QUESTION: dict[str, Any] = {
    "id": "q",
    "question": "Which number?",
    "answers": ["three", "3"],
    "gold_doc": ["doc-3"],
    "gold_spans": [{"doc": "doc-3", "start": 5, "end": 13, "text": "number 3"}],
    "answerable": True,
    "history": [],
}


def _written(data: Path, *questions: dict[str, Any], corpus: list[dict[str, Any]] = CORPUS) -> Path:
    (data / "small").mkdir()
    for name, lines in (("corpus", corpus), ("questions", questions)):
        with gzip.open(data / "small" / f"{name}.jsonl.gz", "wt", encoding="utf-8") as file:
            file.writelines(json.dumps(line) + "\n" for line in lines)
    return data


def test_a_set_has_documents_and_questions_with_what_answers_them(tmp_path: Path):
    earlier = [{"role": "user", "text": "How many?"}, {"role": "agent", "text": "Twenty."}]
    other = {**QUESTION, "id": "r", "gold_doc": [], "gold_spans": [], "answerable": False, "history": earlier, "answers": []}
    found = read_set(_written(tmp_path, QUESTION, other), "small")
    assert (found.name, len(found.documents)) == ("small", 20)
    assert (found.documents[3].source, found.documents[3].title, found.documents[3].text) == ("doc-3.txt", "Title 3", "Text number 3.")
    history = (Message("user", "How many?"), Message("assistant", "Twenty."))
    sources = frozenset({"doc-3.txt"})
    assert found.cases == (
        Case("q", "question", Question("Which number?"), True, ((Span(5, 13, "doc-3.txt"),),), (), sources, "three"),
        Case("r", "not answered", Question("Which number?", history), False, (), ()),
    )


def test_spans_that_overlap_are_choices_of_one_piece_and_others_are_pieces_of_their_own(tmp_path: Path):
    spans = [("doc-3", 5, 13), ("doc-1", 0, 4), ("doc-3", 0, 6), ("doc-3", 13, 14), ("doc-3", 5, 13)]
    gold = [{"doc": doc, "start": start, "end": end, "text": "x"} for doc, start, end in spans]
    (case,) = read_set(_written(tmp_path, {**QUESTION, "gold_spans": gold}), "small").cases
    one, three = "doc-1.txt", "doc-3.txt"
    assert case.evidence == ((Span(0, 4, one),), (Span(0, 6, three), Span(5, 13, three)), (Span(13, 14, three),))


@pytest.mark.parametrize(
    ("more", "type", "reference"),
    [
        ({"type": "list", "ideal_answer": ["It is three."]}, "list", "It is three."),
        ({"subset": "reddit"}, "reddit", "three"),
        ({"history": [{"role": "user", "text": "How many?"}], "answers": []}, "follow-up", ""),
    ],
)
def test_types_and_references_are_named_as_the_set_names_them(tmp_path: Path, more: dict[str, Any], type: str, reference: str):
    (case,) = read_set(_written(tmp_path, {**QUESTION, **more}), "small").cases
    assert (case.type, case.reference) == (type, reference)


def test_a_sample_is_always_the_same_and_keeps_the_documents_that_its_questions_were_written_on(tmp_path: Path):
    paired = {**QUESTION, "gold_doc": [], "gold_spans": [], "answerable": False, "context_doc": "doc-7"}
    data = _written(tmp_path, *({**(QUESTION, paired)[number % 2], "id": str(number)} for number in range(30)))
    sample = read_set(data, "small", 10, 5)
    assert sample == read_set(data, "small", 10, 5)
    assert (len(sample.cases), len(sample.documents)) == (10, 5)
    assert {"doc-3.txt", "doc-7.txt"} <= {document.source for document in sample.documents}
    assert [int(case.id) for case in sample.cases] == sorted(int(case.id) for case in sample.cases)
    assert len(read_set(data, "small", 100, 1).documents) == 2  # never less than the questions need


@pytest.mark.parametrize(
    ("name", "message"),
    [("large", "There is no .*Sets with documents and questions in .*: small"), ("../small", "There is no ")],
)
def test_a_set_that_is_not_there_is_refused_with_those_that_are(tmp_path: Path, name: str, message: str):
    with pytest.raises(InvalidQuestionSet, match=message):
        read_set(_written(tmp_path, QUESTION), name)


@pytest.mark.parametrize(
    "questions",
    [
        pytest.param([], id="no question"),
        pytest.param([{"id": "q"}], id="a part of a question"),
        pytest.param([["q"]], id="a list"),
        pytest.param([{**QUESTION, "question": "?"}], id="a question without a word"),
    ],
)
def test_what_is_no_set_is_refused(tmp_path: Path, questions: list[Any]):
    with pytest.raises(InvalidQuestionSet, match="small"):
        read_set(_written(tmp_path, *questions), "small")


@pytest.mark.parametrize("content", [b"no gzip", gzip.compress(b"{}")[:-9], gzip.compress(b"\xff")], ids=["text", "cut off", "not UTF-8"])
def test_a_file_that_cannot_be_read_is_refused(tmp_path: Path, content: bytes):
    (_written(tmp_path, QUESTION) / "small" / "corpus.jsonl.gz").write_bytes(content)
    with pytest.raises(InvalidQuestionSet, match="small is not a question set"):
        read_set(tmp_path, "small")
