"""BM25, against the formula computed by hand."""

import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.postings import Postings, Statistics, bm25, inverse_document_frequency

TEXTS = st.lists(st.lists(st.sampled_from("abcdefg"), min_size=1, max_size=9), min_size=1, max_size=12)
UNHURRIED = settings(deadline=None, max_examples=100, derandomize=True)


def _alive(count: int) -> np.ndarray:
    return np.ones(count, dtype=np.bool_)


def _by_hand(texts: Sequence[Sequence[str]], question: Sequence[str]) -> list[float]:
    """BM25 as Lucene has it, with k1 = 1.2 and b = 0.75, straight from the formula."""
    average = sum(map(len, texts)) / len(texts)
    scores = []
    for text in texts:
        score = 0.0
        for term in set(question):
            holding = sum(term in other for other in texts)
            idf = math.log(1 + (len(texts) - holding + 0.5) / (holding + 0.5))
            count = text.count(term)
            score += idf * count * 2.2 / (count + 1.2 * (0.25 + 0.75 * len(text) / average))
        scores.append(score)
    return scores


def test_a_score_computed_with_pencil_and_paper():
    texts = [["cat", "cat"], ["dog", "fish"]]
    postings = Postings.of(texts)
    pairs = [(postings, _alive(2))]
    (scores,) = bm25(pairs, Statistics.of(pairs), ["cat"])
    # idf = ln(1 + 1.5 / 1.5) = ln 2, both texts have average length: ln 2 * 2 * 2.2 / (2 + 1.2)
    assert scores == pytest.approx([math.log(2) * 4.4 / 3.2, 0])


def test_the_weight_of_a_term_falls_with_the_passages_that_hold_it():
    assert inverse_document_frequency(10, 1) == pytest.approx(math.log(1 + 9.5 / 1.5))
    weights = [inverse_document_frequency(10, holding) for holding in range(11)]
    assert weights == sorted(weights, reverse=True)
    assert weights[-1] > 0


def test_postings_name_the_rows_of_a_term_and_its_counts():
    postings = Postings.of([["a", "b", "a"], [], ["b"]])
    assert [array.tolist() for array in postings.posting("a")] == [[0], [2]]
    assert [array.tolist() for array in postings.posting("b")] == [[0, 2], [1, 1]]
    assert [array.tolist() for array in postings.posting("unknown")] == [[], []]
    assert postings.lengths.tolist() == [3, 0, 1]


@UNHURRIED
@given(TEXTS, st.lists(st.sampled_from("abcdefgh"), max_size=6))
def test_scores_are_those_of_the_formula(texts: list[list[str]], question: list[str]):
    pairs = [(Postings.of(texts), _alive(len(texts)))]
    (scores,) = bm25(pairs, Statistics.of(pairs), question)
    assert scores == pytest.approx(_by_hand(texts, question), rel=1e-5, abs=1e-6)


@UNHURRIED
@given(TEXTS, st.lists(st.sampled_from("abcdefgh"), max_size=6), st.data())
def test_removed_rows_count_for_nothing(texts: list[list[str]], question: list[str], data: st.DataObject):
    alive = np.array(data.draw(st.lists(st.booleans(), min_size=len(texts), max_size=len(texts)).filter(any)))
    pairs = [(Postings.of(texts), alive)]
    (scores,) = bm25(pairs, Statistics.of(pairs), question)
    kept = [text for text, living in zip(texts, alive, strict=True) if living]
    assert scores[alive] == pytest.approx(_by_hand(kept, question), rel=1e-5, abs=1e-6)


@UNHURRIED
@given(TEXTS, st.lists(st.sampled_from("abcdefgh"), max_size=6), st.data())
def test_several_segments_score_as_one(texts: list[list[str]], question: list[str], data: st.DataObject):
    cut = data.draw(st.integers(0, len(texts)))
    parts = [(Postings.of(part), _alive(len(part))) for part in (texts[:cut], texts[cut:])]
    whole = [(Postings.of(texts), _alive(len(texts)))]
    apart = np.concatenate(bm25(parts, Statistics.of(parts), question))
    assert np.array_equal(apart, bm25(whole, Statistics.of(whole), question)[0])


def test_a_term_asked_twice_counts_once():
    pairs = [(Postings.of([["a", "b"], ["b"]]), _alive(2))]
    statistics = Statistics.of(pairs)
    assert np.array_equal(bm25(pairs, statistics, ["a", "a", "b"])[0], bm25(pairs, statistics, ["a", "b"])[0])


def test_statistics_of_nothing_divide_by_nothing():
    assert Statistics.of([]) == Statistics(0, 1.0)
    assert Statistics.of([(Postings.of([["a"]]), np.zeros(1, dtype=np.bool_))]) == Statistics(0, 1.0)


@UNHURRIED
@given(
    st.lists(
        st.lists(st.text(st.characters(exclude_categories=("Cs", "Z", "C")), min_size=1, max_size=6), max_size=6), min_size=1, max_size=6
    )
)
def test_saved_postings_are_the_same_postings(tmp_path_factory: pytest.TempPathFactory, texts: list[list[str]]):
    path = tmp_path_factory.mktemp("postings") / "postings.npz"
    before = Postings.of(texts)
    before.save(path)
    after = Postings.load(path)
    assert after.lengths.tolist() == before.lengths.tolist()
    for term in {term for text in texts for term in text} | {"absent"}:
        assert [array.tolist() for array in after.posting(term)] == [array.tolist() for array in before.posting(term)]


def test_saved_postings_of_texts_without_terms_hold_no_term(tmp_path: Path):
    Postings.of([[], []]).save(tmp_path / "postings.npz")
    assert Postings.load(tmp_path / "postings.npz").vocabulary == {}


def test_the_same_postings_are_saved_as_the_same_bytes(tmp_path: Path):
    for name in ("one.npz", "two.npz"):
        Postings.of([["a", "b"], ["b"]]).save(tmp_path / name)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()
