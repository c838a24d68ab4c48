"""Windows: the stretches of passages that are worth a closer look (module qa.windows)."""

import numpy as np
import pytest

from index.rows import DocumentRow, PassageRow
from index.view import Hit
from qa.evidence import Evidence
from qa.windows import Window, windows

TEXT = "One. Two two. Three. Four. Five five five."
STARTS = [0, 5, 14, 21, 27, 43]
TOKENS = [0, 2, 5, 7, 9, 14]  # a token a word and one for the full stop: 2, 3, 2, 2 and 5


def _hit(document: str = "a", start: int = 100) -> Hit:
    rows = [(start + STARTS[n], start + STARTS[n + 1] - 1, TOKENS[n], TOKENS[n + 1]) for n in range(5)]
    row = PassageRow(start, start + len(TEXT), (), np.array(rows, dtype=np.int32), (), b"", b"")
    return Hit(1, DocumentRow(document, "source", "title", "", 1000, 1, 1), row, TEXT, 1, 1, 1)


def _best(hit: Hit, *sentences: int) -> list[Evidence]:
    """Evidence of these sentences, the best first."""
    return [Evidence(hit, n, 1.0 - rank, np.ones(1, dtype=np.float32)) for rank, n in enumerate(sentences)]


@pytest.mark.parametrize(
    ("middle", "width", "expected"),
    [
        pytest.param(2, 2, (2, 3), id="the sentence alone fills it"),
        pytest.param(2, 1, (2, 3), id="the sentence alone is longer than the width"),
        pytest.param(2, 5, (1, 3), id="one before"),
        pytest.param(2, 7, (1, 4), id="one on each side"),
        pytest.param(2, 13, (0, 4), id="all but the longest, which does not fit"),
        pytest.param(2, 14, (0, 5), id="all of the passage"),
        pytest.param(0, 7, (0, 3), id="at the start, what follows"),
        pytest.param(4, 9, (2, 5), id="at the end, what comes before"),
    ],
)
def test_a_window_grows_on_both_sides_of_its_sentence_as_far_as_whole_sentences_fit(middle: int, width: int, expected: tuple[int, int]):
    (window,) = windows(_best(_hit(), middle), width, budget=1)
    assert (window.first, window.last) == expected


def test_the_text_of_a_window_is_a_slice_of_its_passage_and_its_sentences_are_slices_of_it():
    window = Window(_hit(start=100), 1, 4)
    assert (window.start, window.text, window.tokens) == (105, "Two two. Three. Four.", 7)
    assert [window.text[start:end] for start, end in window.sentences] == ["Two two.", "Three.", "Four."]
    assert list(window.places()) == [("a", 105), ("a", 114), ("a", 121)]


def test_a_sentence_that_a_window_holds_gets_no_window_of_its_own():
    found = windows(_best(_hit(), 0, 1, 4, 2), width=5, budget=100)
    assert [(window.first, window.last) for window in found] == [(0, 2), (4, 5), (1, 3)]  # what is beside it may be held twice


def test_sentences_of_different_documents_at_the_same_place_are_different_sentences():
    found = windows([*_best(_hit("a"), 0), *_best(_hit("b"), 0)], width=2, budget=100)
    assert [window.hit.document.id for window in found] == ["a", "b"]


@pytest.mark.parametrize(("budget", "count"), [(0, 0), (1, 1), (2, 1), (3, 2), (4, 2), (5, 3), (100, 3)])
def test_no_window_is_begun_when_the_budget_is_spent(budget: int, count: int):
    hit = _hit()
    assert len(windows(_best(hit, 0, 2, 3), width=2, budget=budget)) == count


def test_of_no_evidence_there_are_no_windows():
    assert windows([], width=10, budget=10) == []
