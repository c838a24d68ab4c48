"""A full disk: what cannot be stored is refused in one line, everything else goes on, and with room again so does adding."""

import os
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest

from index.documents import Document
from index.library import Library
from index.reading import read_document

Run = Callable[..., subprocess.CompletedProcess[str]]
ROOM = 2**20  # bytes of the disk
BADGER = "The badger digs 3 burrows in the valley.\n"
QUESTION = "How many burrows does the badger dig?"


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk with room for little."""
    place = tmp_path / "disk"
    place.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={ROOM}", "tmpfs", str(place)]
    mounted = subprocess.run(command, capture_output=True, text=True, check=False)
    if mounted.returncode:
        pytest.skip(f"a disk of its own takes the right to mount one (root): {mounted.stderr.strip()}")
    yield place
    subprocess.run(["umount", "--lazy", str(place)], check=True)


@pytest.fixture
def library(disk: Path, encoder_folder: Path, run_footnote: Run) -> Path:
    """A library on that disk, its encoder elsewhere, with one document."""
    home = disk / "library"
    home.mkdir()
    (home / encoder_folder.name).symlink_to(encoder_folder)
    badger = disk.parent / "badger.txt"
    badger.write_text(BADGER, "utf-8")
    assert run_footnote("add", badger, "--library", home).returncode == 0
    return home


def _fill(disk: Path, leave: int = 0) -> Path:
    """Fill the disk but for so many bytes with a file, which is given."""
    filler = disk / "filler"
    with filler.open("wb") as file:
        while (free := _free(disk) - leave) > 0:
            file.write(b"0" * min(free, 2**16))
            file.flush()
    return filler


def _free(disk: Path) -> int:
    found = os.statvfs(disk)
    return found.f_bavail * found.f_frsize


def _large(folder: Path, size: int = ROOM // 2) -> Path:
    """A file that takes room and next to no time: all but a sentence of it is a comment."""
    path = folder / "large.html"
    path.write_text(f"<title>Otters</title><!-- {'x' * size} --><p>The otter eats 12 fish a day.</p>", "utf-8")
    return path


def _check_whole(folder: Path, sources: list[str]) -> None:
    library = Library.open(folder)
    assert library.damage() == []
    with library.view() as view:
        assert [Path(row.source).name for row in view.documents()] == sources
    library.close()


@pytest.mark.parametrize(
    "left", [0, 4096, 65536, 262144] if os.environ.get("TORTURE") else [0, 262144], ids=lambda left: f"{left} bytes left"
)
def test_a_document_that_finds_no_room_is_refused_in_one_line_and_added_once_there_is(
    library: Path, disk: Path, tmp_path: Path, run_footnote: Run, left: int
):
    large, filler = _large(tmp_path), _fill(disk, left)
    refused = run_footnote("add", large, "--library", library)
    assert refused.returncode == 1, refused.stdout
    last = refused.stderr.splitlines()[-1]
    assert last.startswith("footnote: ")
    assert "full" in last
    assert "Make room" in last
    assert "Traceback" not in refused.stderr
    asked = run_footnote("ask", QUESTION, "--library", library)
    assert (asked.returncode, "3 burrows" in asked.stdout) == (0, True), asked.stderr
    _check_whole(library, ["badger.txt"])
    filler.unlink()
    _large(tmp_path, 20_000)
    added = run_footnote("add", large, "--library", library)
    assert (added.returncode, added.stdout) == (0, "1 added\n"), added.stderr
    _check_whole(library, ["badger.txt", "large.html"])


def test_documents_stay_where_there_is_room_for_them_and_not_for_what_searches_them(library: Path, disk: Path):
    """Saving the search structures fails, says so, and leaves nothing that is half there."""
    opened = Library.open(library)
    for number in range(4):
        opened.add(_document(number))
    filler = _fill(disk)
    with pytest.raises(OSError, match="No space left"):
        opened.publish()
    assert [path.name for path in (library / "segments").iterdir() if path.name.startswith(".")] == []
    assert opened.damage() == []
    filler.unlink()
    opened.publish()
    opened.close()
    _check_whole(library, ["badger.txt", *(f"notes-{number}.txt" for number in range(4))])


def _document(number: int) -> Document:
    return read_document(f"notes-{number}.txt", f"The heron of valley {number} eats {number} frogs.\n".encode())


def test_a_server_on_a_full_disk_goes_on_answering(library: Path, disk: Path, tmp_path: Path, start_server: Any, run_footnote: Run):
    server = start_server("--library", library)
    before = httpx2.post(f"{server.url}/ask", json={"question": QUESTION})
    filler = _fill(disk)
    assert run_footnote("add", _large(tmp_path), "--library", library).returncode == 1
    during = httpx2.post(f"{server.url}/ask", json={"question": QUESTION})
    assert (during.status_code, during.content) == (200, before.content)
    assert httpx2.get(f"{server.url}/ready").status_code == 200
    filler.unlink()
    assert run_footnote("add", _large(tmp_path, 0), "--library", library).returncode == 0
    after = httpx2.post(f"{server.url}/ask", json={"question": "How many fish does the otter eat a day?"})
    assert "12 fish" in after.json()["text"]
    server.process.terminate()
    server.process.wait(30)


def test_an_upload_for_which_the_library_has_no_room_is_told_so(library: Path, disk: Path, tmp_path: Path, start_server: Any):
    """There is room for the file as it was sent, and none to store it as a document."""
    server = start_server("--library", library)
    filler, large = _fill(disk, 450_000), _large(tmp_path, 300_000)
    refused = httpx2.post(f"{server.url}/documents", files={"file": large.read_bytes()}, timeout=60)
    (problem,) = [file["problem"] for file in refused.json()["files"]]
    assert (refused.status_code, problem["status"], problem["code"]) == (422, 507, "storage_full")
    _check_whole(library, ["badger.txt"])
    filler.unlink()
    added = httpx2.post(f"{server.url}/documents", files={"file": _large(tmp_path, 0).read_bytes()}, timeout=60)
    assert (added.status_code, [file["outcome"] for file in added.json()["files"]]) == (201, ["added"])
    server.process.terminate()
    server.process.wait(30)
