"""Files that are hashed, and files that are published whole."""

import hashlib
import os
from pathlib import Path

import pytest

from index.files import flush, publish_file, publish_folder, sha256_of_file


@pytest.mark.parametrize("content", [b"", b"one", os.urandom(2**20 + 1)], ids=["empty", "short", "over a megabyte"])
def test_the_hash_of_a_file_is_that_of_its_bytes(tmp_path: Path, content: bytes):
    (tmp_path / "file").write_bytes(content)
    assert sha256_of_file(tmp_path / "file") == hashlib.sha256(content).hexdigest()


def test_a_published_file_holds_exactly_what_was_given(tmp_path: Path):
    publish_file(tmp_path / "list.json", "naïve\n😀")
    assert (tmp_path / "list.json").read_bytes() == "naïve\n😀".encode()


def test_a_published_file_replaces_the_old_one_and_leaves_nothing_else(tmp_path: Path):
    (tmp_path / "list.json").write_text("a much longer old text")
    publish_file(tmp_path / "list.json", "new")
    assert (tmp_path / "list.json").read_text() == "new"
    assert [path.name for path in tmp_path.iterdir()] == ["list.json"]


def test_whoever_has_the_old_file_open_reads_it_to_its_end(tmp_path: Path):
    publish_file(tmp_path / "list.json", "old text")
    with (tmp_path / "list.json").open() as reader:
        assert reader.read(3) == "old"
        publish_file(tmp_path / "list.json", "new text")
        assert reader.read() == " text"


def test_a_file_that_cannot_be_written_leaves_the_old_one_and_nothing_else(tmp_path: Path):
    publish_file(tmp_path / "list.json", "old")
    with pytest.raises(UnicodeEncodeError):
        publish_file(tmp_path / "list.json", "\ud800")
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [("list.json", "old")]


def _prepared(parent: Path, content: str) -> Path:
    folder = parent / "prepared"
    folder.mkdir()
    (folder / "a").write_text(content)
    (folder / "b").write_text(content)
    return folder


def _held(folder: Path) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_prepared_folder_gets_its_name_whole(tmp_path: Path):
    publish_folder(_prepared(tmp_path, "new"), tmp_path / "target")
    assert _held(tmp_path / "target") == {"a": "new", "b": "new"}
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_folder_that_has_the_name_already_stays_and_the_prepared_one_goes(tmp_path: Path):
    publish_folder(_prepared(tmp_path, "old"), tmp_path / "target")
    publish_folder(_prepared(tmp_path, "new"), tmp_path / "target")
    assert _held(tmp_path / "target") == {"a": "old", "b": "old"}
    assert [path.name for path in tmp_path.iterdir()] == ["target"]


def test_a_folder_that_cannot_be_named_is_an_error_and_stays_where_it_is(tmp_path: Path):
    prepared = _prepared(tmp_path, "new")
    with pytest.raises(FileNotFoundError):
        publish_folder(prepared, tmp_path / "missing" / "target")
    assert _held(prepared) == {"a": "new", "b": "new"}


def test_files_and_folders_can_be_flushed_and_missing_ones_cannot(tmp_path: Path):
    (tmp_path / "file").write_text("one")
    flush(tmp_path / "file")
    flush(tmp_path)
    with pytest.raises(FileNotFoundError):
        flush(tmp_path / "missing")
