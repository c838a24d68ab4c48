"""Sides: what a question compares, and which side an answer leaves out."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.rows import DocumentRow, PassageRow
from index.shadow import terms
from index.view import Hit
from qa.evidence import Evidence
from qa.sides import missing_side, sides

QUESTION = "How does HSCT differ from CAR‐T?"
HSCT, CART, BOTH, NEITHER = "HSCT is old.", "CAR-T is new.", "HSCT and CAR‐T last.", "Lymphoma returns."

_WORDS = "How does do What is the difference between better than versus both compare HSCT CAR‐T CD19‐ relapse cats dogs and or with , ? “"
TYPED = st.lists(st.sampled_from(_WORDS.split()) | st.text(max_size=5), max_size=12).map(" ".join)
UNHURRIED = settings(deadline=None, max_examples=300, derandomize=True)


def _evidence(quote: str) -> Evidence:
    sentences = np.array([[0, len(quote), 0, 0]], dtype=np.int32)
    document = DocumentRow("document", "source", "title", "", len(quote), 1, 1)
    hit = Hit(1, document, PassageRow(0, len(quote), (), sentences, (), b"", b""), quote, 1, 1, 1)
    return Evidence(hit, 0, 0.5, np.zeros(1, dtype=np.float32))


def _missing(question: str, chosen: list[str], others: list[str]) -> str | None:
    found = missing_side(question, [_evidence(quote) for quote in chosen], [_evidence(quote) for quote in others])
    return found.quote if found else None


@pytest.mark.parametrize(
    ("question", "left", "right"),
    [
        pytest.param("How do cats differ from dogs?", {"cat"}, {"dog"}, id="differ from"),
        pytest.param("What is the difference between dogs and cats?", {"dog"}, {"cat"}, id="the difference between"),
        pytest.param("HSCT versus CAR‐T?", {"hsct"}, {"cart"}, id="versus, with the hyphen of journals"),
        pytest.param("HSCT vs. CAR‐T?", {"hsct"}, {"cart"}, id="vs"),
        pytest.param("Is pembrolizumab better than nivolumab?", {"pembrolizumab"}, {"nivolumab"}, id="better than"),
        pytest.param("Compare HSCT with nivolumab.", {"hsct"}, {"nivolumab"}, id="compare with"),
        pytest.param("Which is better, HSCT or nivolumab?", {"hsct"}, {"nivolumab"}, id="one or the other"),
        pytest.param("What is HSCT as opposed to nivolumab?", {"hsct"}, {"nivolumab"}, id="as opposed to"),
        pytest.param("How does CD19‐ relapse differ from CD19+ relapse?", {"cd19-"}, {"cd19+"}, id="opposite signs"),
        pytest.param("Compare bone marrow with cord blood.", {"marrow"}, {"blood"}, id="the last words of phrases"),
        pytest.param("Compare bone marrow cells with blood cells.", {"bone", "marrow"}, {"blood"}, id="phrases with the same last word"),
        pytest.param("In lymphoma, does HSCT differ from nivolumab?", {"hsct"}, {"nivolumab"}, id="what parts them stands between them"),
    ],
)
def test_a_comparison_has_two_sides(question: str, left: set[str], right: set[str]):
    assert sides(question) == (left, right)


@pytest.mark.parametrize(
    "question",
    [
        pytest.param("", id="nothing"),
        pytest.param("What is CAR‐T?", id="one thing"),
        pytest.param("What do HSCT and CAR‐T cost?", id="two things that are not compared"),
        pytest.param("How do cats differ?", id="a comparison without its other side"),
        pytest.param("How do cats differ from cats?", id="the same twice"),
        pytest.param("How do cats differ from black cats?", id="one side says no more than the other"),
        pytest.param("How do they differ from those?", id="nothing named"),
    ],
)
def test_other_questions_have_no_sides(question: str):
    assert sides(question) is None


@pytest.mark.parametrize(
    ("chosen", "others", "expected"),
    [
        pytest.param([HSCT], [NEITHER, CART], CART, id="the right one is missing"),
        pytest.param([CART], [NEITHER, HSCT], HSCT, id="the left one is missing"),
        pytest.param([HSCT, NEITHER], [BOTH, CART], BOTH, id="the first that speaks of it"),
        pytest.param([HSCT], [HSCT, NEITHER], None, id="none speaks of it"),
        pytest.param([HSCT, CART], [BOTH], None, id="both are there"),
        pytest.param([BOTH], [HSCT, CART], None, id="both in one sentence"),
        pytest.param([NEITHER], [HSCT, CART], None, id="neither is there"),
        pytest.param([], [HSCT, CART], None, id="nothing is chosen"),
        pytest.param([HSCT], [], None, id="nothing else was found"),
    ],
)
def test_the_side_that_the_chosen_leave_out_is_found(chosen: list[str], others: list[str], expected: str | None):
    assert _missing(QUESTION, chosen, others) == expected


def test_a_question_that_compares_nothing_misses_no_side():
    assert _missing("What do HSCT and CAR‐T cost?", [HSCT], [CART]) is None


def test_a_sentence_speaks_of_a_side_only_with_all_that_tells_it():
    question = "Compare bone marrow cells with blood cells."
    assert _missing(question, ["Blood cells live."], ["Old bone cells live.", "Marrow of bone lives."]) == "Marrow of bone lives."


@UNHURRIED
@given(TYPED)
def test_the_sides_of_any_question_are_different_words_of_it(question: str):
    if compared := sides(question):
        left, right = compared
        assert left
        assert right
        assert left.isdisjoint(right)
        assert left | right <= set(terms(question))


@UNHURRIED
@given(
    st.lists(st.sampled_from([HSCT, CART, BOTH, NEITHER]), max_size=4), st.lists(st.sampled_from([HSCT, CART, BOTH, NEITHER]), max_size=4)
)
def test_with_the_missing_side_no_side_is_missing(chosen: list[str], others: list[str]):
    missing = _missing(QUESTION, chosen, others)
    assert missing is None or (missing in others and missing not in chosen)
    assert missing is None or _missing(QUESTION, [*chosen, missing], others) is None
