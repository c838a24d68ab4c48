"""Measuring answers: every figure computed by hand."""

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from index.rows import DocumentRow, PassageRow
from index.view import Hit
from qa.answers import ABSTENTIONS, Answer, LibraryState, Models, quoted, text_of
from qa.citations import Citation, Cited
from qa.errors import InvalidQuestionSet
from qa.evaluation import Case, Outcome, read_cases, report
from qa.questions import Message, Question

QUESTIONS = Path(__file__).parent / "questions.jsonl"
#       0123456789012345678901234567890123456789
TEXT = "The cat sat. A dog barked. A fish swam."
CAT, DOG, FISH = (0, 12), (13, 26), (27, 39)
LINE: dict[str, Any] = {
    "id": "one",
    "type": "facts",
    "question": "Who sat?",
    "history": [{"role": "user", "content": "Where?"}],
    "answerable": True,
    "evidence": [{"text": "The cat sat.", "start": 0, "end": 12, "alternatives": [{"text": "A dog barked.", "start": 13, "end": 26}]}],
    "must_contain": ["cat"],
}


def _case(*evidence: tuple[tuple[int, int], ...], must_contain: tuple[str, ...] = (), type: str = "facts") -> Case:
    return Case("id", type, Question("Who?"), bool(evidence), evidence, must_contain)


def _citation(number: int, span: tuple[int, int], score: float) -> Citation:
    quote = TEXT[slice(*span)]
    return Citation(number, Cited("pets", "Pets", "pets.txt", "sha"), (), None, *span, quote, "", "", score, "")


def _outcome(case: Case, *cited: tuple[tuple[int, int], float], read: tuple[int, int] = (0, 39), milliseconds: float = 1.0) -> Outcome:
    """An answer that cites spans of TEXT with these scores, or an abstention if there are none."""
    citations = tuple(_citation(number, span, score) for number, (span, score) in enumerate(cited, start=1))
    answer = Answer(
        id="id",
        question="Who?",
        standalone_question="Who?",
        status="answered" if cited else "abstained",
        reason=None if cited else "low_confidence",
        mode="extractive",
        text=text_of(citations) if cited else ABSTENTIONS["low_confidence"],
        confidence=0.5,
        sentences=tuple(quoted(citations)),
        citations=citations,
        closest=(),
        library=LibraryState(1, "sha"),
        models=Models("encoder", "reader", None),
    )
    row = PassageRow(*read, (), np.empty((0, 4), dtype=np.int32), (), b"", b"")
    hit = Hit(1, DocumentRow("pets", "pets.txt", "Pets", "sha", 39, 1, 1), row, TEXT[slice(*read)], 1, 1, 1)
    return Outcome(case, answer, (hit,), milliseconds)


@pytest.mark.parametrize(
    ("outcome", "right"),
    [
        pytest.param(_outcome(_case((CAT,), must_contain=("cat",)), (CAT, 1)), True, id="all that is needed is said"),
        pytest.param(_outcome(_case((CAT,), must_contain=("CAT  SAT",)), (CAT, 1)), True, id="case and spaces do not count"),
        pytest.param(_outcome(_case((CAT,), must_contain=("cat", "dog")), (CAT, 1), (DOG, 1)), True, id="in several citations"),
        pytest.param(_outcome(_case((CAT,), must_contain=("cat", "dog")), (CAT, 1)), False, id="one thing is missing"),
        pytest.param(_outcome(_case((CAT,), must_contain=("cat",))), False, id="no answer where there is one"),
        pytest.param(_outcome(_case()), True, id="no answer where there is none"),
        pytest.param(_outcome(_case(), (CAT, 1)), False, id="an answer where there is none"),
    ],
)
def test_an_outcome_is_right_if_it_says_what_is_needed_or_rightly_nothing(outcome: Outcome, right: bool):
    assert outcome.right is right


def test_typographic_variants_are_the_same_words():
    case = _case((CAT,), must_contain=("the\u00a0cat",))
    assert _outcome(case, (CAT, 1)).right


@pytest.mark.parametrize(
    ("evidence", "cited", "found", "touched"),
    [
        pytest.param(((CAT,),), (CAT,), 1, (1, 1), id="the one piece"),
        pytest.param(((CAT,), (DOG,)), (CAT,), 0.5, (1, 1), id="one of two pieces"),
        pytest.param(((CAT, DOG),), (DOG,), 1, (1, 1), id="one of two alternatives is enough"),
        pytest.param(((CAT,),), (DOG, FISH), 0, (0, 2), id="other sentences"),
        pytest.param(((CAT,), (DOG,)), (CAT, DOG, FISH), 1, (2, 3), id="both and one too many"),
        pytest.param((((4, 30),),), (DOG,), 0, (1, 1), id="a part of a piece touches it and does not hold it"),
        pytest.param((((4, 7),),), (CAT,), 1, (1, 1), id="a piece inside a sentence"),
        pytest.param((((12, 13),),), (CAT, DOG), 0, (0, 2), id="spans that only meet do not touch"),
    ],
)
def test_evidence_is_found_if_a_citation_holds_it_and_a_citation_right_if_it_touches_evidence(
    evidence: tuple[tuple[tuple[int, int], ...], ...], cited: tuple[tuple[int, int], ...], found: float, touched: tuple[int, int]
):
    outcome = _outcome(_case(*evidence), *((span, 1.0) for span in cited))
    assert outcome.evidence_found == found
    assert outcome.citations_right == touched


