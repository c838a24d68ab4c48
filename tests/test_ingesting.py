"""Ingestion: files in, in order, whatever is read ahead of the one that is stored."""

import hashlib
import os
import random
import time
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import pytest

from api.ingesting import BYTES_AHEAD, FILES_AHEAD, Outcome, ingest
from api.sources import SourceFile
from index.documents import LARGEST_FILE
from index.encoder import Encoder
from index.library import Library
from index.parsing import WORKER
from index.reading import read_document

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]
Write = Callable[..., SourceFile]

HANGING = 60  # seconds after which processes that should end are held to hang


@pytest.fixture
def library(make_library: MakeLibrary, by_hand_encoder: ByHand) -> Library:
    return make_library({}, by_hand_encoder("cat dog fish bird"))


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """Writes a file and gives it as a source; every call writes another file, which may be of the same source."""
    count = iter(range(10_000))

    def written(source: str, content: str | bytes, **more: object) -> SourceFile:
        path = tmp_path / f"{next(count)}"
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return SourceFile(path, source, **more)  # type: ignore[arg-type]

    return written


def told(outcomes: Iterable[Outcome]) -> list[tuple[str, str, str | None]]:
    return [(outcome.source, outcome.outcome, outcome.id) for outcome in outcomes]


def held(library: Library) -> dict[str, tuple[str, str]]:
    """Source and text of each document, by id."""
    with library.view() as view:
        return {row.id: (row.source, view.text(row.id)) for row in view.documents()}


def state(library: Library) -> str:
    with library.view() as view:
        return view.sha256


