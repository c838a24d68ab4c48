"""Merging in the background, picking up what other processes saved, and how much work both are: with real libraries and threads."""

import math
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from index.database import Database
from index.encoder import Encoder
from index.keeper import Keeper
from index.library import DATABASE, Library
from index.merging import due
from index.passages import CHUNKING
from index.reading import read_document
from index.segments import Segment
from index.snapshot import Candidate, Snapshot

WORDS = "ash beech cedar elm fir larch maple oak pine willow".split()
PATIENCE = 60  # seconds after which a thread that a test waits for is given up


class Wood:
    """A library of small documents about trees, each with words and a number of its own, and the keeper of its snapshots."""

    def __init__(self, folder: Path, encoder: Encoder) -> None:
        settings = {"encoder": encoder.fingerprint, "encoder_folder": "by-hand", "chunking": CHUNKING}
        folder.mkdir(exist_ok=True)
        self.library = Library(folder, Database.create(folder / DATABASE, settings), encoder)
        self.database = Database.open(folder / DATABASE)
        self.keeper = Keeper(folder)
        self.count = 0

    def grow(self, documents: int = 1, sections: int = 1) -> None:
        """Add documents, each of as many passages as it has sections."""
        for _ in range(documents):
            self.count += 1
            words = [WORDS[self.count % len(WORDS)], WORDS[self.count * 7 % 11 % len(WORDS)], f"tree{self.count}"]
            text = "\n\n".join(f"# Part {part}\n\nOf {' and '.join(words)} {part}." for part in range(sections))
            self.library.add(read_document(f"tree{self.count}.md", text.encode()))

    def snapshot(self, keeper: Keeper | None = None) -> Snapshot:
        """As a question gets it."""
        with self.database.reading() as transaction:
            return (keeper or self.keeper).current(transaction)

    def built_at_once(self) -> Snapshot:
        with self.database.reading() as transaction:
            return Snapshot.of(transaction, ())

    def publish(self, keeper: Keeper | None = None) -> None:
        with self.database.reading() as transaction:
            (keeper or self.keeper).current(transaction)
            (keeper or self.keeper).publish(transaction.setting("lineage"))

    def close(self) -> None:
        self.keeper.close()
        self.library.close()
        self.database.close()


@pytest.fixture
def wood(tmp_path: Path, by_hand_encoder: Callable[[str], Encoder]) -> Iterator[Wood]:
    made = Wood(tmp_path / "library", by_hand_encoder(" ".join(WORDS)))
    yield made
    made.close()


def _found(snapshot: Snapshot) -> list[list[Candidate]]:
    """Everything about a few questions: numbers, order and scores to the last bit."""
    vectors = np.eye(len(WORDS), dtype=np.float32)
    return [snapshot.search(vectors[i], [WORDS[i], WORDS[i - 3], f"tree{i}"]) for i in range(len(WORDS))]


def _threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "merge"]


def test_a_question_gets_the_passages_that_are_new_in_a_segment_of_their_own_however_many_there_are(wood: Wood):
    for number in range(40):
        wood.grow(sections=1 + number % 3)
        snapshot = wood.snapshot()
        assert len(snapshot.segments[-1]) == 1 + number % 3


def test_once_it_has_settled_there_are_few_segments_each_more_than_twice_as_large_as_the_next(wood: Wood):
    for _ in range(150):
        wood.grow()
        wood.snapshot()
    wood.keeper.settle()
    lengths = [len(segment) for segment in wood.snapshot().segments]
    assert sum(lengths) == 150
    assert all(before > 2 * after for before, after in pairwise(lengths))
    assert len(lengths) <= 1 + math.log2(150)


def test_before_during_and_after_a_merge_the_same_is_found_to_the_last_bit(wood: Wood):
    wood.grow(60)
    wood.snapshot()
    wood.keeper.settle()
    for number in range(60, 75):
        wood.grow()
        wood.library.remove(f"tree{number - 30}")
        expected = _found(wood.built_at_once())
        before = wood.snapshot()
        while _threads():  # as it is swapped, whenever that is
            assert _found(wood.snapshot()) == expected
        wood.keeper.settle()
        after = wood.snapshot()
        assert due(after) is None
        assert _found(before) == _found(after) == expected


def test_clients_that_ask_while_documents_come_and_go_find_what_their_generation_holds(wood: Wood):
    wood.grow(30)
    stop = threading.Event()

    def ask() -> int:
        asked = 0
        while not stop.is_set():
            with wood.database.reading() as transaction:
                assert _found(wood.keeper.current(transaction)) == _found(Snapshot.of(transaction, ()))
            asked += 1
        return asked

    with ThreadPoolExecutor(4) as pool:
        clients = [pool.submit(ask) for _ in range(4)]
        try:
            for number in range(31, 61):
                wood.grow()
                wood.library.remove(f"tree{number - 25}")
        finally:
            stop.set()
        assert all(client.result(PATIENCE) for client in clients)


def test_those_who_wait_for_the_same_generation_get_the_same_snapshot(wood: Wood):
    wood.grow(50)
    gate = threading.Barrier(6)

    def ask() -> tuple[Segment, ...]:
        gate.wait(PATIENCE)
        return wood.snapshot().segments

    with ThreadPoolExecutor(6) as pool:
        found = [one.result(PATIENCE) for one in [pool.submit(ask) for _ in range(6)]]
    assert all(segments[0] is found[0][0] for segments in found)


