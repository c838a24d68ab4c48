"""Two processes that add to one library at the same time: both complete, and everything is there once."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from index.library import Library

TORTURE = bool(os.environ.get("TORTURE"))
DOCUMENTS = 120 if TORTURE else 15
ANIMALS = "badger heron otter lynx marten adder osprey".split()


def _text(number: int) -> str:
    animal = ANIMALS[number % len(ANIMALS)]
    return f"The {animal} of valley {number} was seen on {number + 1} mornings. It ate {number + 3} fish a day.\n"


def _write(folder: Path, numbers: range) -> Path:
    folder.mkdir()
    for number in numbers:
        (folder / f"notes-{number}.txt").write_text(_text(number), "utf-8")
    return folder


def _add(library: Path, folder: Path) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "api", "add", "--library", str(library), str(folder)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


@pytest.mark.parametrize(
    ("first", "second"),
    [
        pytest.param(range(DOCUMENTS), range(DOCUMENTS, 2 * DOCUMENTS), id="different folders"),
        pytest.param(range(DOCUMENTS), range(DOCUMENTS), id="folders of the same texts"),
        pytest.param(range(DOCUMENTS), None, id="the same folder"),
    ],
)
@pytest.mark.timeout(900)
def test_both_complete_and_everything_is_there_once(tmp_path: Path, folder: Path, first: range, second: range | None):
    """The library itself they make, too. Of a text that both bring, each in a file of its own, one file is a duplicate."""
    one = _write(tmp_path / "one", first)
    other = one if second is None else _write(tmp_path / "other", second)
    running = [_add(folder, place) for place in (one, other)]
    for process in running:
        output, errors = process.communicate(timeout=240)
        assert (process.returncode, "refused: " in errors, "locked" in errors) == (0, False, False), errors
        assert "refused" not in output
    sources = {path.resolve().relative_to(tmp_path.resolve()).as_posix() for place in (one, other) for path in place.iterdir()}
    library = Library.open(folder)
    try:
        assert library.damage() == []
        with library.view() as view:
            found = [row.source for row in view.documents()]
            assert set(found) <= sources
            assert view.passages == len(found) == len(set(found))
            assert sorted(view.text(row.id) for row in view.documents()) == sorted(
                {(tmp_path / source).read_text("utf-8") for source in sources}
            )
    finally:
        library.close()
    again = _add(folder, one)
    assert sum(map(int, re.findall(r"(\d+) (?:unchanged|duplicates?)", again.communicate(timeout=240)[0].splitlines()[-1]))) == DOCUMENTS