def readers() -> set[int]:
    """The processes that read files for this one and have not ended."""
    found = set()
    for folder in Path("/proc").iterdir():
        try:
            command, status = (folder / "cmdline").read_bytes(), (folder / "stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        if WORKER[-1].encode() in command.split(b"\0") and int(status[1]) == os.getpid() and status[0] != "Z":
            found.add(int(folder.name))
    return found


def wait_for_the_end_of(processes: Callable[[], set[int]]) -> set[int]:
    """Those of the processes that have not ended in time."""
    given_up = time.monotonic() + HANGING
    while (left := processes()) and time.monotonic() < given_up:
        time.sleep(0.05)
    return left


# Outcomes


def test_outcomes_are_told_in_the_order_of_the_files_and_refused_files_change_nothing(
    library: Library, make_library: MakeLibrary, by_hand_encoder: ByHand, write: Write, tmp_path: Path
):
    (tmp_path / "folder").mkdir()
    files = [
        write("a.txt", "A cat sat."),
        write("binary.txt", b"\x7fELF\x00\x01\x02"),
        write("b.md", "# Dogs\n\nA dog ran."),
        SourceFile(tmp_path / "missing", "missing.txt"),
        write("empty.txt", ""),
        SourceFile(tmp_path / "folder", "folder"),
        write("c.html", "<title>Fish</title><p>A fish swam."),
        write("half-\udc80.txt", "A bird."),
    ]
    outcomes = list(ingest(library, files))
    assert told(outcomes) == [
        ("a.txt", "added", "a"), ("binary.txt", "refused", None), ("b.md", "added", "b"), ("missing.txt", "refused", None),
        ("empty.txt", "refused", None), ("folder", "refused", None), ("c.html", "added", "c"), ("half-\udc80.txt", "refused", None),
    ]  # fmt: skip
    assert [bool(outcome.reason) for outcome in outcomes] == [outcome.outcome == "refused" for outcome in outcomes]
    good = make_library({}, by_hand_encoder("cat dog fish bird"))
    list(ingest(good, [files[0], files[2], files[6]]))
    assert state(library) == state(good)
    assert library.damage() == []
    assert readers() == set()


def test_files_that_are_there_are_told_so_and_change_nothing(library: Library, write: Write):
    files = [write("a.txt", "A cat sat."), write("b.txt", "A dog ran.")]
    list(ingest(library, files))
    with library.view() as view:
        generation = view.generation
    assert told(ingest(library, [*files, write("c.txt", "A cat sat.")])) == [
        ("a.txt", "unchanged", "a"),
        ("b.txt", "unchanged", "b"),
        ("c.txt", "duplicate", "a"),
    ]
    with library.view() as view:
        assert view.generation == generation


@pytest.mark.parametrize("between", [0, 1, FILES_AHEAD, FILES_AHEAD + 3])
def test_a_file_twice_in_one_run_is_stored_once_however_far_apart(library: Library, write: Write, between: int):
    others = [write(f"other-{i}.txt", f"Bird {i}.") for i in range(between)]
    found = told(ingest(library, [write("a.txt", "A cat sat."), *others, write("b.txt", "A cat sat."), write("a.txt", "A cat sat.")]))
    assert found[0] == ("a.txt", "added", "a")
    assert found[-2:] == [("b.txt", "duplicate", "a"), ("a.txt", "unchanged", "a")]
    assert len(held(library)) == between + 1


def test_a_file_that_becomes_equal_to_another_is_replaced_and_not_dropped(library: Library, write: Write):
    list(ingest(library, [write("a.txt", "A cat."), write("b.txt", "A dog.")]))
    again = [write("a.txt", "A cat."), write("b.txt", "A cat.")]
    assert told(ingest(library, again)) == [("a.txt", "unchanged", "a"), ("b.txt", "replaced", "b")]
    assert held(library) == {"a": ("a.txt", "A cat."), "b": ("b.txt", "A cat.")}
    assert told(ingest(library, again)) == [("a.txt", "unchanged", "a"), ("b.txt", "unchanged", "b")]


def test_two_files_that_change_places_are_both_replaced(library: Library, write: Write):
    list(ingest(library, [write("a.txt", "A cat."), write("b.txt", "A dog.")]))
    assert told(ingest(library, [write("a.txt", "A dog."), write("b.txt", "A cat.")])) == [
        ("a.txt", "replaced", "a"),
        ("b.txt", "replaced", "b"),
    ]
    assert held(library) == {"a": ("a.txt", "A dog."), "b": ("b.txt", "A cat.")}


def test_a_file_that_moved_while_another_took_its_name_is_not_dropped(library: Library, write: Write):
    """When it is read ahead, the library still holds it under its old name; when its turn comes, no more."""
    list(ingest(library, [write("a.txt", "A cat.")]))

    def files() -> Iterator[SourceFile]:
        yield write("a.txt", "A dog.")
        yield write("moved.txt", "A cat.")
        time.sleep(0.5)  # so that both are read before the first is stored

    assert told(ingest(library, files())) == [("a.txt", "replaced", "a"), ("moved.txt", "added", "moved")]
    assert held(library) == {"a": ("a.txt", "A dog."), "moved": ("moved.txt", "A cat.")}


@pytest.mark.parametrize("seed", range(4))
def test_what_becomes_of_files_does_not_depend_on_how_far_it_reads_ahead(
    library: Library, make_library: MakeLibrary, by_hand_encoder: ByHand, write: Write, seed: int
):
    """The same as if each were added alone: outcomes, ids and what is held. Names meet, files change, are repeated and refused."""
    chance = random.Random(seed)
    sources = ["a.txt", "x/a.txt", "y/a.txt", "b.txt", "B.txt", "c d.txt"]
    files = [write(chance.choice(sources), chance.choice(["A cat.", "A dog.", "A fish.", "***"])) for _ in range(3 * FILES_AHEAD)]
    alone = make_library({}, by_hand_encoder("cat dog fish bird"))
    wanted = [_added_alone(alone, file) for file in files]
    assert told(ingest(library, files)) == wanted
    assert held(library) == held(alone)
    assert state(library) == state(alone)
    assert library.damage() == []


def _added_alone(library: Library, file: SourceFile) -> tuple[str, str, str | None]:
    content = file.content()
    if content == b"***":
        return file.source, "refused", None
    stored = library.held(file.source, hashlib.sha256(content).hexdigest()) or library.add(read_document(file.source, content))
    return file.source, stored.outcome, stored.id


def test_metadata_and_ids_that_are_said_of_files_are_held_to(library: Library, write: Write):
    files = [
        write("a.txt", "A cat.", metadata={"year": 2020}),
        write("upload.txt", "A dog.", id="a"),
        write("upload.txt", "A bird.", id="nowhere"),
        write("upload.txt", "A fish.", metadata={"year": 2021}),
    ]
    list(ingest(library, files[:1]))
    outcomes = list(ingest(library, files))
    assert told(outcomes) == [
        ("a.txt", "unchanged", "a"),
        ("upload.txt", "replaced", "a"),
        ("upload.txt", "refused", None),
        ("upload.txt", "added", "upload"),
    ]
    assert outcomes[2].reason == "There is no document of that id. `footnote list` names those there are."
    assert held(library) == {"a": ("a.txt", "A dog."), "upload": ("upload.txt", "A fish.")}
    with library.view() as view:
        assert [row.metadata for row in view.documents()] == [{"year": 2020}, {"year": 2021}]


def test_a_document_removed_while_its_new_version_is_read_is_not_stored_again(library: Library, write: Write):
    list(ingest(library, [write("a.txt", "A cat."), write("b.txt", "A dog.")]))
    outcomes = ingest(library, [write("c.txt", "A bird."), write("upload.txt", "A fish.", id="a")])
    next(outcomes)
    library.remove("a")
    assert told(outcomes) == [("upload.txt", "refused", None)]
    assert sorted(held(library)) == ["b", "c"]


# Size


def test_files_larger_than_what_is_read_ahead_stop_nobody(library: Library, write: Write, tmp_path: Path):
    def large(name: str, size: int) -> SourceFile:
        path = tmp_path / name
        with path.open("wb") as file:
            file.truncate(size)  # takes no room on the disk
        return SourceFile(path, name)

    half, over = BYTES_AHEAD // 2 + 1, max(BYTES_AHEAD, LARGEST_FILE) + 1
    files = [
        large("over.txt", over), write("a.txt", "A cat."), large("half.txt", half), large("other.txt", half), write("b.txt", "A dog."),
        large("last.txt", over),
    ]  # fmt: skip
    outcomes = list(ingest(library, files))
    assert [outcome.outcome for outcome in outcomes] == ["refused", "added", "refused", "refused", "added", "refused"]
    assert f"{over} bytes is over the limit of {LARGEST_FILE}" in outcomes[0].reason
    assert sorted(held(library)) == ["a", "b"]


def test_a_large_file_alone_is_read(library: Library, write: Write):
    """A document of a few words whose file, for the rest a comment, is as large as a file may be and as all that is read ahead."""
    begin, end = b"<title>Cats</title><p>A cat sat.</p><!--", b"-->"
    page = begin + b"x" * (LARGEST_FILE - len(begin) - len(end)) + end
    assert len(page) >= BYTES_AHEAD
    assert told(ingest(library, [write("large.html", page), write("b.txt", "A dog.")])) == [
        ("large.html", "added", "large"),
        ("b.txt", "added", "b"),
    ]
    assert held(library)["large"] == ("large.html", "A cat sat.")


def test_no_files_make_no_process_and_no_change(library: Library):
    before = state(library)
    assert list(ingest(library, [])) == []
    assert (state(library), readers()) == (before, set())
    assert not (library.folder / "segments").exists()


# Ending early


@pytest.mark.parametrize("taken", [0, 1, 3])
def test_one_who_stops_early_leaves_no_process_and_the_library_whole(
    library: Library, make_library: MakeLibrary, by_hand_encoder: ByHand, write: Write, taken: int
):
    files = [write(f"{i:02}.txt", f"A cat, a dog and bird {i}.") for i in range(3 * FILES_AHEAD)]
    outcomes = ingest(library, files)
    for i in range(taken):
        assert told([next(outcomes)]) == [(f"{i:02}.txt", "added", f"{i:02}")]
    outcomes.close()  # type: ignore[attr-defined]
    assert wait_for_the_end_of(readers) == set()
    assert sorted(held(library)) == [f"{i:02}" for i in range(taken)]
    assert library.damage() == []
    with library.view() as view:
        assert len(view.search("cat", 50)) == view.passages == taken
    assert [outcome for _, outcome, _ in told(ingest(library, files))] == ["unchanged"] * taken + ["added"] * (len(files) - taken)
    assert wait_for_the_end_of(readers) == set()


def test_files_that_end_in_an_error_leave_no_process_and_what_was_told_is_there(library: Library, write: Write):
    def files() -> Iterator[SourceFile]:
        for i in range(FILES_AHEAD + 2):
            yield write(f"{i:02}.txt", f"A cat {i}.")
        raise PermissionError("the folder cannot be read any more")

    outcomes = ingest(library, files())
    told_of = [next(outcomes).id, next(outcomes).id]
    with pytest.raises(PermissionError):
        next(outcomes)
    assert wait_for_the_end_of(readers) == set()
    assert (sorted(held(library)), library.damage()) == (told_of, [])


def test_what_is_told_is_searched_at_once_and_saved_at_the_end(library: Library, write: Write, by_hand_encoder: ByHand):
    outcomes = ingest(library, [write("a.txt", "A cat."), write("b.txt", "A dog.")])
    next(outcomes)
    with library.view() as view:
        assert [hit.document.id for hit in view.search("cat", 9)] == ["a"]
    list(outcomes)
    again = Library(library.folder, library._database, by_hand_encoder("cat dog fish bird"))
    with again.view() as view:
        assert {hit.document.id for hit in view.search("cat dog", 9)} == {"a", "b"}
    again.close()
