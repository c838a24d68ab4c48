"""Dense search in one segment, against brute force."""

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import Vector, unit_rows
from index.vectors import VectorIndex

DIMENSION = 32
FLOAT16 = 2**-10  # of a cosine


def _vectors(count: int, seed: int = 0) -> Vector:
    drawn = np.random.default_rng(seed).standard_normal((count, DIMENSION)).astype(np.float32)
    return unit_rows(drawn).astype(np.float16).astype(np.float32)  # what is stored


def _all(count: int) -> np.ndarray:
    return np.ones(count, dtype=np.bool_)


def test_every_stored_vector_finds_itself_first_with_score_1():
    vectors = _vectors(200)
    index = VectorIndex.of(vectors)
    for row, vector in enumerate(vectors):
        rows, scores = index.search(vector, 3, _all(200))
        assert rows[0] == row
        assert scores[0] == pytest.approx(1, abs=FLOAT16)


@settings(deadline=None, max_examples=60, derandomize=True)
@given(st.integers(1, 90), st.integers(1, 100), st.integers(0, 2**32 - 1), st.floats(0, 1))
def test_search_finds_what_brute_force_over_the_allowed_rows_finds(count: int, depth: int, seed: int, share: float):
    random = np.random.default_rng(seed)
    vectors, question, allowed = _vectors(count, seed), _vectors(1, seed + 1)[0], random.random(count) < share
    rows, scores = VectorIndex.of(vectors).search(question, depth, allowed)
    cosines = vectors @ question
    candidates = np.flatnonzero(allowed)
    expected = candidates[np.argsort(-cosines[candidates], kind="stable")][:depth]
    assert len(rows) == min(depth, int(allowed.sum()))
    assert allowed[rows].all()
    assert scores == pytest.approx(cosines[rows], abs=1e-5)
    assert scores == pytest.approx(cosines[expected], abs=1e-5)
    assert (np.diff(scores) <= 0).all()


def test_a_saved_index_gives_the_same_answers_to_the_bit(tmp_path: Path):
    vectors, questions = _vectors(300), _vectors(20, seed=1)
    index = VectorIndex.of(vectors)
    index.save(tmp_path / "vectors.faiss")
    loaded = VectorIndex.load(tmp_path / "vectors.faiss")
    assert len(loaded) == len(index) == 300
    for question in questions:
        for before, after in zip(index.search(question, 10, _all(300)), loaded.search(question, 10, _all(300)), strict=True):
            assert np.array_equal(before, after)


def test_a_row_scores_the_same_alone_and_among_others():
    vectors, question = _vectors(100), _vectors(1, seed=1)[0]
    rows, scores = VectorIndex.of(vectors).search(question, 100, _all(100))
    together = dict(zip(rows.tolist(), scores.tolist(), strict=True))
    alone = {row: VectorIndex.of(vectors[row : row + 1]).search(question, 1, _all(1))[1][0] for row in range(100)}
    assert together == alone


def test_of_more_equal_vectors_than_are_wanted_the_first_rows_are_found():
    vectors = np.repeat(_vectors(1), 80, axis=0)
    rows, scores = VectorIndex.of(vectors).search(vectors[0], 50, _all(80))
    assert len(set(scores.tolist())) == 1
    assert sorted(rows.tolist()) == list(range(50))


@settings(deadline=None, max_examples=100, derandomize=True)
@given(st.lists(st.sampled_from([1.0, 0.75, 0.5, 0.0]), min_size=1, max_size=200), st.integers(1, 60), st.floats(0, 1))
def test_of_rows_level_with_the_last_the_first_are_found_whatever_else_there_is(cosines: list[float], depth: int, share: float):
    vectors = np.zeros((len(cosines), DIMENSION), dtype=np.float32)
    vectors[:, 0], vectors[:, 1] = cosines, np.sqrt(1 - np.square(cosines))
    allowed = np.random.default_rng(depth).random(len(cosines)) < share
    rows, scores = VectorIndex.of(vectors).search(np.eye(DIMENSION, dtype=np.float32)[0], depth, allowed)
    expected = sorted(np.flatnonzero(allowed).tolist(), key=lambda row: (-cosines[row], row))[:depth]
    assert rows.tolist() == expected
    assert scores.tolist() == [cosines[row] for row in expected]


def test_where_no_row_is_allowed_nothing_is_found():
    rows, scores = VectorIndex.of(_vectors(5)).search(_vectors(1)[0], 10, np.zeros(5, dtype=np.bool_))
    assert (len(rows), len(scores)) == (0, 0)


@settings(deadline=None, max_examples=40, derandomize=True)
@given(st.integers(1, 60), st.integers(0, 2**32 - 1), st.data())
def test_cosines_of_rows_are_those_that_search_gives_to_the_bit(count: int, seed: int, data: st.DataObject):
    vectors, question = _vectors(count, seed), _vectors(1, seed + 1)[0]
    rows = np.array(sorted(data.draw(st.sets(st.integers(0, count - 1)))), dtype=np.int64)
    index = VectorIndex.of(vectors)
    found, scores = index.search(question, count, _all(count))
    by_search = dict(zip(found.tolist(), scores.tolist(), strict=True))
    assert index.cosines(question, rows).tolist() == [by_search[row] for row in rows.tolist()]
