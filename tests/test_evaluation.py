"""Measuring answers: every figure computed by hand."""

import json
from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from index.encoder import Encoder
from index.library import Library
from index.rows import DocumentRow, PassageRow
from index.view import Hit
from qa.answering import Answerer
from qa.answers import ABSTENTIONS, Answer, LibraryState, Models, quoted, text_of
from qa.cases import Case, Span
from qa.catalogue import reader_named
from qa.citations import Citation, Cited
from qa.confidence import Bin, Point, confidence_of
from qa.evaluation import evaluated, report
from qa.outcomes import Outcome
from qa.questions import Question

#       0123456789012345678901234567890123456789
TEXT = "The cat sat. A dog barked. A fish swam."
CAT, DOG, FISH = (0, 12), (13, 26), (27, 39)


UNJUDGED = Case("id", "facts", Question("Who?"), True, (), (), frozenset({"pets.txt"}))


def _case(*evidence: tuple[tuple[int, int], ...], must_contain: tuple[str, ...] = (), type: str = "facts") -> Case:
    spans = tuple(tuple(Span(start, end) for start, end in piece) for piece in evidence)
    return Case("id", type, Question("Who?"), bool(evidence), spans, must_contain)


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
        conflicts=(),
        closest=(),
        notes=(),
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
        pytest.param(_outcome(_case((CAT,)), (CAT, 1)), True, id="nothing is named: a citation in the evidence is enough"),
        pytest.param(_outcome(_case((CAT,)), (DOG, 1)), False, id="nothing is named and the evidence is not cited"),
        pytest.param(_outcome(_case((CAT,), must_contain=("cat",))), False, id="no answer where there is one"),
        pytest.param(_outcome(_case()), True, id="no answer where there is none"),
        pytest.param(_outcome(_case(), (CAT, 1)), False, id="an answer where there is none"),
        pytest.param(_outcome(UNJUDGED, (CAT, 1)), None, id="nothing to judge an answer by"),
    ],
)
def test_an_outcome_is_right_if_it_says_what_is_needed_or_rightly_nothing(outcome: Outcome, right: bool | None):
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
    ("document", "found"),
    [(None, 1), ("pets", 1), ("pets.txt", 1), ("plants", 0)],
    ids=["any document", "by its id", "by its source", "another document"],
)
def test_evidence_is_found_in_the_document_where_it_stands(document: str | None, found: float):
    case = Case("id", "facts", Question("Who?"), True, ((Span(*CAT, document),),), ())
    outcome = _outcome(case, (CAT, 1))
    assert (outcome.evidence_found, outcome.right, outcome.retrieved) == (found, bool(found), bool(found))


@pytest.mark.parametrize(
    ("outcome", "verdict"),
    [
        (_outcome(_case((CAT,)), (CAT, 1)), "right"),
        (_outcome(_case((CAT,)), (DOG, 1)), "wrong"),
        (_outcome(_case((CAT,))), "not answered"),
        (_outcome(_case()), "rightly not answered"),
        (_outcome(_case(), (DOG, 1)), "wrongly answered"),
        (_outcome(UNJUDGED, (DOG, 1)), "not judged"),
        (_outcome(UNJUDGED), "not answered"),
    ],
)
def test_the_verdict_says_what_became_of_a_question(outcome: Outcome, verdict: str):
    assert outcome.verdict == verdict


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
        "recall_at_10": None,
        "ndcg_at_10": None,
        "reciprocal_rank": None,
        "answer_length": 24.5,  # 12 + 12 and 13 + 12 characters
        "reference_length": 18.0,  # 12, and 12 + 12
        "milliseconds": 20,
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
        "recall_at_10": None,
        "ndcg_at_10": None,
        "reciprocal_rank": None,
        "answer_length": None,
        "reference_length": None,
        "milliseconds": 45,
    }
    assert found["intervals"]["traps"]["right"] == [0.0945, 0.9055]  # Wilson, 1 of 2
    assert (found["types"]["all"]["questions"], found["types"]["all"]["right"]) == (5, 0.4)
    assert list(found["types"]) == ["facts", "traps", "all"]
    assert found["milliseconds"]["p50"] == 30
    assert found["milliseconds"]["p99"] >= 50


def test_a_report_of_one_question_has_its_time():
    assert report([_outcome(_case((CAT,)), (CAT, 1), milliseconds=12.34)]).as_dict()["milliseconds"] == {"p50": 12.3, "p99": 12.3}


def test_the_table_has_a_line_for_each_type_and_a_dash_where_there_is_nothing_to_count():
    lines = report([_outcome(_case((CAT,), must_contain=("cat",)), (CAT, 1)), _outcome(_case(type="traps"))]).as_table().splitlines()
    assert lines[1].split() == ["facts", "1", "1.000", "1.000", "1.000", "1.000", "1.000", "–", "0.000", "–", "1.0"]
    assert lines[2].split() == ["traps", "1", "1.000", "–", "–", "–", "–", "1.000", "–", "–", "1.0"]
    assert lines[3].split() == ["all", "2", "1.000", "1.000", "1.000", "1.000", "1.000", "1.000", "0.000", "–", "1.0"]
    assert lines[-1] == "time per question: p50 1.0 ms, p99 1.0 ms"


