"""Flipped bits: whatever of a library they hit, doctor names it, and no answer cites what does not fit its hash."""

import contextlib
import json
import os
import random
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import apsw
import pytest
from starlette.testclient import TestClient

from index.errors import IndexingError
from index.library import DATABASE, Library
from index.reading import read_document
from qa.calibration import Calibration, read_calibration
from qa.errors import InvalidCalibration

Run = Callable[..., subprocess.CompletedProcess[str]]
FLIPS = 200 if os.environ.get("TORTURE") else 3  # in each table
TABLES = "settings documents passages abbreviations files fields versions".split()
TEXTS = {
    "badger.txt": "The chimeric antigen receptor (CAR) binds the badger. It digs 3 burrows in the valley.\n",
    "otter.md": "# Otters\n\nThe otter eats 12 fish a day, i.e. more than any other.\n\n## Sleep\n\nIt sleeps in a holt.\n",
    "heron.txt": "The heron of the valley was seen on 9 mornings. " * 30 + "\n",
}
QUESTIONS = [
    "How many burrows does the badger dig?",
    "How many fish does the otter eat a day?",
    "What does CAR bind?",
    "Where does it sleep?",
]


@pytest.fixture(scope="module")
def sound(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library without damage; its encoder lies elsewhere. Copy it."""
    home = tmp_path_factory.mktemp("sound") / "library"
    home.mkdir()
    (home / encoder_folder.name).symlink_to(encoder_folder)
    library = Library.create(home)
    for source, text in [("heron.txt", "The heron of the hill was not seen.\n"), *TEXTS.items()]:  # of the first there are two versions
        library.add(read_document(source, text.encode()))
    library.publish()
    library.close()
    return home


@pytest.fixture
def copy(sound: Path, tmp_path: Path) -> Path:
    return shutil.copytree(sound, tmp_path / "library", symlinks=True)


def _pages(path: Path, table: str) -> list[int]:
    """Where in the file the pages of a table and of its indexes begin."""
    connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)
    query = "SELECT pageno FROM dbstat WHERE name IN (SELECT name FROM sqlite_master WHERE tbl_name = ?)"
    ((size,),) = connection.execute("PRAGMA page_size")
    pages = [(number - 1) * size for (number,) in connection.execute(query, (table,))]
    connection.close()
    return pages


def _flip(path: Path, place: int, bit: int) -> None:
    with path.open("r+b") as file:
        file.seek(place)
        byte = file.read(1)[0]
        file.seek(place)
        file.write(bytes([byte ^ (1 << bit)]))


def _flips(path: Path, table: str) -> Iterator[tuple[int, int]]:
    """A place in the file and a bit of it, drawn from the pages of a table."""
    chance = random.Random(table)
    pages = _pages(path, table)
    for _ in range(FLIPS):
        yield chance.choice(pages) + chance.randrange(4096), chance.randrange(8)


def _content(path: Path) -> list[Any]:
    """Every value of every table of a library."""
    connection = apsw.Connection(str(path), apsw.SQLITE_OPEN_READONLY)
    rows = [list(connection.execute(f"SELECT * FROM {table} ORDER BY 1, 2")) for table in TABLES]
    connection.close()
    return rows


def _damage(folder: Path) -> list[str]:
    """What is found wrong when a library is opened and looked at."""
    library = Library.open(folder)
    try:
        return library.damage(deep=True)
    finally:
        library.close()


def _check_answers(library: Library, client: TestClient) -> int:
    """Ask and read everything; each time it is given as it was added, or refused as damaged. How often it was refused."""
    paths = ["/documents", *chain.from_iterable((f"/documents/{id}", f"/documents/{id}/text", f"/documents/{id}/file") for id in _ids())]
    refused = 0
    for path in paths:
        response = client.get(path)
        assert response.status_code in (200, 404, 503), f"{path}: {response.text}"
        refused += response.status_code == 503
        if response.status_code == 200 and path.endswith(("/text", "/file")):
            assert response.text in TEXTS.values()
    for question in QUESTIONS:
        response = client.post("/ask", json={"question": question})
        assert response.status_code in (200, 503), response.text
        refused += response.status_code == 503 or bool(response.json()["notes"])
        for citation in response.json().get("citations", []):
            text = TEXTS[citation["document"]["source"]]
            assert text[citation["start"] : citation["end"]] == citation["quote"]
    return refused


def _ids() -> list[str]:
    return [Path(source).stem for source in TEXTS]


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("saved", [True, False], ids=["with saved segments", "without"])
@pytest.mark.parametrize("table", TABLES)
def test_a_flipped_bit_in_the_database_is_named_or_changes_nothing(
    sound: Path, copy: Path, client_of: Callable[..., TestClient], table: str, saved: bool
):
    """Where nothing is named, every value is as it was: the bit was one that nothing uses. Nothing that is damaged is cited."""
    path, whole, before = copy / DATABASE, (sound / DATABASE).read_bytes(), _content(sound / DATABASE)
    named = 0
    for place, bit in _flips(path, table):
        path.write_bytes(whole)
        _flip(path, place, bit)
        if not saved:
            shutil.rmtree(copy / "segments", ignore_errors=True)
        try:
            library = Library.open(copy)
        except IndexingError:
            named += 1
            continue
        found, refused = library.damage(deep=True), _check_answers(library, client_of(library))
        library.close()
        named += bool(found)
        assert found or (_content(path) == before and not refused), f"bit {bit} of byte {place}"
    assert named or FLIPS < 100


@pytest.mark.parametrize("name", ["vectors.faiss", "postings.npz", "numbers.npy", "segment.json", "segments.json"])
def test_a_flipped_bit_in_what_searches_is_named_and_answers_are_as_before(copy: Path, name: str):
    """It is checked before FAISS or numpy read it, and made anew when the library is next published."""
    before = _found(copy)
    (path,) = (copy / "segments").rglob(name)
    whole, chance = path.read_bytes(), random.Random(name)
    for _ in range(max(FLIPS // 4, 3)):
        path.write_bytes(whole)
        _flip(path, chance.randrange(len(whole)), chance.randrange(8))
        assert _damage(copy) != [], name
        assert _found(copy) == before
    library = Library.open(copy)
    library.add(read_document("new.txt", b"The lynx sleeps.\n"))
    library.publish()
    library.close()
    assert _damage(copy) == []


def _found(folder: Path) -> list[tuple[int, float]]:
    library = Library.open(folder)
    with library.view() as view:
        found = [(hit.number, hit.score) for question in QUESTIONS for hit in view.search(question, 10)]
    library.close()
    return found


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "projection.npy", "encoder.json"])
def test_a_flipped_bit_in_the_encoder_is_refused_before_it_is_used(encoder_folder: Path, sound: Path, copy: Path, name: str):
    """Of its manifest what is said of measurements and names alone may change: no vector depends on it."""
    place = copy / encoder_folder.name
    place.unlink()
    place.mkdir()
    for path in encoder_folder.iterdir():
        (place / path.name).symlink_to(path)
    before, chance = _found(sound), random.Random(name)
    whole = (encoder_folder / name).read_bytes()
    for _ in range(max(FLIPS // 10, 2)):
        (place / name).unlink()
        (place / name).write_bytes(whole)
        _flip(place / name, chance.randrange(len(whole)), chance.randrange(8))
        with contextlib.suppress(IndexingError):
            assert (name, _found(copy)) == ("encoder.json", before)


def test_a_flipped_bit_in_the_calibration_is_refused(tmp_path: Path):
    path = tmp_path / "calibration.json"
    Calibration("trained", (1.25, 0.5, 0.0, 2.0), -3.5, 0.41, 0.05, 0.2, 120, "0" * 64).save(path)
    saved, whole = read_calibration(path), path.read_bytes()
    for place in range(len(whole)):
        path.write_bytes(whole)
        _flip(path, place, place % 8)
        with contextlib.suppress(InvalidCalibration):
            assert read_calibration(path) == saved


def test_doctor_and_the_server_say_that_a_calibration_is_damaged(copy: Path, run_footnote: Run):
    Calibration("trained", (1.25, 0.5, 0.0, 2.0), -3.5, 0.41, 0.05, 0.2, 120, "0" * 64).save(copy / "calibration.json")
    content = (copy / "calibration.json").read_text("utf-8")
    (copy / "calibration.json").write_text(content.replace("0.41", "0.01"), "utf-8")
    for arguments in (["doctor"], ["serve", "--port", "0"]):
        done = run_footnote(*arguments, "--library", copy)
        assert done.returncode == 1, arguments
        assert "calibration.json is no calibration" in done.stdout + done.stderr


@pytest.mark.parametrize("table", ["documents", "passages", "files", "abbreviations"])
def test_doctor_counts_without_deep_and_names_the_document_with_it(copy: Path, run_footnote: Run, table: str):
    changes = {
        "documents": "UPDATE documents SET text = replace(text, '3 burrows', '9 burrows') WHERE id = 'badger'",
        "passages": "UPDATE passages SET vector = zeroblob(768) WHERE document = 'badger'",
        "files": "UPDATE files SET content = CAST('changed' AS BLOB) WHERE document = 'badger'",
        "abbreviations": "UPDATE abbreviations SET long = 'chimeric antigen reception' WHERE document = 'badger'",
    }
    connection = apsw.Connection(str(copy / DATABASE))
    connection.execute(changes[table]).fetchall()
    connection.close()
    library = Library.open(copy)
    assert library.damage(deep=False) == []
    library.close()
    deep = run_footnote("doctor", "--deep", "--json", "--library", copy)
    assert deep.returncode == 1
    (bad,) = [finding for finding in json.loads(deep.stdout) if not finding["good"]]
    assert "of document badger" in bad["what"] or "document badger does not fit" in bad["what"]
    assert "footnote" in bad["mend"]


def test_a_server_refuses_what_is_damaged_says_so_and_reads_what_is_whole(copy: Path, client_of: Callable[..., TestClient], problem: Any):
    connection = apsw.Connection(str(copy / DATABASE))
    connection.execute("UPDATE documents SET text = replace(text, '3 burrows', '9 burrows') WHERE id = 'badger'").fetchall()
    connection.close()
    library = Library.open(copy)
    client = client_of(library)
    problem(client.post("/ask", json={"question": QUESTIONS[0], "documents": ["badger"]}), 503, "library_damaged")
    problem(client.get("/documents/badger/text"), 503, "library_damaged")
    assert client.get("/documents/otter/text").text == TEXTS["otter.md"]
    answer = client.post("/ask", json={"question": QUESTIONS[1]}).json()
    assert "12 fish" in answer["text"]
    assert answer["notes"] == ["1 passage that was found is damaged and was left out; `footnote doctor --deep` names what is."]
    assert "badger" not in {citation["document"]["id"] for citation in answer["citations"]}
    found = client.get("/search", params={"q": QUESTIONS[0]}).json()
    assert "badger" not in {passage["document"]["id"] for passage in found["passages"]}
    assert found["notes"] == answer["notes"]
    others = client.post("/ask", json={"question": QUESTIONS[1], "documents": ["otter"]}).json()
    assert others["notes"] == []
    assert others["id"] != answer["id"]
    assert client.get("/ready").status_code == 200
    library.close()