@pytest.mark.parametrize(
    ("read", "retrieved"), [((0, 39), True), ((0, 26), True), ((0, 25), False), ((13, 39), False)], ids=["all", "both", "cut", "one"]
)
def test_evidence_is_retrieved_if_every_piece_lies_in_a_passage_that_was_read(read: tuple[int, int], retrieved: bool):
    assert _outcome(_case((CAT,), (DOG, (0, 26))), (CAT, 1), read=read).retrieved is retrieved


def test_citations_are_exact_if_every_sentence_stands_where_it_says_and_is_its_quote():
    exact = _outcome(_case((CAT,)), (CAT, 1), (DOG, 1))
    assert exact.citations_exact
    answer = exact.answer.as_dict()
    assert answer["text"] == "The cat sat. [1]\nA dog barked. [2]"
    moved = Answer(**{name: getattr(exact.answer, name) for name in answer} | {"text": " " + exact.answer.text})
    assert not Outcome(exact.case, moved, exact.passages, 1).citations_exact
    other = Answer(**{name: getattr(exact.answer, name) for name in answer} | {"citations": exact.answer.citations[::-1]})
    assert Outcome(exact.case, other, exact.passages, 1).citations_exact  # by number, not by place


def test_a_report_computed_by_hand():
    outcomes = [
        # right; its best citation is right
        _outcome(_case((CAT,), must_contain=("cat",)), (CAT, 0.9), (FISH, 0.5), milliseconds=10),
        # wrong; its best citation is wrong, half the evidence is found, one of two citations touches it
        _outcome(_case((CAT,), (FISH,), must_contain=("fish", "cat")), (DOG, 0.9), (CAT, 0.5), milliseconds=20),
        # a false abstention, the evidence was not read
        _outcome(_case((CAT,), must_contain=("cat",)), read=(13, 39), milliseconds=30),
        # rightly and wrongly answered though there is no answer
        _outcome(_case(type="traps"), milliseconds=40),
        _outcome(_case(type="traps"), (CAT, 0.9), milliseconds=50),
    ]
    found = report(outcomes).as_dict()
    assert found["types"]["facts"] == {
        "questions": 3,
        "right": 0.3333,
        "first_right": 0.5,
        "evidence_recall": 0.5,
        "citation_precision": 0.5,
        "retrieved": 0.6667,
        "abstention_recall": None,
        "false_abstentions": 0.3333,
    }
    assert found["types"]["traps"] == {
        "questions": 2,
        "right": 0.5,
        "first_right": None,
        "evidence_recall": None,
        "citation_precision": None,
        "retrieved": None,
        "abstention_recall": 0.5,
        "false_abstentions": None,
    }
    assert (found["types"]["all"]["questions"], found["types"]["all"]["right"]) == (5, 0.4)
    assert list(found["types"]) == ["facts", "traps", "all"]
    assert found["milliseconds"]["p50"] == 30
    assert found["milliseconds"]["p99"] >= 50


def test_a_report_of_one_question_has_its_time():
    assert report([_outcome(_case((CAT,)), (CAT, 1), milliseconds=12.34)]).as_dict()["milliseconds"] == {"p50": 12.3, "p99": 12.3}


def test_the_table_has_a_line_for_each_type_and_a_dash_where_there_is_nothing_to_count():
    lines = report([_outcome(_case((CAT,), must_contain=("cat",)), (CAT, 1)), _outcome(_case(type="traps"))]).as_table().splitlines()
    assert lines[1].split() == ["facts", "1", "1.000", "1.000", "1.000", "1.000", "1.000", "–", "0.000"]
    assert lines[2].split() == ["traps", "1", "1.000", "–", "–", "–", "–", "1.000", "–"]
    assert lines[3].split() == ["all", "2", "1.000", "1.000", "1.000", "1.000", "1.000", "1.000", "0.000"]
    assert lines[-1] == "time per question: p50 1.0 ms, p99 1.0 ms"


def test_an_outcome_as_plain_values_can_be_written_as_json():
    outcome = _outcome(_case((CAT,)), (CAT, 0.9), milliseconds=1.23)
    written = json.loads(json.dumps(outcome.as_dict()))
    assert {name: value for name, value in written.items() if name != "answer"} == {
        "id": "id",
        "right": True,
        "retrieved": True,
        "evidence_found": 1.0,
        "milliseconds": 1.2,
    }
    assert written["answer"] == json.loads(outcome.answer.as_json())


# Question sets


def _written(folder: Path, *lines: str) -> Path:
    (folder / "set.jsonl").write_text("".join(line + "\n" for line in lines), "utf-8")
    return folder / "set.jsonl"


def test_a_question_set_is_read_line_by_line(tmp_path: Path):
    other = {**LINE, "id": "two", "answerable": False, "evidence": [], "history": [], "must_contain": []}
    assert read_cases(_written(tmp_path, json.dumps(LINE), json.dumps(other))) == [
        Case("one", "facts", Question("Who sat?", (Message("user", "Where?"),)), True, ((CAT, DOG),), ("cat",)),
        Case("two", "facts", Question("Who sat?"), False, (), ()),
    ]


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
    ],
)
def test_what_is_no_question_set_is_refused_with_the_line(tmp_path: Path, lines: list[str], reason: str):
    with pytest.raises(InvalidQuestionSet, match=reason):
        read_cases(_written(tmp_path, *lines))