def test_right_abstentions_alone_do_not_pass_for_right_answers():
    """Where a set judges documents only, no answer is right or wrong."""
    rows = report([_outcome(UNJUDGED, (CAT, 1)), _outcome(_case(type="traps"))]).rows
    assert [(row.type, row.right) for row in rows] == [("facts", None), ("traps", 1.0), ("all", None)]


def test_ranking_measures_are_means_over_the_questions_that_have_them():
    one, two = ({"recall_at_10": value, "ndcg_at_10": value, "reciprocal_rank": value} for value in (0.5, 1.0))
    outcomes = [replace(_outcome(_case((CAT,)), (CAT, 1)), measures=measures) for measures in (one, two, {})]
    row = report(outcomes).rows[-1]
    assert (row.recall_at_10, row.ndcg_at_10, row.reciprocal_rank) == (0.75, 0.75, 0.75)


def test_the_reference_is_a_persons_answer_before_it_is_the_needed_evidence():
    case = replace(_case((CAT, FISH), (DOG,)), reference="A cat.")
    assert (replace(case, reference="").reference_length, case.reference_length) == (12 + 13, 6)


def test_an_outcome_as_plain_values_can_be_written_as_json():
    outcome = _outcome(_case((CAT,), (DOG,), must_contain=("cat", "dog")), (CAT, 0.9), milliseconds=1.23)
    written = json.loads(json.dumps(outcome.as_dict()))
    assert {name: value for name, value in written.items() if name not in ("answer", "evidence")} == {
        "id": "id",
        "type": "facts",
        "answerable": True,
        "verdict": "wrong",
        "right": False,
        "right_unguarded": False,
        "retrieved": True,
        "evidence_found": 0.5,
        "citations_right": 1,
        "must_contain": [{"text": "cat", "said": True}, {"text": "dog", "said": False}],
        "sources": [],
        "reference": "",
        "measures": {},
        "milliseconds": 1.2,
        "history": [],
    }
    assert [(piece["found"], piece["spans"][0]["start"]) for piece in written["evidence"]] == [(True, 0), (False, 13)]
    assert written["answer"] == json.loads(outcome.answer.as_json())


# What the confidence is worth


def _sure(confidence: float, outcome: Outcome) -> Outcome:
    return replace(outcome, answer=replace(outcome.answer, confidence=confidence))


def test_risk_and_reliability_computed_by_hand():
    right, wrong = _outcome(_case((CAT,)), (CAT, 1)), _outcome(_case((CAT,)), (DOG, 1))
    found = confidence_of([_sure(0.8, wrong), _sure(0.2, _outcome(_case())), _sure(0.9, right), _sure(0.8, right)])
    assert found
    assert found.curve == (Point(0.9, 0.25, 0.0), Point(0.8, 0.75, 0.3333), Point(0.2, 1.0, 0.5))
    assert found.used == Point(0.8, 0.75, 0.3333)
    assert found.area == pytest.approx(0 * 0.25 + 1 / 3 * 0.5 + 0.5 * 0.25, abs=1e-4)
    assert [(bin.questions, bin.confidence, bin.right) for bin in found.bins] == [(1, 0.2, 0.0), (2, 0.8, 0.5), (1, 0.9, 1.0)]
    assert found.bins[1] == Bin(2, 0.8, 0.5, (0.0945, 0.9055))
    assert found.error == 0.225  # (0.2 + 2 * 0.3 + 0.1) / 4
    assert found.auroc == 1.0


def test_an_abstention_counts_in_the_curve_as_what_it_kept_back():
    """Confidence 0.3 was too little; the answer would have been right, as the curve says, and the run gave none."""
    kept_back = _sure(0.3, _outcome(_case((CAT,)), (CAT, 1))).answer
    found = confidence_of([replace(_sure(0.3, _outcome(_case((CAT,)))), unguarded=kept_back)])
    assert found
    assert (found.used, found.curve, found.auroc) == (None, (Point(0.3, 1.0, 0.0),), None)


@pytest.mark.parametrize("outcome", [_outcome(UNJUDGED, (CAT, 1)), _outcome(_case())], ids=["not judged", "nothing answerable"])
def test_confidence_is_worth_nothing_known_where_no_answer_can_be_right(outcome: Outcome):
    assert confidence_of([outcome]) is None


# Asking


def test_cases_are_asked_and_abstentions_asked_again_without_a_threshold(
    by_hand_encoder: Callable[[str], Encoder], make_library: Callable[..., Library]
):
    encoder = by_hand_encoder("cat dog fish")
    library = make_library({"pets.txt": TEXT}, encoder)
    case = Case("one", "facts", Question("Which cat sat?"), True, ((Span(*CAT, "pets"),),), ())
    reader = reader_named("lexical", encoder)
    (given,) = evaluated([case], Answerer(library, reader, 0.0))
    (kept,) = evaluated([case], Answerer(library, reader, 1.0))
    assert (given.verdict, given.right_unguarded, given.unguarded) == ("right", True, None)
    assert (kept.verdict, kept.right_unguarded, kept.answer.status) == ("not answered", True, "abstained")
    assert given.measures == kept.measures == {"recall_at_10": 1.0, "ndcg_at_10": 1.0, "reciprocal_rank": 1.0}
    assert given.milliseconds > 0
