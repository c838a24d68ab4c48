"""`footnote sync`, run as the program it is over real folders: once, and as it watches."""

import contextlib
import json
import re
import shutil
import signal
import subprocess
import threading
import time
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest

from index.library import Library
from index.reading import read_document
from index.rows import DocumentRow

pytestmark = pytest.mark.slow

Run = Callable[..., CompletedProcess[str]]
Rows = Callable[[Path], dict[str, DocumentRow]]
Start = Callable[..., Any]


@pytest.fixture
def notes(tmp_path: Path) -> Path:
    """A folder of three notes, beside the library, one of them in a folder inside."""
    home = tmp_path / "notes"
    (home / "inside").mkdir(parents=True)
    for name, animal in (("quoll.txt", "quoll"), ("numbat.txt", "numbat"), ("inside/bilby.txt", "bilby")):
        (home / name).write_text(f"The {animal} sleeps.\n", "utf-8")
    return home


@pytest.fixture
def mirrored(folder: Path, notes: Path) -> Path:
    """The folder of a library of these notes, and of documents from elsewhere whose files are not there."""
    library = Library.create(folder)
    for path in sorted(notes.rglob("*.txt")):
        library.add(read_document(path.relative_to(notes.parent).as_posix(), path.read_bytes()))
    for source in (
        "upload://notes/upload.txt",
        "notes2/beside.txt",
        "/elsewhere/notes/far.txt",
        "notes.txt",
        "https://example.org/notes/page",
    ):
        library.add(read_document(source, f"Text of {source}.".encode()))
    library.publish()
    library.close()
    return folder


ELSEWHERE = {"upload", "beside", "far", "notes", "page"}
NOTES = {"quoll", "numbat", "bilby"}


# Once


def test_sync_adds_what_is_new_replaces_what_changed_and_leaves_the_rest(
    mirrored: Path, notes: Path, run_footnote: Run, documents_in: Rows
):
    before = documents_in(mirrored)
    (notes / "quoll.txt").write_text("The quoll wakes.\n", "utf-8")
    (notes / "dingo.md").write_text("# Dingo\n\nThe dingo barks.\n", "utf-8")
    done = run_footnote("sync", notes, "--remove", "--library", mirrored)
    assert (done.returncode, done.stdout) == (0, "1 added, 1 replaced, 2 unchanged\n")
    after = documents_in(mirrored)
    assert set(after) == NOTES | ELSEWHERE | {"dingo"}
    assert {id for id in before if before[id].sha256 != after[id].sha256} == {"quoll"}


def test_what_vanished_is_named_and_removed_only_when_that_is_asked(mirrored: Path, notes: Path, run_footnote: Run, documents_in: Rows):
    """Documents from other places stay, whatever their sources look like."""
    (notes / "quoll.txt").unlink()
    shutil.rmtree(notes / "inside")
    done = run_footnote("sync", notes, "--library", mirrored)
    assert (done.returncode, done.stdout.splitlines()) == (
        0,
        ["vanished: notes/inside/bilby.txt was document bilby", "vanished: notes/quoll.txt was document quoll", "1 unchanged, 2 vanished"],
    )
    assert set(documents_in(mirrored)) == NOTES | ELSEWHERE
    done = run_footnote("sync", notes, "--remove", "--json", "--library", mirrored)
    found = json.loads(done.stdout)
    assert (done.returncode, found["counts"]["removed"], found["counts"]["vanished"]) == (0, 2, 0)
    assert {one["id"] for one in found["outcomes"] if one["outcome"] == "removed"} == {"quoll", "bilby"}
    assert set(documents_in(mirrored)) == {"numbat"} | ELSEWHERE
    doctor = run_footnote("doctor", "--library", mirrored)
    assert doctor.returncode == 0, doctor.stdout


def test_the_parent_folder_takes_in_what_is_named_after_it_and_never_uploads_and_addresses(
    mirrored: Path, notes: Path, run_footnote: Run, documents_in: Rows
):
    """Also where the library itself lies in the folder."""
    done = run_footnote("sync", notes.parent, "--remove", "--library", mirrored)
    assert done.stdout.splitlines()[-1] == "3 unchanged, 2 removed"
    assert set(documents_in(mirrored)) == NOTES | {"upload", "page", "far"}


