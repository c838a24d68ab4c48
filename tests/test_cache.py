"""The saved segments of a library: used when they are sound, otherwise as if there were none."""

import json
from pathlib import Path

import numpy as np
import pytest

from index import cache
from index.segments import Segment

LINEAGE = "0123456789abcdef"


def _segment(first: int, count: int = 3) -> Segment:
    vectors = np.eye(4, dtype="<f2")
    return Segment.of((first + i, vectors[i].tobytes(), f"term{first + i}") for i in range(count))


def _numbers(segments: tuple[Segment, ...]) -> list[list[int]]:
    return [segment.numbers.tolist() for segment in segments]


def _folders(folder: Path) -> list[str]:
    return sorted(path.name for path in (folder / "segments").iterdir() if path.is_dir())


def test_saved_segments_are_loaded_in_order(tmp_path: Path):
    saved = cache.save(tmp_path, LINEAGE, [_segment(10), _segment(1)])
    assert _numbers(cache.load(tmp_path, LINEAGE)) == [[10, 11, 12], [1, 2, 3]]
    assert _folders(tmp_path) == sorted(segment.name for segment in saved)


def test_segments_that_are_saved_already_are_not_written_again(tmp_path: Path):
    saved = cache.save(tmp_path, LINEAGE, [_segment(1)])
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / "segments" / saved[0].name).iterdir()}
    again = cache.save(tmp_path, LINEAGE, [*saved, _segment(10)])
    assert again[0] is saved[0]
    assert {path: path.stat().st_mtime_ns for path in before} == before
    assert _numbers(cache.load(tmp_path, LINEAGE)) == [[1, 2, 3], [10, 11, 12]]


def test_segments_that_are_named_no_more_are_dropped(tmp_path: Path):
    cache.save(tmp_path, LINEAGE, [_segment(1), _segment(10)])
    (kept,) = cache.save(tmp_path, LINEAGE, [_segment(20)])
    assert _folders(tmp_path) == [kept.name]
    assert cache.save(tmp_path, LINEAGE, []) == ()
    assert _folders(tmp_path) == []
    assert cache.load(tmp_path, LINEAGE) == ()


def test_what_a_crash_left_half_prepared_is_dropped_by_the_next_save(tmp_path: Path):
    (tmp_path / "segments" / ".segment-half").mkdir(parents=True)
    (segment,) = cache.save(tmp_path, LINEAGE, [_segment(1)])
    assert _folders(tmp_path) == [segment.name]


def test_a_segment_whose_folder_has_gone_is_saved_again(tmp_path: Path):
    saved = cache.save(tmp_path, LINEAGE, [_segment(1)])
    cache.clear(tmp_path)
    cache.save(tmp_path, LINEAGE, saved)
    assert _numbers(cache.load(tmp_path, LINEAGE)) == [[1, 2, 3]]


def test_segments_of_another_library_are_not_loaded(tmp_path: Path):
    cache.save(tmp_path, LINEAGE, [_segment(1)])
    assert cache.load(tmp_path, "another") == ()


def test_without_saved_segments_none_are_loaded_and_nothing_is_damaged(tmp_path: Path):
    assert cache.load(tmp_path, LINEAGE) == ()
    assert list(cache.damage(tmp_path, LINEAGE)) == []
    cache.clear(tmp_path)


def test_cleared_segments_are_gone(tmp_path: Path):
    cache.save(tmp_path, LINEAGE, [_segment(1)])
    cache.clear(tmp_path)
    assert cache.load(tmp_path, LINEAGE) == ()
    assert not (tmp_path / "segments").exists()


@pytest.mark.parametrize("name", ["vectors.faiss", "postings.npz", "numbers.npy", "segment.json"])
@pytest.mark.parametrize("how", ["flipped", "cut", "gone"])
def test_one_damaged_file_makes_all_segments_be_built_anew_and_is_reported(tmp_path: Path, name: str, how: str):
    _, second = cache.save(tmp_path, LINEAGE, [_segment(1), _segment(10)])
    path = tmp_path / "segments" / second.name / name
    content = path.read_bytes()
    if how == "gone":
        path.unlink()
    else:
        path.write_bytes(bytes([content[0] ^ 255]) + content[1:] if how == "flipped" else content[: len(content) // 2])
    assert cache.load(tmp_path, LINEAGE) == ()
    (sentence,) = cache.damage(tmp_path, LINEAGE)
    assert f"saved segment {second.name} cannot be used" in sentence


@pytest.mark.parametrize(
    "content",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{", id="half"),
        pytest.param(b"\xff\xfe", id="no UTF-8"),
        pytest.param(b"{}", id="without names"),
        pytest.param(json.dumps({"lineage": LINEAGE, "segments": ["missing"]}).encode(), id="names of nothing"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
        pytest.param(json.dumps({"lineage": LINEAGE, "segments": None}).encode(), id="no list of names"),
        pytest.param(json.dumps({"lineage": LINEAGE, "segments": [1]}).encode(), id="a number for a name"),
    ],
)
def test_a_damaged_list_of_segments_counts_as_none_and_is_reported(tmp_path: Path, content: bytes):
    cache.save(tmp_path, LINEAGE, [_segment(1)])
    (tmp_path / "segments" / "segments.json").write_bytes(content)
    assert cache.load(tmp_path, LINEAGE) == ()
    assert len(list(cache.damage(tmp_path, LINEAGE))) == 1


def test_saving_replaces_what_was_damaged(tmp_path: Path):
    (segment,) = cache.save(tmp_path, LINEAGE, [_segment(1)])
    (tmp_path / "segments" / segment.name / "numbers.npy").write_bytes(b"damaged")
    cache.save(tmp_path, LINEAGE, [_segment(1)])
    assert _numbers(cache.load(tmp_path, LINEAGE)) == [[1, 2, 3]]
    assert list(cache.damage(tmp_path, LINEAGE)) == []
