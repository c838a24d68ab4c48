"""A library that can only be read: on read-only media, or another person's. It is asked as ever, and not changed."""

import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx2
import pytest

from index.library import DATABASE, Library
from index.reading import read_document

Run = Callable[..., subprocess.CompletedProcess[str]]
QUESTION = "How many burrows does the badger dig?"
ROOT = Path(__file__).parents[1]


def _notes(number: int) -> Any:
    return read_document(f"notes-{number}.txt", f"The badger digs {number} burrows in the valley.\n".encode())


@pytest.fixture
def writable(tmp_path: Path, encoder_folder: Path) -> Path:
    """A library of one document, with what searches it."""
    home = tmp_path / "own"
    shutil.copytree(encoder_folder, home / encoder_folder.name)
    library = Library.create(home)
    library.add(_notes(3))
    library.publish()
    library.close()
    return home


@contextmanager
def _read_only(folder: Path) -> Iterator[Path]:
    place = folder.with_name("media")
    place.mkdir()
    done = subprocess.run(["mount", "--bind", str(folder), str(place)], capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.skip(f"a read-only folder takes the right to mount one (root): {done.stderr.strip()}")
    try:
        subprocess.run(["mount", "-o", "remount,bind,ro", str(place)], check=True)
        yield place
    finally:
        subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def library(writable: Path) -> Iterator[Path]:
    """The same library where nothing can be written."""
    with _read_only(writable) as place:
        yield place


def _files(folder: Path) -> dict[str, int]:
    return {str(path.relative_to(folder)): path.stat().st_mtime_ns for path in folder.rglob("*")}


def test_it_is_asked_and_looked_at_as_if_it_were_not(library: Path, writable: Path, run_footnote: Run):
    before = _files(writable)
    asked, looked = (run_footnote(*arguments, "--library", library) for arguments in (["ask", QUESTION, "--json"], ["doctor", "--deep"]))
    assert (asked.returncode, asked.stderr, looked.returncode) == (0, "", 0)
    assert _files(writable) == before
    assert asked.stdout == run_footnote("ask", QUESTION, "--json", "--library", writable).stdout
    assert "3 burrows" in asked.stdout


@pytest.mark.parametrize("arguments", [["add", "new.txt"], ["remove", "notes-3"], ["doctor", "--mend"]], ids=lambda one: one[0])
def test_a_change_of_it_is_refused_in_one_line(library: Path, tmp_path: Path, run_footnote: Run, arguments: list[str]):
    (tmp_path / "new.txt").write_text("The otter eats 5 fish.\n", "utf-8")
    done = run_footnote(*arguments, "--library", library, cwd=tmp_path)
    assert done.returncode == 1
    last = done.stderr.splitlines()[-1]
    assert last == f"footnote: {library / DATABASE} can only be read here, so nothing was changed. Use a folder that you may write to."


def test_it_is_served(library: Path, start_server: Any):
    server = start_server("--library", library)
    answer = httpx2.post(f"{server.url}/ask", json={"question": QUESTION})
    assert (answer.status_code, "3 burrows" in answer.json()["text"]) == (200, True)
    server.process.terminate()
    server.process.wait(30)


def test_what_another_process_writes_beneath_it_is_seen_and_never_half(library: Path, writable: Path):
    """Where it can be written is another folder for the system; both are the same file, which is added to and left in turn."""
    reader = Library.open(library)
    for number in range(4, 10):
        writer = Library.open(writable)
        writer.add(_notes(number))
        _check_sees(reader, range(3, number + 1))
        writer.close()
        _check_sees(reader, range(3, number + 1))
    assert reader.damage() == []
    reader.close()


def _check_sees(reader: Library, numbers: range) -> None:
    with reader.view() as view:
        assert {row.id for row in view.documents()} == {f"notes-{number}" for number in numbers}
        assert view.passages == len(numbers)
        assert all(view.text(hit.document.id)[hit.row.start : hit.row.end] == hit.text for hit in view.search("badger burrows", 50))


AS_ANOTHER = """
import os, sys
from pathlib import Path
from index.library import Library

def found(library):
    with library.view() as view:
        return [hit.text for hit in view.search("How many burrows?", 5)]

found(Library.open(Path(sys.argv[1])))  # loads all that it takes, which another person need not be allowed to read
os.setgroups([]), os.setgid(65534), os.setuid(65534)
library = Library.open(Path(sys.argv[2]))
print(*found(library))
try:
    library.remove("notes-3")
except Exception as error:
    print(type(error).__name__, error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="to be another user takes root")
def test_a_person_who_may_read_and_not_write_it_can_ask(writable: Path):
    """Nothing in its folder is for its owner's eyes alone where the rest is not."""
    with tempfile.TemporaryDirectory() as home:  # the folders of these tests are closed to others
        Path(home).chmod(0o755)
        there = Path(home) / "library"
        shutil.copytree(writable, there)
        done = subprocess.run([sys.executable, "-c", AS_ANOTHER, writable, there], capture_output=True, text=True, cwd=ROOT, check=False)
        assert done.returncode == 0, done.stderr
        found, refused = done.stdout.splitlines()
        assert found == "The badger digs 3 burrows in the valley."
        assert refused.startswith(f"LibraryError {there / DATABASE} can only be read here")
        assert all(path.stat().st_mode & 0o444 == 0o444 for path in there.rglob("*"))


@pytest.mark.parametrize("shared", [True, False], ids=["with the files it was shared by", "without them"])
def test_one_that_a_killed_process_left_is_read_whole_or_not_at_all(ordeal: Any, run_footnote: Run, shared: bool):
    """What was acknowledged last may be in SQLite's log alone, which cannot always be read where nothing can be written."""
    ordeal.begin(3)
    assert ordeal.run(3, ["COMMIT"], ("COMMIT", "return", 1)).killed
    ordeal.tally["kills at named steps"] += 1
    log, index = (ordeal.folder / f"{DATABASE}-{name}" for name in ("wal", "shm"))
    assert log.stat().st_size > 0
    if not shared:
        index.unlink()
    with _read_only(ordeal.folder) as place:
        done = run_footnote("list", "--library", place)
    if done.returncode:
        (line,) = done.stderr.splitlines()
        assert "was not closed by who wrote to it last" in line
    else:
        assert [line.split("\t")[0] for line in done.stdout.splitlines()] == ["four", "one", "two"]
    assert done.returncode == 0 or not shared
    assert ordeal.check(3) == 4
