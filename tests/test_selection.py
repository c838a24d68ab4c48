"""Selection: as few sentences as answer the question."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.rows import DocumentRow, PassageRow
from index.view import Hit
from qa.evidence import Evidence
from qa.readers import MARGINS
from qa.selection import selected


def _evidence(quote: str, *matches: float, score: float | None = None) -> Evidence:
    """A passage of one sentence; it scores the mean of its matches if nothing else is said."""
    sentences = np.array([[0, len(quote), 0, 0]], dtype=np.int32)
    document = DocumentRow("document", "source", "title", "", len(quote), 1, 1)
    hit = Hit(1, document, PassageRow(0, len(quote), (), sentences, (), b"", b""), quote, 1, 1, 1)
    met = np.array(matches, dtype=np.float32)
    return Evidence(hit, 0, float(met.mean()) if score is None else score, met)


def _selected(*evidence: Evidence, limit: int = 4) -> list[str]:
    return [one.quote for one in selected(evidence, MARGINS, limit)]


def test_of_nothing_nothing_is_selected():
    assert selected([], MARGINS) == []


@pytest.mark.parametrize(
    ("evidence", "expected"),
    [
        pytest.param([_evidence("best", 0.9, 0.9), _evidence("worse", 0.8, 0.8)], ["best"], id="the best alone"),
        pytest.param(
            [_evidence("best", 0.9, 0.9), _evidence("level", 0.88, 0.88), _evidence("worse", 0.85, 0.85)], ["best", "level"], id="as good"
        ),
        pytest.param([_evidence("best", 1.0, 0.6), _evidence("other", 0.6, 0.9)], ["best", "other"], id="it meets what the best does not"),
        pytest.param([_evidence("best", 1.0, 0.6), _evidence("other", 0.5, 0.9)], ["best"], id="it does, but is too bad itself"),
        pytest.param([_evidence("best", 1.0, 0.6), _evidence("other", 0.8, 0.68)], ["best"], id="it does, but by too little"),
        pytest.param(
            [_evidence("best", 1.0, 0.7, 0.7), _evidence("small", 0.7, 0.89, 0.7), _evidence("large", 0.7, 0.7, 0.95)],
            ["best", "large", "small"],
            id="what adds most comes first",
        ),
        pytest.param(
            [_evidence("best", 1.0, 0.7), _evidence("adds", 0.7, 0.9), _evidence("adds the same", 0.7, 0.89)],
            ["best", "adds"],
            id="what is met already adds nothing",
        ),
        pytest.param([_evidence("bad", -1.0), _evidence("worse", -2.0)], ["bad"], id="the best of bad ones"),
    ],
)
def test_sentences_are_taken_that_are_as_good_or_that_add_something(evidence: list[Evidence], expected: list[str]):
    assert _selected(*evidence) == expected


@pytest.mark.parametrize(
    "again", ["CD19‐ relapse, by IL‐6.", "cd19- RELAPSE by IL-6", "CD19- relapsed by\u00a0“IL-6”!"], ids=["typography", "case", "form"]
)
def test_the_same_words_are_taken_once_and_the_better_one_stays(again: str):
    assert _selected(_evidence("CD19- relapse by IL-6.", 0.9), _evidence(again, 0.9)) == ["CD19- relapse by IL-6."]


def test_opposite_signs_are_not_the_same_words():
    assert _selected(_evidence("CD19- relapse", 0.9), _evidence("CD19+ relapse", 0.9)) == ["CD19- relapse", "CD19+ relapse"]


def test_no_more_than_the_limit_are_taken():
    level = [_evidence(f"level {number}", 0.9) for number in range(9)]
    assert [_selected(*level, limit=limit) for limit in (1, 2, 4)] == [[one.quote for one in level[:limit]] for limit in (1, 2, 4)]
    adding = [_evidence("best", 1, 0.9, 0.9), _evidence("one", 0.9, 1.2, 0.6, score=0.9), _evidence("two", 0.9, 0.6, 1.2, score=0.9)]
    assert [_selected(*adding, limit=limit) for limit in (1, 2, 3)] == [["best"], ["best", "one"], ["best", "one", "two"]]


@settings(deadline=None, max_examples=150, derandomize=True)
@given(
    st.lists(st.tuples(st.sampled_from("abcdefgh"), st.floats(0, 1, width=32), st.floats(0, 1, width=32)), max_size=15), st.integers(1, 6)
)
def test_what_is_selected_is_evidence_near_the_best_and_without_repetition(found: list[tuple[str, float, float]], limit: int):
    evidence = sorted((_evidence(*one) for one in found), key=lambda one: -one.score)
    chosen = selected(evidence, MARGINS, limit)
    assert all(any(one is other for other in evidence) for one in chosen)
    assert len({one.quote for one in chosen}) == len(chosen) <= limit
    assert bool(chosen) == bool(evidence)
    assert not chosen or chosen[0] is evidence[0]
    assert all(one.score >= evidence[0].score - 0.08 - 1e-6 for one in chosen)
