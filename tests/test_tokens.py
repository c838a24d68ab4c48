"""Token vectors in 4 bits a number."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.encoder import Vector, unit_rows
from index.tokens import pack, unpack

DIMENSION = 128
UNHURRIED = settings(deadline=None, max_examples=100, derandomize=True)
SEEDS = st.integers(0, 2**32 - 1)


def _random_rows(seed: int, count: int, dimension: int = DIMENSION) -> Vector:
    return unit_rows(np.random.default_rng(seed).standard_normal((count, dimension)).astype(np.float32))


def test_a_row_of_128_numbers_takes_66_bytes():
    assert len(pack(_random_rows(0, 10))) == 10 * 66


def test_two_numbers_share_a_byte_and_the_largest_is_seven_steps():
    packed = pack(np.array([[0.7, -0.7, 0.1, 0.0]], dtype=np.float32))
    assert np.frombuffer(packed[:2], dtype=np.float16)[0] == np.float16(0.1)
    assert list(packed[2:]) == [(7 + 8) << 4 | (-7 + 8), (1 + 8) << 4 | (0 + 8)]


def test_rows_come_back_scaled_to_length_one():
    rows = unpack(pack(np.array([[0.7, -0.7, 0.1, 0.0]], dtype=np.float32)), 4)
    assert rows == pytest.approx(np.array([[7, -7, 1, 0]]) / np.sqrt(99), abs=1e-6)
    assert rows.dtype == np.float32


@UNHURRIED
@given(SEEDS, st.integers(0, 20), st.sampled_from([2, 64, 128, 384]))
def test_every_number_comes_back_to_within_half_a_step(seed: int, count: int, dimension: int):
    rows = _random_rows(seed, count, dimension)
    packed = pack(rows)
    found = unpack(packed, dimension)
    assert found.shape == rows.shape
    scales = np.frombuffer(packed[: 2 * count], dtype=np.float16).astype(np.float32)[:, None]
    steps = np.abs(rows).max(axis=1, keepdims=True, initial=0) / 7
    assert scales == pytest.approx(steps, rel=2**-10)
    lengths = 7 * scales / np.abs(found).max(axis=1, keepdims=True, initial=1e-9)  # the largest number is seven steps
    assert np.all(np.abs(found * lengths - rows) <= scales * 0.5 * 1.02)


@UNHURRIED
@given(SEEDS)
def test_the_cosine_to_the_row_that_was_packed_stays_above_0_98(seed: int):
    rows = _random_rows(seed, 50)
    assert ((unpack(pack(rows), DIMENSION) * rows).sum(axis=1) > 0.98).all()


@UNHURRIED
@given(SEEDS)
def test_rows_are_packed_each_on_its_own(seed: int):
    rows = _random_rows(seed, 7)
    together = unpack(pack(rows), DIMENSION)
    assert np.array_equal(together, np.concatenate([unpack(pack(row[None]), DIMENSION) for row in rows]))


@pytest.mark.parametrize("row", [np.eye(4)[2], -np.eye(4)[1], np.array([1, -1, 1, -1]) / 2], ids=["one axis", "the other way", "all alike"])
def test_rows_of_equal_numbers_are_kept_exactly(row: np.ndarray):
    assert unpack(pack(row[None].astype(np.float32)), 4) == pytest.approx(row[None], abs=1e-7)


def test_packing_what_was_unpacked_changes_nothing_more():
    once = unpack(pack(_random_rows(3, 40)), DIMENSION)
    assert unpack(pack(once), DIMENSION) == pytest.approx(once, abs=1e-6)


def test_a_row_of_zeros_stays_one():
    assert not unpack(pack(np.zeros((1, 4), dtype=np.float32)), 4).any()


def test_no_rows_are_no_bytes():
    assert pack(np.empty((0, DIMENSION), dtype=np.float32)) == b""
    assert unpack(b"", DIMENSION).shape == (0, DIMENSION)