def test_a_moved_file_is_no_duplicate_of_the_document_that_goes(mirrored: Path, notes: Path, run_footnote: Run, documents_in: Rows):
    (notes / "quoll.txt").rename(notes / "inside" / "native-cat.txt")
    done = run_footnote("sync", notes, "--remove", "--library", mirrored)
    assert done.stdout == "removed: notes/quoll.txt was document quoll\n1 added, 2 unchanged, 1 removed\n"
    assert {row.source for id, row in documents_in(mirrored).items() if id not in ELSEWHERE} == {
        "notes/inside/native-cat.txt", "notes/inside/bilby.txt", "notes/numbat.txt",
    }  # fmt: skip


def test_a_file_that_is_there_and_is_not_taken_has_not_vanished(mirrored: Path, notes: Path, run_footnote: Run, documents_in: Rows):
    """Because of the patterns, or because it is hidden, or of another kind."""
    library = Library.open(mirrored)
    for name in ("data.log", ".hidden.txt"):
        (notes / name).write_text(f"Words of {name}.\n", "utf-8")
        library.add(read_document(f"notes/{name}", (notes / name).read_bytes()))
    library.close()
    before = documents_in(mirrored)
    done = run_footnote("sync", notes, "--remove", "--glob", "inside/*", "--library", mirrored)
    assert done.stdout == "passed over in folders: 1 hidden, 3 of other kinds\n1 unchanged\n"
    assert documents_in(mirrored) == before


@pytest.mark.parametrize("loss", ["missing", "a file", "empty", "shut"])
@pytest.mark.parametrize("named", ["folder", "link"])
def test_where_the_folder_is_not_there_nothing_is_removed(
    mirrored: Path, notes: Path, start_footnote: Start, documents_in: Rows, loss: str, named: str, without_the_rights_of_root: list[str]
):
    """A disk that is not mounted leaves no folder, or an empty one."""
    if named == "link":
        (notes.parent / "link").symlink_to(notes)
    away = notes.rename(notes.parent / "away")
    if loss == "a file":
        notes.write_text("Words.", "utf-8")
    if loss in ("empty", "shut"):
        notes.mkdir(mode=0o700 if loss == "empty" else 0)
    asked = notes if named == "folder" else notes.parent / "link"
    started = start_footnote("sync", asked, "--remove", "--library", mirrored, before=without_the_rights_of_root)
    assert started.process.wait(120) == 1
    assert started.output.read_text("utf-8") == ""
    assert re.fullmatch(r"footnote: [^\n]+Is its disk there\? Nothing was removed[^\n]*\n", started.errors.read_text("utf-8"))
    assert set(documents_in(mirrored)) == NOTES | ELSEWHERE
    assert away.is_dir()


def test_a_folder_that_is_meant_to_be_empty_is_believed(mirrored: Path, notes: Path, run_footnote: Run, documents_in: Rows):
    shutil.rmtree(notes)
    notes.mkdir()
    done = run_footnote("sync", notes, "--remove", "--allow-empty", "--library", mirrored)
    assert (done.returncode, done.stdout.splitlines()[-1]) == (0, "3 removed")
    assert set(documents_in(mirrored)) == ELSEWHERE


def test_what_a_shut_folder_holds_is_not_taken_for_gone(
    mirrored: Path, notes: Path, start_footnote: Start, documents_in: Rows, without_the_rights_of_root: list[str]
):
    (notes / "inside").chmod(0)
    started = start_footnote("sync", notes, "--remove", "--library", mirrored, before=without_the_rights_of_root)
    assert started.process.wait(120) == 0
    (notes / "inside").chmod(0o700)
    assert started.output.read_text("utf-8") == "refused: notes/inside: Permission denied.\n2 unchanged, 1 refused\n"
    assert set(documents_in(mirrored)) == NOTES | ELSEWHERE


