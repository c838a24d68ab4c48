"""Cases: question files read line by line, and what is wrong with a line."""

import json
from pathlib import Path
from typing import Any

import pytest

from qa.cases import Case, Span, read_cases
from qa.errors import InvalidQuestionSet
from qa.questions import Message, Question

QUESTIONS = Path(__file__).parent / "questions.jsonl"
CAT, DOG = Span(0, 12), Span(13, 26)
LINE: dict[str, Any] = {
    "id": "one",
    "type": "facts",
    "question": "Who sat?",
    "history": [{"role": "user", "content": "Where?"}],
    "answerable": True,
    "evidence": [{"text": "The cat sat.", "start": 0, "end": 12, "alternatives": [{"text": "A dog barked.", "start": 13, "end": 26}]}],
    "must_contain": ["cat"],
}


def _written(folder: Path, *lines: str) -> Path:
    (folder / "set.jsonl").write_text("".join(line + "\n" for line in lines), "utf-8")
    return folder / "set.jsonl"


def test_a_question_set_is_read_line_by_line(tmp_path: Path):
    other = {**LINE, "id": "two", "answerable": False, "evidence": [], "history": [], "must_contain": []}
    assert read_cases(_written(tmp_path, json.dumps(LINE), json.dumps(other))) == [
        Case("one", "facts", Question("Who sat?", (Message("user", "Where?"),)), True, ((CAT, DOG),), ("cat",)),
        Case("two", "facts", Question("Who sat?"), False, (), ()),
    ]


def test_a_line_may_name_the_document_of_its_evidence_and_a_reference_answer(tmp_path: Path):
    line = {**LINE, "evidence": [{"start": 0, "end": 12, "document": "pets", "text": "The cat sat."}], "reference_answer": "A cat."}
    (case,) = read_cases(_written(tmp_path, json.dumps(line)))
    assert case.evidence == ((Span(0, 12, "pets"),),)
    assert (case.evidence[0][0].text, case.reference) == ("The cat sat.", "A cat.")


def test_the_fixed_question_set_quotes_the_editorial(editorial: str):
    cases = read_cases(QUESTIONS)
    assert len({case.id for case in cases}) == len(cases) > 100
    for line in QUESTIONS.read_text("utf-8").splitlines():
        for piece in json.loads(line)["evidence"]:
            for span in (piece, *piece.get("alternatives", [])):
                assert editorial[span["start"] : span["end"]] == span["text"]


@pytest.mark.parametrize("inside", ["\u2028", "\u0085", "\u2029"])
def test_line_separators_inside_a_question_do_not_end_its_line(tmp_path: Path, inside: str):
    line = json.dumps({**LINE, "question": f"Who{inside}sat?"}, ensure_ascii=False)
    assert read_cases(_written(tmp_path, line))[0].question.text == f"Who{inside}sat?"


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        pytest.param([], "holds no questions", id="no line"),
        pytest.param([json.dumps(LINE), "{"], "line 2: not a question", id="half a line"),
        pytest.param([""], "line 1: not a question", id="a blank line"),
        pytest.param(["[]"], "line 1: not a question", id="a list"),
        pytest.param(["null"], "line 1: not a question", id="null"),
        pytest.param([json.dumps({**LINE, "evidence": []})], "line 1: .*needs evidence", id="answerable without evidence"),
        pytest.param([json.dumps({**LINE, "answerable": False})], "line 1: .*needs evidence", id="evidence without an answer"),
        pytest.param([json.dumps({name: LINE[name] for name in LINE if name != "history"})], "history", id="a field is missing"),
        pytest.param([json.dumps({**LINE, "evidence": [{"start": 0}]})], "line 1: .*end", id="evidence without its end"),
        pytest.param([json.dumps({**LINE, "evidence": ["The cat sat."]})], "line 1: not a question", id="evidence as text"),
        pytest.param([json.dumps({**LINE, "evidence": [{"start": 5, "end": 5}]})], "evidence from 5 to 5", id="evidence of no character"),
        pytest.param([json.dumps(LINE)] * 2, "line 2: .*same id", id="an id twice"),
        pytest.param([json.dumps({**LINE, "question": "?!"})], "line 1: .*InvalidQuestion", id="a question that cannot be asked"),
        pytest.param([json.dumps({**LINE, "id": "\ud800"})], "line 1: .*half a character", id="half a character"),
        pytest.param(["[" * 100_000], "line 1: not a question", id="brackets without end"),
    ],
)
def test_what_is_no_question_set_is_refused_with_the_line(tmp_path: Path, lines: list[str], reason: str):
    with pytest.raises(InvalidQuestionSet, match=reason):
        read_cases(_written(tmp_path, *lines))
