"""Segments: search structures over a range of passages, saved and read back."""

import json
from pathlib import Path

import numpy as np
import pytest

from index.encoder import unit_rows
from index.segments import Segment

FILES = ["numbers.npy", "postings.npz", "segment.json", "vectors.faiss"]


def _rows(first: int = 5, count: int = 20) -> list[tuple[int, bytes, str]]:
    vectors = unit_rows(np.random.default_rng(first).standard_normal((count, 8)).astype(np.float32)).astype("<f2")
    return [(first + 2 * i, vectors[i].tobytes(), f"all row{i} {'even' if i % 2 == 0 else 'odd'}") for i in range(count)]


def _vector(row: tuple[int, bytes, str]) -> np.ndarray:
    return np.frombuffer(row[1], dtype="<f2").astype(np.float32)


def test_a_segment_holds_numbers_vectors_and_terms_row_by_row():
    rows = _rows()
    segment = Segment.of(rows)
    assert len(segment) == 20
    assert segment.numbers.tolist() == [number for number, _, _ in rows]
    for place, row in enumerate(rows):
        found, scores = segment.vectors.search(_vector(row), 1, np.ones(20, dtype=np.bool_))
        assert found.tolist() == [place]
        assert scores[0] == pytest.approx(1, abs=2**-9)
        assert segment.postings.posting(f"row{place}")[0].tolist() == [place]
    assert segment.postings.posting("even")[0].tolist() == list(range(0, 20, 2))


def test_rows_may_come_one_at_a_time():
    assert Segment.of(iter(_rows())).numbers.tolist() == Segment.of(_rows()).numbers.tolist()


def test_a_saved_segment_is_read_back_the_same(tmp_path: Path):
    before = Segment.of(_rows())
    saved = before.save(tmp_path)
    after = Segment.load(tmp_path / saved.name)
    assert after.name == saved.name != before.name == ""
    assert after.numbers.tolist() == before.numbers.tolist()
    for row in _rows():
        for one, other in zip(
            before.vectors.search(_vector(row), 20, np.ones(20, dtype=np.bool_)),
            after.vectors.search(_vector(row), 20, np.ones(20, dtype=np.bool_)),
            strict=True,
        ):
            assert np.array_equal(one, other)
    assert after.postings.posting("odd")[0].tolist() == list(range(1, 20, 2))


def test_a_segment_is_named_by_its_content(tmp_path: Path):
    first, again, other = (Segment.of(rows).save(tmp_path) for rows in (_rows(), _rows(), _rows(count=19)))
    assert first.name == again.name != other.name
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([first.name, other.name])
    assert sorted(path.name for path in (tmp_path / first.name).iterdir()) == FILES


@pytest.mark.parametrize("name", FILES[:2] + FILES[3:])
def test_a_changed_byte_in_any_file_is_noticed(tmp_path: Path, name: str):
    folder = tmp_path / Segment.of(_rows()).save(tmp_path).name
    content = bytearray((folder / name).read_bytes())
    content[len(content) // 2] ^= 1
    (folder / name).write_bytes(content)
    with pytest.raises(ValueError, match=f"{name} is not the file that was saved"):
        Segment.load(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_missing_file_is_noticed(tmp_path: Path, name: str):
    folder = tmp_path / Segment.of(_rows()).save(tmp_path).name
    (folder / name).unlink()
    with pytest.raises(FileNotFoundError):
        Segment.load(folder)


def test_a_list_of_hashes_that_lacks_a_file_is_noticed(tmp_path: Path):
    folder = tmp_path / Segment.of(_rows()).save(tmp_path).name
    hashes = json.loads((folder / "segment.json").read_text())
    (folder / "segment.json").write_text(json.dumps({name: hashes[name] for name in FILES[:2]}))
    with pytest.raises(KeyError):
        Segment.load(folder)


# The name tells the content, so the damaged folder has the name of the sound one already.
def test_saving_again_replaces_a_folder_that_was_damaged(tmp_path: Path):
    segment = Segment.of(_rows())
    name = segment.save(tmp_path).name
    (tmp_path / name / "vectors.faiss").write_bytes(b"damaged")
    assert len(Segment.load(tmp_path / segment.save(tmp_path).name)) == 20