def test_metadata_is_said_of_every_document_once(mirrored: Path, notes: Path, run_footnote: Run, documents_in: Rows):
    first, second = (run_footnote("sync", notes, "--metadata", "year=2020", "--library", mirrored).stdout for _ in range(2))
    assert (first, second) == ("3 replaced\n", "3 unchanged\n")
    assert {id for id, row in documents_in(mirrored).items() if row.metadata == {"year": "2020"}} == NOTES


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_sync_says_so_and_the_same_command_goes_on(
    folder: Path, notes: Path, start_footnote: Start, run_footnote: Run, sent: int
):
    (notes / "zebra.txt").write_text("".join(f"Line {number} tells of zebras and of wombats.\n\n" for number in range(60_000)), "utf-8")
    started = start_footnote("sync", notes, "--json", "--library", folder)
    started.wait_for(lambda: _count(folder) == 3, "three documents")
    assert started.told(sent) == 130
    found = json.loads(started.output.read_text("utf-8"))
    assert (found["interrupted"], found["counts"]["added"], len(found["outcomes"])) == (True, 3, 3)
    assert "Traceback" not in started.shown()
    (notes / "zebra.txt").unlink()
    assert run_footnote("sync", notes, "--library", folder).stdout == "3 unchanged\n"


def _count(folder: Path) -> int:
    with contextlib.suppress(Exception):  # not made yet
        library = Library.open(folder)
        with library.view() as view:
            found = len(view.documents())
        library.close()
        return found
    return 0


# As it watches


def watched(started: Any) -> list[str]:
    """The lines since the summary of the first sync."""
    lines = started.output.read_text("utf-8").splitlines()
    first = next(number for number, line in enumerate(lines) if re.match(r"\d+ (added|unchanged)", line))
    return lines[first + 1 :]


@pytest.mark.parametrize(("flags", "sent"), [([], signal.SIGINT), (["--poll"], signal.SIGTERM)], ids=["told by the system", "polling"])
def test_watching_follows_a_file_that_comes_changes_moves_and_goes(
    mirrored: Path, notes: Path, start_footnote: Start, documents_in: Rows, flags: list[str], sent: signal.Signals
):
    started = start_footnote("sync", notes, "--remove", "--watch", *flags, "--library", mirrored)
    started.wait_for_line(r"^Watching .* for changes")
    (notes / ".dingo.txt").write_text("Hidden words.\n", "utf-8")
    (notes / "dingo.png").write_text("Of another kind.\n", "utf-8")
    (notes / "link.txt").symlink_to(notes / "quoll.txt")
    (notes / "new" / "deep").mkdir(parents=True)
    (notes / "new" / "deep" / "dingo.txt").write_text("The dingo barks.\n", "utf-8")
    started.wait_for_line("^added: notes/new/deep/dingo.txt is document dingo$")
    (notes / "new" / "deep" / "dingo.txt").write_text("The dingo howls.\n", "utf-8")
    started.wait_for_line("^replaced: notes/new/deep/dingo.txt is document dingo$")
    (notes / "new").rename(notes / "old")
    started.wait_for_line("^added: notes/old/deep/dingo.txt is document dingo$")
    (notes / "quoll.txt").unlink()
    started.wait_for_line("^removed: notes/quoll.txt was document quoll$")
    (notes / "empty.txt").touch()
    started.wait_for_line("^refused: notes/empty.txt: there is no text in it")
    assert started.told(sent) == 0
    assert [line.split(" ")[:2] for line in watched(started)] == [
        ["added:", "notes/new/deep/dingo.txt"],
        ["replaced:", "notes/new/deep/dingo.txt"],
        ["removed:", "notes/new/deep/dingo.txt"],
        ["added:", "notes/old/deep/dingo.txt"],
        ["removed:", "notes/quoll.txt"],
        ["refused:", "notes/empty.txt:"],
    ]
    assert re.fullmatch(r"Watching [^\n]+\n", started.errors.read_text("utf-8"))
    assert set(documents_in(mirrored)) == {"numbat", "bilby", "dingo"} | ELSEWHERE


def test_a_file_that_is_being_written_is_taken_once_when_it_is_quiet(
    mirrored: Path, notes: Path, start_footnote: Start, documents_in: Rows
):
    started = start_footnote("sync", notes, "--watch", "--json", "--library", mirrored)
    started.wait_for_line(r"^Watching .* for changes")

    def write() -> None:
        with (notes / "dingo.txt").open("a", encoding="utf-8") as file:
            for number in range(25):
                file.write(f"Sentence {number} of the dingo.\n")
                file.flush()
                time.sleep(0.1)

    writer = threading.Thread(target=write)
    writer.start()
    writer.join()
    started.wait_for_line(r'"source": "notes/dingo.txt"')
    assert started.told(signal.SIGINT) == 0
    _, *changes = [json.loads(line) for line in started.output.read_text("utf-8").splitlines()]
    assert [(one["outcome"], one["id"]) for one in changes] == [("added", "dingo")]
    assert documents_in(mirrored)["dingo"].characters == (notes / "dingo.txt").stat().st_size


