"""Backup and restore: one file that brings everything back, made while others ask and add."""

import json
import shutil
import threading
import zipfile
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from api.remarks import Remark, keep, kept_remarks
from index.database import Database
from index.errors import LibraryDamaged, LibraryMismatch
from index.library import DATABASE, Library
from index.reading import read_document

pytestmark = pytest.mark.slow

Run = Callable[..., CompletedProcess[str]]
ENCODER = "encoder-all-MiniLM-L6-v2-int8"
QUESTION = "Where does the otter swim?"


@pytest.fixture
def full(made: Path, tmp_path: Path) -> Path:
    """A library with two versions of one document, another document, a collection and remarks, and the files it was made of beside it."""
    shutil.copytree(made, tmp_path, dirs_exist_ok=True)
    return tmp_path / "library"


@pytest.fixture(scope="module")
def made(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory, run_footnote: Run) -> Path:
    """The folder that `full` is a copy of."""
    tmp_path = tmp_path_factory.mktemp("made")
    folder = tmp_path / "library"
    shutil.copytree(encoder_folder, folder / ENCODER)
    for name, text in (("otter.txt", "The otter swims in Skye.\n"), ("wombat.md", "# Wombat\n\nThe wombat dug 3 burrows.\n")):
        (tmp_path / name).write_text(text, "utf-8")
    _done(run_footnote("add", tmp_path / "otter.txt", tmp_path / "wombat.md", "--library", folder))
    (tmp_path / "otter.txt").write_text("The otter swims in Orkney.\n", "utf-8")
    _done(run_footnote("add", tmp_path / "otter.txt", "--library", folder))
    (tmp_path / "lynx.txt").write_text("The lynx sleeps in Sweden.\n", "utf-8")
    _done(run_footnote("add", tmp_path / "lynx.txt", "--library", folder, "--collection", "cats"))
    for home, question in ((folder, QUESTION), (folder / "collections/cats", "Where?")):
        keep(home, Remark(answer="0123456789abcdef01234567", question=question, verdict="wrong"))
    return tmp_path


def _done(done: CompletedProcess[str]) -> str:
    assert done.returncode == 0, done.stderr
    return done.stdout


def _new_home(full: Path, home: Path) -> Path:
    shutil.copytree(full / ENCODER, home / ENCODER)  # or it would be compiled anew
    return home


def _held(home: Path) -> dict[str, list[str]]:
    """The texts of all versions of each document of a library."""
    library = Library.open(home)
    with library.view() as view:
        held = {row.id: [view.text(row.id, version.sha256) for version in view.versions(row.id)] for row in view.documents()}
    assert library.damage() == []
    library.close()
    return held


def test_what_was_backed_up_is_restored_with_its_versions_collections_and_files_and_answers_alike(
    full: Path, tmp_path: Path, run_footnote: Run
):
    _done(run_footnote("backup", tmp_path / "all.zip", "--library", full))
    home = _new_home(full, tmp_path / "restored")
    assert _done(run_footnote("restore", tmp_path / "all.zip", "--library", home)).splitlines() == [
        f"2 documents in {home}",
        f"1 documents in {home / 'collections/cats'}",
    ]
    assert _held(home) == _held(full)
    assert _held(full)["otter"] == ["The otter swims in Skye.\n", "The otter swims in Orkney.\n"]
    for part, question in ((".", QUESTION), ("collections/cats", "Where?")):
        assert list(kept_remarks(home / part)) == list(kept_remarks(full / part))
        assert [remark.question for remark in kept_remarks(home / part)] == [question]
    answers = [json.loads(run_footnote("ask", QUESTION, "--json", "--library", place).stdout) for place in (full, home)]
    assert [answer["library"].pop("generation") for answer in answers] == [3, 1]
    assert answers[0].pop("id") != answers[1].pop("id")
    assert answers[0] == answers[1]
    assert answers[0]["citations"][0]["quote"] == "The otter swims in Orkney."
    cats = run_footnote("ask", "Where does the lynx sleep?", "--library", home, "--collection", "cats")
    assert "The lynx sleeps in Sweden." in cats.stdout


def test_a_collection_may_have_any_name(full: Path, tmp_path: Path, run_footnote: Run):
    """Also one that the plain library could be called by."""
    for name in ("plain", "library"):
        _done(run_footnote("add", tmp_path / "wombat.md", "--library", full, "--collection", name))
    _done(run_footnote("backup", tmp_path / "all.zip", "--library", full))
    home = _new_home(full, tmp_path / "restored")
    _done(run_footnote("restore", tmp_path / "all.zip", "--library", home))
    for name in ("plain", "library", "cats"):
        listed = [run_footnote("list", "--library", place, "--collection", name).stdout for place in (full, home)]
        assert listed[0] == listed[1] != ""


