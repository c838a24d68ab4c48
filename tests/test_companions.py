"""Companions: the chosen sentences, and those that they must not stand without."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.rows import DocumentRow, PassageRow
from index.view import Hit
from qa.companions import with_companions
from qa.evidence import Evidence, Margins, Reading

WHAT = "What did survival do?"
COMPARED = "How does HSCT differ from CAR‐T?"
ROSE, FELL = "Survival of CAR‐T patients increased.", "Survival of CAR-T patients decreased."
BEFORE, LEANING = "The trial ended.", "It was safe."
HSCT, CART = "HSCT is old.", "CAR‐T is new."
MARGINS = Margins(as_good=0.03, usable=0.125)


def _passage(document: str, *sentences: str, score: float = 0.5) -> list[Evidence]:
    """The sentences of a document of one paragraph, which all score the same."""
    text = " ".join(sentences)
    starts = [text.index(sentence) for sentence in sentences]
    spans = np.array([[start, start + len(sentence), 0, 0] for start, sentence in zip(starts, sentences, strict=True)], dtype=np.int32)
    row = DocumentRow(document, f"{document}.txt", "title", "", len(text), 1, 1)
    hit = Hit(1, row, PassageRow(0, len(text), (), spans, (), b"", b""), text, 1, 1, 1)
    return [Evidence(hit, number, score, np.zeros(1, dtype=np.float32)) for number in range(len(sentences))]


def _one(document: str, sentence: str, score: float = 0.5) -> Evidence:
    return _passage(document, sentence, score=score)[0]


def _quotes(question: str, chosen: list[Evidence], *others: Evidence, limit: int = 4) -> list[str]:
    """What is quoted of a reading that holds the chosen and the others, best first."""
    found = tuple(sorted([*chosen, *others], key=lambda one: -one.score))
    return [one.quote for one in with_companions(question, chosen, Reading(found, 0.9, MARGINS), limit)]


def test_nothing_chosen_has_no_companions():
    assert with_companions(WHAT, [], Reading((), 0.0), 4) == []
    assert _quotes(COMPARED, [], _one("a", HSCT), _one("b", CART)) == []


def test_sentences_that_need_none_stand_alone():
    assert _quotes(WHAT, [_one("a", ROSE), _one("b", BEFORE)], _one("c", CART)) == [ROSE, BEFORE]


def test_a_sentence_brings_what_it_leans_on():
    before, leaning = _passage("a", BEFORE, LEANING)
    assert _quotes(WHAT, [leaning], before) == [LEANING, BEFORE]
    (_, brought) = with_companions(WHAT, [leaning], Reading((leaning,), 0.9, MARGINS), 4)
    assert (brought.place, brought.leant_on) == (before.place, True)


def test_what_is_leant_on_stays_as_it_was_chosen_itself():
    before, leaning = _passage("a", BEFORE, LEANING)
    both = with_companions(WHAT, [leaning, before], Reading((leaning, before), 0.9, MARGINS), 4)
    assert [one.quote for one in both] == [LEANING, BEFORE]
    assert not any(one.leant_on for one in both)


@pytest.mark.parametrize(
    ("score", "expected"),
    [
        pytest.param(0.5, [ROSE, FELL], id="as good"),
        pytest.param(0.375, [ROSE, FELL], id="just usable"),
        pytest.param(0.25, [ROSE], id="too bad"),
    ],
)
def test_a_sentence_brings_a_usable_one_of_another_document_that_contradicts_it(score: float, expected: list[str]):
    assert _quotes(WHAT, [_one("a", ROSE)], _one("b", FELL, score)) == expected


def test_a_document_does_not_contradict_itself():
    chosen, other = _passage("a", ROSE, FELL)
    assert _quotes(WHAT, [chosen], other) == [ROSE]


def test_a_sentence_brings_one_contradiction_and_the_best():
    better, worse = _one("b", FELL, 0.45), _one("c", FELL, 0.4)
    chosen = _one("a", ROSE)
    kept = with_companions(WHAT, [chosen], Reading((chosen, better, worse), 0.9, MARGINS), 4)
    assert [one.hit.document.id for one in kept] == ["a", "b"]


@pytest.mark.parametrize("score", [0.5, 0.01], ids=["good", "bad"])
def test_a_comparison_brings_the_side_that_the_chosen_leave_out(score: float):
    assert _quotes(COMPARED, [_one("a", HSCT)], _one("b", CART, score)) == [HSCT, CART]
    assert _quotes(COMPARED, [_one("a", CART)], _one("b", HSCT, score)) == [CART, HSCT]
    assert _quotes(WHAT, [_one("a", HSCT)], _one("b", CART, score)) == [HSCT]


def test_the_other_side_takes_the_place_of_the_last_of_the_chosen():
    chosen = [_one("a", HSCT), _one("b", BEFORE), _one("c", LEANING)]
    assert _quotes(COMPARED, chosen, _one("d", CART, 0.01), limit=3) == [HSCT, BEFORE, CART]
    assert _quotes(COMPARED, chosen[:1], _one("d", CART, 0.01), limit=1) == [HSCT]


def test_the_other_side_brings_its_own_companions():
    before, leaning = _passage("b", BEFORE, "They made CAR‐T.", score=0.45)
    assert _quotes(COMPARED, [_one("a", HSCT)], leaning, before) == [HSCT, "They made CAR‐T.", BEFORE]


def test_the_other_side_comes_before_contradictions_and_these_before_what_is_leant_on():
    cured = "It cured lymphoma patients after transplantation of HSCT."
    before, chosen = _passage("a", BEFORE, cured)
    against = _one("b", "HSCT never cured lymphoma patients.", 0.45)
    question, side = COMPARED, _one("c", CART, 0.4)
    expected = [cured, CART, against.quote, BEFORE]
    for limit in (1, 2, 3, 4, 9):
        assert _quotes(question, [chosen], before, against, side, limit=limit) == expected[:limit]


def test_the_chosen_stay_although_they_are_more_than_the_limit():
    chosen = [_one("a", ROSE), _one("b", BEFORE), _one("c", LEANING)]
    assert _quotes(WHAT, chosen, _one("d", FELL), limit=2) == [ROSE, BEFORE, LEANING]


DOCUMENTS = [
    [BEFORE, LEANING, ROSE],
    [FELL, "It was not safe.", HSCT],
    ["These patients relapsed.", "However, they lived.", CART, ROSE],
]
EVIDENCE = [one for number, some in enumerate(DOCUMENTS) for one in _passage(f"document-{number}", *some, score=0.5 - number / 10)]


@settings(deadline=None, max_examples=300, derandomize=True)
@given(
    st.sampled_from([WHAT, COMPARED]),
    st.lists(st.sampled_from(EVIDENCE), unique_by=id),
    st.lists(st.sampled_from(EVIDENCE)),
    st.integers(1, 6),
)
def test_all_the_chosen_stay_and_no_sentence_is_there_twice_nor_more_than_the_limit(
    question: str, chosen: list[Evidence], others: list[Evidence], limit: int
):
    found = tuple(sorted([*chosen, *others], key=lambda one: -one.score))
    kept = with_companions(question, chosen, Reading(found, 0.9, MARGINS), limit)
    staying = chosen if question is WHAT else chosen[: limit - 1]  # the last may give way to the other side of a comparison
    assert all(one is other for one, other in zip(staying, kept, strict=False))
    assert len(staying) <= len(kept) <= max(limit, len(chosen))
    assert len({one.place for one in kept}) == len(kept)
    assert all(one.leant_on or any(one is other for other in found) for one in kept)


@settings(deadline=None, max_examples=300, derandomize=True)
@given(st.lists(st.sampled_from(EVIDENCE), unique_by=id), st.integers(1, 6))
def test_a_smaller_limit_only_leaves_out_the_last(chosen: list[Evidence], limit: int):
    reading = Reading(tuple(EVIDENCE), 0.9, MARGINS)
    places = [[one.place for one in with_companions(WHAT, chosen, reading, most)] for most in (limit, 99)]
    assert places[0] == places[1][: max(limit, len(chosen))]