def test_without_remove_what_goes_while_it_is_watched_is_named_and_stays(
    mirrored: Path, notes: Path, start_footnote: Start, documents_in: Rows
):
    started = start_footnote("sync", notes, "--watch", "--library", mirrored)
    started.wait_for_line(r"^Watching .* for changes")
    (notes / "quoll.txt").unlink()
    started.wait_for_line("^vanished: notes/quoll.txt was document quoll$")
    assert started.told(signal.SIGTERM) == 0
    assert set(documents_in(mirrored)) == NOTES | ELSEWHERE


def test_a_folder_that_goes_away_while_it_is_watched_takes_nothing_with_it_and_is_followed_again_when_it_is_back(
    mirrored: Path, notes: Path, start_footnote: Start, documents_in: Rows
):
    started = start_footnote("sync", notes, "--watch", "--remove", "--library", mirrored)
    started.wait_for_line(r"^Watching .* for changes")
    away = notes.rename(notes.parent / "away")
    started.wait_for_line("notes was moved or its disk is gone: waiting for it")
    away.rename(notes)
    (notes / "dingo.txt").write_text("The dingo barks.\n", "utf-8")
    started.wait_for_line("^added: notes/dingo.txt is document dingo$")
    assert started.told(signal.SIGTERM) == 0
    assert watched(started) == ["added: notes/dingo.txt is document dingo"]
    assert set(documents_in(mirrored)) == NOTES | ELSEWHERE | {"dingo"}


def test_where_the_system_watches_no_more_files_it_looks_itself(mirrored: Path, notes: Path, start_footnote: Start):
    """The limit of inotify is set to nothing in a namespace of its own."""
    before = ["unshare", "--user", "--map-root-user", "sh", "-c", 'echo 0 > /proc/sys/user/max_inotify_watches && exec "$@"', "sh"]
    if not shutil.which("unshare") or subprocess.run([*before, "true"], capture_output=True, check=False).returncode:
        pytest.skip("this machine lets nobody make a namespace")
    started = start_footnote("sync", notes, "--watch", "--library", mirrored, before=before)
    started.wait_for_line("looking at the files every second instead")
    started.wait_for_line(r"^Watching .* for changes")
    (notes / "dingo.txt").write_text("The dingo barks.\n", "utf-8")
    started.wait_for_line("^added: notes/dingo.txt is document dingo$")
    assert started.told(signal.SIGTERM) == 0


def test_where_a_folder_inside_is_shut_the_rest_is_watched(
    mirrored: Path, notes: Path, start_footnote: Start, documents_in: Rows, without_the_rights_of_root: list[str]
):
    (notes / "inside").chmod(0)
    started = start_footnote("sync", notes, "--watch", "--remove", "--library", mirrored, before=without_the_rights_of_root)
    started.wait_for_line(r"^Watching .* for changes")
    (notes / "dingo.txt").write_text("The dingo barks.\n", "utf-8")
    started.wait_for_line("^added: notes/dingo.txt is document dingo$")
    (notes / "inside").chmod(0o700)
    assert started.told(signal.SIGTERM) == 0
    assert set(documents_in(mirrored)) == NOTES | ELSEWHERE | {"dingo"}


def test_a_link_to_another_folder_is_not_followed_while_it_is_watched(mirrored: Path, notes: Path, start_footnote: Start):
    beside = notes.parent / "beside"
    beside.mkdir()
    (notes / "link").symlink_to(beside)
    started = start_footnote("sync", notes, "--watch", "--library", mirrored)
    started.wait_for_line("link leads to another folder")
    started.wait_for_line(r"^Watching .* for changes")
    (beside / "secret.txt").write_text("The secret is 7.\n", "utf-8")
    (notes / "dingo.txt").write_text("The dingo barks.\n", "utf-8")
    started.wait_for_line("^added: notes/dingo.txt is document dingo$")
    assert started.told(signal.SIGTERM) == 0
    assert watched(started) == ["added: notes/dingo.txt is document dingo"]