def test_a_library_that_is_open_holds_what_is_restored_at_once_and_what_came_after_is_gone(full: Path, tmp_path: Path, run_footnote: Run):
    _done(run_footnote("backup", tmp_path / "all.zip", "--library", full))
    library = Library.open(full)
    library.add(read_document("vole.txt", b"The vole digs in Norway.\n"))
    with library.view() as view:
        before = (view.generation, view.sha256)
        assert "vole" in {hit.document.id for hit in view.search("Where does the vole dig?", 9)}
    _done(run_footnote("restore", tmp_path / "all.zip", "--library", full, "--replace"))
    with library.view() as view:
        assert {hit.document.id for hit in view.search("Where does the vole dig?", 9)} == {"otter", "wombat"}
        assert view.generation > before[0]
        assert view.passages == 2
        for row in view.documents():
            for passage in view.passages_of(row.id):
                assert view.text(row.id)[passage.start : passage.end].strip()
    assert library.damage() == []
    library.close()


def test_a_backup_made_while_documents_are_added_holds_whole_documents_alone(full: Path, tmp_path: Path, run_footnote: Run):
    writer, stop = Library.open(full), threading.Event()

    def add() -> None:
        number = 0
        while not stop.is_set():
            writer.add(read_document(f"note-{number}.txt", f"Note {number} is about the heron.\n".encode()))
            number += 1

    adding = threading.Thread(target=add)
    adding.start()
    try:
        _done(run_footnote("backup", tmp_path / "all.zip", "--library", full))
    finally:
        stop.set()
        adding.join()
        writer.close()
    home = _new_home(full, tmp_path / "restored")
    _done(run_footnote("restore", tmp_path / "all.zip", "--library", home))
    restored, now = _held(home), _held(full)
    assert restored.items() <= now.items()
    assert {"otter", "wombat"} <= set(restored)


def test_documents_are_not_overwritten_unless_that_is_said(full: Path, tmp_path: Path, run_footnote: Run):
    _done(run_footnote("backup", tmp_path / "all.zip", "--library", full))
    held = _held(full)
    done = run_footnote("restore", tmp_path / "all.zip", "--library", full)
    assert (done.returncode, done.stdout) == (1, "")
    assert "holds 2 documents. Use --replace" in done.stderr
    again = run_footnote("backup", tmp_path / "all.zip", "--library", full)
    assert (again.returncode, "is there already" in again.stderr) == (1, True)
    assert _held(full) == held


@pytest.mark.parametrize("kind", ["cut", "flipped", "a stranger's", "another name inside"])
def test_a_backup_that_is_not_whole_changes_nothing(full: Path, tmp_path: Path, run_footnote: Run, kind: str):
    file = tmp_path / "all.zip"
    _done(run_footnote("backup", file, "--library", full))
    content = bytearray(file.read_bytes())
    if kind == "cut":
        file.write_bytes(content[: len(content) // 2])
    elif kind == "flipped":
        content[len(content) // 3] ^= 1
        file.write_bytes(content)
    elif kind == "a stranger's":
        file.write_bytes(b"not a backup at all")
    else:
        with zipfile.ZipFile(file, "w") as archive:
            archive.writestr("footnote.json", json.dumps({"files": {"../../escaped": "0" * 64}}))
            archive.writestr("../../escaped", "text")
    held = _held(full)
    done = run_footnote("restore", file, "--library", full, "--replace")
    assert (done.returncode, done.stdout) == (1, "")
    assert "Nothing was changed" in done.stderr
    assert "Traceback" not in done.stderr
    assert _held(full) == held
    assert not list(full.glob(".restore-*"))


def test_a_copy_with_a_row_that_does_not_fit_its_hash_is_refused(full: Path, tmp_path: Path):
    library = Library.open(full)
    library.copy(tmp_path / DATABASE)
    damaged = Database(tmp_path / DATABASE)
    with damaged.writing() as transaction:
        transaction.execute("UPDATE passages SET start = start + 1")
    damaged.close()
    with pytest.raises(LibraryDamaged, match=r"The copy is damaged \(passage \d of document \w+ does not fit its hash\)"):
        library.restore(tmp_path / DATABASE)
    assert library.damage() == []
    library.close()


def test_a_copy_made_with_another_encoder_is_refused(full: Path, tmp_path: Path):
    library = Library.open(full)
    library.copy(tmp_path / DATABASE)
    other = Database(tmp_path / DATABASE)
    with other.writing() as transaction:
        transaction.set("encoder", "another")
    other.close()
    with pytest.raises(LibraryMismatch, match="Restore it to another folder"):
        library.restore(tmp_path / DATABASE)
    library.close()