def test_no_thread_is_there_before_something_is_to_be_merged_nor_after_it_is(wood: Wood):
    wood.grow()
    wood.snapshot()
    assert _threads() == []
    for _ in range(5):
        wood.grow()
        wood.snapshot()
    wood.keeper.settle()
    assert _threads() == []


def test_a_closed_keeper_merges_no_more_and_can_be_asked_all_the_same(wood: Wood):
    wood.grow()
    wood.snapshot()
    wood.keeper.close()
    wood.grow(3)
    snapshot = wood.snapshot()
    assert [len(segment) for segment in snapshot.segments] == [1, 3]
    assert due(snapshot) is not None
    assert _threads() == []
    assert _found(snapshot) == _found(wood.built_at_once())


def test_closing_the_library_ends_its_thread(wood: Wood):
    for _ in range(30):
        wood.grow()
        with wood.library.view():
            pass
    wood.library.close()
    assert _threads() == []


_ENDS = """
import sys
from pathlib import Path
from index.database import Database
from index.keeper import Keeper
database, keeper = Database.open(Path(sys.argv[1]) / "library.sqlite"), Keeper(Path(sys.argv[1]))
for _ in range(2):
    with database.reading() as transaction:
        keeper.current(transaction)
    with database.writing() as transaction:
        transaction.execute("UPDATE documents SET first = last + 1 WHERE id = 'tree1'")
        transaction.advance()
print(len(keeper._snapshot.segments))
"""


def test_a_process_that_closes_nothing_ends(wood: Wood):
    wood.grow(30)
    for _ in range(3):
        wood.grow()
        wood.publish()
    done = subprocess.run(
        [sys.executable, "-c", _ENDS, str(wood.library.folder)], capture_output=True, timeout=PATIENCE, text=True, check=False
    )
    assert (done.returncode, done.stderr) == (0, "")


def test_adding_and_publishing_one_by_one_writes_each_passage_a_few_times_only(wood: Wood):
    count, written, seen = 100, 0, set[str]()
    for _ in range(count):
        wood.grow()
        wood.publish()
        folders = [path for path in (wood.library.folder / "segments").iterdir() if path.is_dir()]
        assert len(folders) <= 1 + math.log2(count)
        written += sum(len(Segment.load(path)) for path in folders if path.name not in seen)
        seen |= {path.name for path in folders}
    assert count < written <= count * (1 + math.log2(count))


def test_many_passages_that_another_process_has_saved_are_loaded_and_not_made(wood: Wood):
    wood.grow(3)
    before = wood.snapshot()
    wood.grow(12, sections=100)
    other = Keeper(wood.library.folder)
    wood.publish(other)
    after = wood.snapshot()
    assert [segment.name for segment in after.segments] == [segment.name for segment in wood.snapshot(other).segments]
    assert all(segment.name for segment in after.segments)
    assert after.generation > before.generation
    assert _found(after) == _found(wood.built_at_once())


def test_what_changed_since_another_process_saved_is_seen(wood: Wood):
    wood.grow(3)
    wood.snapshot()
    wood.grow(12, sections=100)
    wood.publish(Keeper(wood.library.folder))
    wood.library.remove("tree7")
    wood.grow(2)
    snapshot = wood.snapshot()
    assert len(snapshot.segments[-1]) == 2
    assert snapshot.segments[0].name
    assert snapshot.statistics.passages == 3 + 11 * 100 + 2
    assert _found(snapshot) == _found(wood.built_at_once())


@pytest.mark.parametrize(
    "saved", [pytest.param("older", id="an older state"), pytest.param("damaged", id="damaged"), pytest.param("", id="nothing")]
)
def test_where_what_is_saved_is_of_no_use_the_passages_are_made(wood: Wood, saved: str):
    wood.grow(3)
    wood.snapshot()
    wood.grow(11, sections=100)
    if saved:
        wood.publish(Keeper(wood.library.folder))
    if saved == "damaged":
        (wood.library.folder / "segments" / "segments.json").write_bytes(b"{")
    if saved == "older":
        wood.snapshot()
        wood.grow(11, sections=100)
    snapshot = wood.snapshot()
    assert snapshot.segments[-1].name == ""
    assert len(snapshot.segments[-1]) == 1_100
    assert _found(snapshot) == _found(wood.built_at_once())


def test_a_few_passages_are_made_and_not_loaded(wood: Wood):
    wood.grow(30)
    wood.snapshot()
    wood.grow(2)
    wood.publish(Keeper(wood.library.folder))
    assert [segment.name for segment in wood.snapshot().segments] == ["", ""]


def test_a_published_library_settles_first_and_its_segments_are_those_in_use(wood: Wood):
    for _ in range(40):
        wood.grow()
        wood.snapshot()
    wood.publish()
    snapshot = wood.snapshot()
    assert due(snapshot) is None
    assert all(segment.name for segment in snapshot.segments)
    assert _found(snapshot) == _found(wood.built_at_once())
