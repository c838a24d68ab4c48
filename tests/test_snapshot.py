"""Snapshots: one generation searched, by BM25 and cosine, whatever the history of its segments."""

import math
import random
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.database import Database
from index.encoder import Vector, unit_rows
from index.merging import due, merged, with_merged
from index.postings import Statistics
from index.rows import DocumentRow, PassageRow
from index.segments import Segment
from index.snapshot import DEPTH, Candidate, Snapshot, content_hash

DIMENSION = 8
WORDS = "ash beech cedar elm fir larch maple oak pine willow".split()
NO_SENTENCES = np.empty((0, 4), dtype=np.int32)


def _passage(terms: str, vector: Sequence[float]) -> PassageRow:
    return PassageRow(0, 1, (), NO_SENTENCES, tuple(terms.split()), np.array(vector, dtype="<f2").tobytes(), b"")


def _random_passage(name: str) -> PassageRow:
    """Terms and vector that depend on the name alone; no two alike."""
    chance = random.Random(name)
    vector = unit_rows(np.array([[chance.gauss(0, 1) for _ in range(DIMENSION)]], dtype=np.float32))[0]
    return _passage(" ".join([*chance.choices(WORDS, k=chance.randint(3, 12)), name]), vector)


class Shelf:
    """A database and the snapshots of its generations, each made from the one before as a library makes them."""

    def __init__(self, path: Path) -> None:
        self.database = Database.create(path, {"encoder": "e", "chunking": "c"})
        self.segments: tuple[Segment, ...] = ()

    def put(self, id: str, passages: list[PassageRow], sha256: str = "") -> None:
        with self.database.writing() as transaction:
            first = transaction.take_numbers(len(passages))
            row = DocumentRow(id, id, id, sha256 or f"hash of {id}", 0, first, first + len(passages) - 1)
            transaction.remove_document(id)
            transaction.put_document(row, "")
            transaction.put_passages(id, first, passages)
            transaction.advance()

    def remove(self, id: str) -> None:
        with self.database.writing() as transaction:
            transaction.remove_document(id)
            transaction.advance()

    def snapshot(self) -> Snapshot:
        with self.database.reading() as transaction:
            made = Snapshot.of(transaction, self.segments)
        self.segments = made.segments
        return made

    def merge(self) -> Snapshot:
        """The snapshot of this generation after all that is due was merged, as a library does it in the background."""
        snapshot = self.snapshot()
        while (run := due(snapshot)) is not None:
            snapshot = with_merged(snapshot, snapshot.segments[run], merged(snapshot, run))
        self.segments = snapshot.segments
        return snapshot

    def at_once(self) -> Snapshot:
        with self.database.reading() as transaction:
            return Snapshot.of(transaction, ())

    def places(self) -> dict[int, tuple[str, int]]:
        """What stands behind each number: document and place in it."""
        with self.database.reading() as transaction:
            return {row.first + i: (row.id, i) for row in transaction.documents() for i in range(row.last - row.first + 1)}

    def found(self, snapshot: Snapshot, question: tuple[Vector, list[str]]) -> dict[tuple[str, int], tuple[float, float, float]]:
        places = self.places()
        return {places[one.number]: (one.score, one.text_score, one.vector_score) for one in snapshot.search(*question)}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "library.sqlite")


def _question(name: str, *terms: str) -> tuple[Vector, list[str]]:
    return np.frombuffer(_random_passage(name).vector, dtype="<f2").astype(np.float32), list(terms)


QUESTIONS = [_question("first", "ash", "oak"), _question("second", "willow"), _question("third"), _question("fourth", *WORDS)]


def test_a_score_is_half_the_share_of_the_best_bm25_and_half_the_way_from_the_least_cosine_to_the_best(shelf: Shelf):
    shelf.put("a", [_passage("oak oak", [1, 0]), _passage("oak elm", [0.6, 0.8]), _passage("fir elm", [0, 1])])
    found = shelf.snapshot().search(np.array([1, 0], dtype=np.float32), ["oak"])
    idf = math.log(1 + 1.5 / 2.5)
    best, second = idf * 2 * 2.2 / (2 + 1.2), idf * 1 * 2.2 / (1 + 1.2)  # every passage has the average length
    assert found == [
        Candidate(1, pytest.approx((1 + 1) / 2), pytest.approx(best), pytest.approx(1, abs=1e-3)),
        Candidate(2, pytest.approx((second / best + 0.6) / 2, abs=1e-3), pytest.approx(second), pytest.approx(0.6, abs=1e-3)),
        Candidate(3, pytest.approx(0, abs=1e-3), 0.0, pytest.approx(0, abs=1e-3)),
    ]


def test_a_stored_vector_finds_its_own_passage_first(shelf: Shelf):
    names = [f"name{i}" for i in range(120)]
    for name in names:
        shelf.put(name, [_random_passage(name)])
    snapshot, places = shelf.snapshot(), shelf.places()
    for name in names:
        best = snapshot.search(*_question(name, name))[0]
        assert places[best.number] == (name, 0)
        assert best.score == 1
        assert best.vector_score == pytest.approx(1, abs=2**-9)


def test_scores_fall_and_equal_ones_are_ordered_by_number(shelf: Shelf):
    shelf.put("a", [_passage("oak", [1, 0])] * 5)
    found = shelf.snapshot().search(np.array([1, 0], dtype=np.float32), ["oak"])
    assert [one.number for one in found] == [1, 2, 3, 4, 5]
    assert len({one.score for one in found}) == 1


def test_an_empty_library_finds_nothing(shelf: Shelf):
    snapshot = shelf.snapshot()
    assert snapshot.search(*QUESTIONS[0]) == []
    assert (snapshot.segments, snapshot.holding("oak"), snapshot.statistics.passages) == ((), 0, 0)


def _grown(shelf: Shelf, seed: int, merging: float, steps: int = 40) -> Shelf:
    """Documents put, replaced and removed one by one, with a snapshot after every step, merged in a share of the steps."""
    chance, held = random.Random(seed), set[str]()
    for step in range(steps):
        if held and chance.random() < 0.3:
            id = chance.choice(sorted(held))
            shelf.remove(id)
            held.remove(id)
        else:
            id = f"document{chance.randint(0, 25)}"
            shelf.put(id, [_random_passage(f"{id}v{step}p{i}") for i in range(chance.randint(0, 5))], sha256=f"{id}v{step}")
            held.add(id)
        if chance.random() < merging:
            shelf.merge()
        else:
            shelf.snapshot()
    return shelf


def _assert_alike(one: Snapshot, other: Snapshot) -> None:
    """To the last bit, whatever segments they have."""
    assert (one.generation, one.sha256, one.statistics) == (other.generation, other.sha256, other.statistics)
    for question in QUESTIONS:
        assert one.search(*question) == other.search(*question)
    assert [one.holding(word) for word in WORDS] == [other.holding(word) for word in WORDS]


@pytest.mark.parametrize("merging", [pytest.param(0, id="never"), pytest.param(0.2, id="now and then"), pytest.param(1, id="always")])
@pytest.mark.parametrize("seed", range(4))
def test_segments_grown_one_by_one_search_as_one_built_at_once(shelf: Shelf, seed: int, merging: float):
    _grown(shelf, seed, merging)
    grown, whole = shelf.snapshot(), shelf.at_once()
    assert len(whole.segments) == 1
    _assert_alike(grown, whole)
    _assert_alike(shelf.merge(), whole)


@pytest.mark.parametrize("seed", range(4))
def test_what_was_added_and_removed_while_segments_were_merged_is_seen_after_it(shelf: Shelf, seed: int):
    before = _grown(shelf, seed, 0).snapshot()
    run = due(before)
    assert run is not None
    made = merged(before, run)
    _grown(shelf, seed + 100, 0)
    after = shelf.snapshot()
    assert after.generation > before.generation
    swapped = with_merged(after, before.segments[run], made)
    assert [one for one in swapped.segments if one is made]
    _assert_alike(swapped, shelf.at_once())
    _assert_alike(after, swapped)


@pytest.mark.parametrize("seed", range(4))
def test_merged_segments_are_to_the_byte_those_built_from_the_database(shelf: Shelf, seed: int, tmp_path: Path):
    snapshot = _grown(shelf, seed, 0).snapshot()
    whole = merged(snapshot, slice(0, len(snapshot.segments)))
    (built,) = shelf.at_once().segments
    assert whole.numbers.tolist() == built.numbers.tolist()
    for name, one in (("merged", whole), ("built", built)):
        one.vectors.save(tmp_path / f"{name}.faiss")
        one.postings.save(tmp_path / f"{name}.npz")
    for kind in ("faiss", "npz"):
        assert (tmp_path / f"merged.{kind}").read_bytes() == (tmp_path / f"built.{kind}").read_bytes()


def test_a_question_makes_a_segment_of_what_is_new_and_leaves_the_others_as_they_are(shelf: Shelf):
    for number in range(20):
        shelf.put(f"name{number}", [_random_passage(f"{number} {i}") for i in range(3)])
        before, after = shelf.segments, shelf.snapshot()
        assert all(one is other for one, other in zip(before, after.segments, strict=False))
        assert after.segments[-1].numbers.tolist() == [3 * number + i for i in (1, 2, 3)]
        assert len(after.segments) == number + 1


def test_of_two_merges_of_the_same_segments_no_passage_is_found_twice(shelf: Shelf):
    for number in range(3):
        shelf.put(f"name{number}", [_random_passage(f"{number}")])
        snapshot = shelf.snapshot()
    first, other = snapshot.segments[:2], snapshot.segments[1:]
    once = with_merged(snapshot, first, merged(snapshot, slice(0, 2)))
    twice = with_merged(once, other, merged(snapshot, slice(1, 3)))
    _assert_alike(once, snapshot)
    _assert_alike(twice, snapshot)
    assert with_merged(twice, first, merged(snapshot, slice(0, 2))) is twice


def test_segments_saved_while_they_were_merged_are_the_same_segments(shelf: Shelf, tmp_path: Path):
    for number in range(3):
        shelf.put(f"name{number}", [_random_passage(f"{number}")])
        snapshot = shelf.snapshot()
    saved = replace(snapshot, segments=tuple(segment.save(tmp_path) for segment in snapshot.segments))
    swapped = with_merged(saved, snapshot.segments, merged(snapshot, slice(0, 3)))
    assert len(swapped.segments) == 1
    _assert_alike(swapped, snapshot)


@pytest.mark.parametrize("gone", ["a", "ab", "abc"])
def test_what_was_removed_while_it_was_merged_is_not_found(shelf: Shelf, gone: str):
    for name in "abc":
        shelf.put(name, [_random_passage(name)])
        snapshot = shelf.snapshot()
    made = merged(snapshot, slice(0, 2))
    for name in gone:
        shelf.remove(name)
    swapped = with_merged(shelf.snapshot(), snapshot.segments[:2], made)
    _assert_alike(swapped, shelf.at_once())
    assert [len(segment) for segment in swapped.segments] == {"a": [2, 1], "ab": [1], "abc": []}[gone]


LENGTHS = [
    pytest.param([], None, id="none"),
    pytest.param([7], None, id="one"),
    pytest.param([7, 3, 1], None, id="each more than twice the next"),
    pytest.param([7, 3, 1, 1], (0, 4), id="one more sets off all"),
    pytest.param([100, 40, 1, 1], (2, 4), id="the small ones only"),
    pytest.param([100, 1, 1, 1, 1], (1, 5), id="many at once"),
    pytest.param([5, 5, 100, 1], (0, 3), id="not at the end"),
    pytest.param([1, 1, 100], (0, 3), id="a large one at the end"),
]


def _snapshot(lengths: Sequence[int], living: Sequence[int]) -> Snapshot:
    first, segments, alive = 1, [], []
    for length, left in zip(lengths, living, strict=True):
        rows = [(first + i, _random_passage(f"{first + i}")) for i in range(length)]
        segments.append(Segment.of((number, row.vector, " ".join(row.terms)) for number, row in rows))
        alive.append(np.arange(length) < left)
        first += length
    pairs = [(segment.postings, mask) for segment, mask in zip(segments, alive, strict=True)]
    return Snapshot(1, "", tuple(segments), tuple(alive), Statistics.of(pairs))


@pytest.mark.parametrize(("lengths", "run"), LENGTHS)
def test_neighbours_are_due_where_one_is_not_more_than_twice_as_large_as_those_after_it(lengths: list[int], run: tuple[int, int] | None):
    assert due(_snapshot(lengths, lengths)) == (slice(*run) if run else None)


@pytest.mark.parametrize(
    ("living", "run"), [([10, 2], None), ([5, 2], None), ([4, 2], (0, 1)), ([10, 1], None)], ids=["all", "half", "less", "few"]
)
def test_a_segment_of_which_most_passages_are_removed_is_made_anew(living: list[int], run: tuple[int, int] | None):
    snapshot = _snapshot([10, 2], living)
    assert due(snapshot) == (slice(*run) if run else None)
    if run:
        assert len(merged(snapshot, slice(*run))) == living[0]


@pytest.mark.parametrize("seed", range(3))
def test_the_same_documents_in_another_order_and_after_removals_have_the_same_scores(tmp_path: Path, seed: int):
    names = [f"name{i}" for i in range(DEPTH)]
    shelves = [Shelf(tmp_path / "one"), Shelf(tmp_path / "two")]
    for name in names:
        shelves[0].put(name, [_random_passage(name)])
    random.Random(seed).shuffle(names)
    for number, name in enumerate(names):
        shelves[1].put(name, [_random_passage(f"old {name}"), _random_passage(f"older {name}")])
        shelves[1].put(f"gone{number}", [_random_passage(f"gone{number}")])
        if number % 5 == 0:
            shelves[1].snapshot()
        shelves[1].put(name, [_random_passage(name)])
        shelves[1].remove(f"gone{number}")
    one, two = (shelf.snapshot() for shelf in shelves)
    assert one.sha256 == two.sha256
    assert one.statistics == two.statistics
    for question in QUESTIONS:
        assert shelves[0].found(one, question) == shelves[1].found(two, question)


# Were the BM25 of those past the depth left out, one level with the others and nearer would come behind them; and which ones are
# left out would hang on the order of adding.
def test_of_more_passages_level_in_bm25_than_a_search_looks_at_the_nearest_come_first(tmp_path: Path):
    names = [f"name{i:03}" for i in range(3 * DEPTH)]
    first = []
    for number, order in enumerate([names, names[::-1]]):
        shelf = Shelf(tmp_path / str(number))
        for name in order:
            shelf.put(name, [_passage("oak", np.frombuffer(_random_passage(name).vector, dtype="<f2"))])
        first.append(list(shelf.found(shelf.snapshot(), _question("first", "oak")))[:12])
    assert first[0] == first[1]


def test_of_many_equal_passages_the_same_scores_are_found_in_any_order_of_adding(tmp_path: Path):
    names = [f"name{i:02}" for i in range(DEPTH + 10)]
    found = []
    for number, order in enumerate([names, names[::-1]]):
        shelf = Shelf(tmp_path / str(number))
        for name in order:
            shelf.put(name, [_passage("oak", [1, 0])])
            if number:
                shelf.snapshot()
        found.append(list(shelf.found(shelf.snapshot(), (np.array([1, 0], dtype=np.float32), ["oak"])).values()))
    assert found[0] == found[1]
    assert len(found[0]) == DEPTH


@pytest.mark.parametrize("seed", range(3))
def test_of_many_passages_of_few_cosines_the_same_are_found_however_they_are_spread_over_segments(shelf: Shelf, seed: int):
    chance = random.Random(seed)
    for number in range(6):
        rows = [_passage(chance.choice(WORDS), chance.choice([(1, 0), (0.8, 0.6), (0, 1)])) for _ in range(40)]
        shelf.put(f"name{number}", rows)
        spread = shelf.snapshot()
    assert len(spread.segments) == 6
    for vector in ([1, 0], [0.6, 0.8], [0, 1]):
        question = np.array(vector, dtype=np.float32), ["oak", "elm"]
        assert spread.search(*question) == shelf.at_once().search(*question)


def test_only_passages_in_the_ranges_are_found_however_many_others_are_better(shelf: Shelf):
    for number in range(3 * DEPTH):
        shelf.put(f"better{number}", [_passage("oak oak", [1, 0])])
    shelf.put("wanted", [_passage("oak " + "elm " * 9, [0.6, 0.8]), _passage("elm", [0, 1])])
    (place,) = [row for row in shelf.places().items() if row[1] == ("wanted", 0)]
    snapshot, question = shelf.snapshot(), (np.array([1, 0], dtype=np.float32), ["oak"])
    assert not [one for one in snapshot.search(*question) if one.number >= place[0]]
    ranges = np.array([[place[0], place[0] + 1]], dtype=np.int64)
    assert [one.number for one in snapshot.search(*question, ranges)] == [place[0], place[0] + 1]
    assert snapshot.search(*question, np.empty((0, 2), dtype=np.int64)) == []


def test_a_range_does_not_bring_back_what_was_removed(shelf: Shelf):
    for name in ("a", "b", "c"):
        shelf.put(name, [_random_passage(name)])
    shelf.snapshot()
    shelf.remove("b")
    found = shelf.snapshot().search(*_question("b", "b"), np.array([[1, 3]], dtype=np.int64))
    assert sorted(one.number for one in found) == [1, 3]


def test_a_filter_changes_which_passages_are_found_and_not_their_bm25_and_cosine(shelf: Shelf):
    for number in range(20):
        shelf.put(f"name{number}", [_random_passage(f"name{number}p{i}") for i in range(2)])
    snapshot = shelf.snapshot()
    everything = {one.number: (one.text_score, one.vector_score) for one in snapshot.search(*QUESTIONS[0])}
    some = snapshot.search(*QUESTIONS[0], np.array([[3, 6], [11, 12]], dtype=np.int64))
    assert sorted(one.number for one in some) == [3, 4, 5, 6, 11, 12]
    assert all(everything[one.number] == (one.text_score, one.vector_score) for one in some)


def test_each_search_looks_no_deeper_than_its_depth(shelf: Shelf):
    shelf.put("text", [_passage("oak", [0, 1]) for _ in range(2 * DEPTH)])
    shelf.put("vector", [_passage("elm", [1, 0]) for _ in range(2 * DEPTH)])
    found = shelf.snapshot().search(np.array([1, 0], dtype=np.float32), ["oak"])
    assert [one.number for one in found] == [*range(1, DEPTH + 1), *range(2 * DEPTH + 1, 3 * DEPTH + 1)]


def test_a_snapshot_does_not_change_when_the_library_does(shelf: Shelf):
    for number in range(30):
        shelf.put(f"name{number}", [_random_passage(f"name{number}")])
    before = shelf.snapshot()
    found = [before.search(*question) for question in QUESTIONS]
    for number in range(0, 30, 2):
        shelf.remove(f"name{number}")
        shelf.put(f"new{number}", [_random_passage(f"new{number}")])
        shelf.merge()
    assert [before.search(*question) for question in QUESTIONS] == found


def test_an_older_view_can_be_searched_with_the_segments_of_a_newer_one(shelf: Shelf):
    for number in range(30):
        shelf.put(f"name{number}", [_random_passage(f"name{number}")])
    with shelf.database.reading() as older:
        expected = Snapshot.of(older, ())
        for number in range(20):
            shelf.remove(f"name{number}")
            shelf.put(f"new{number}", [_random_passage(f"new{number}")])
            shelf.merge()
        found = Snapshot.of(older, shelf.segments)
    assert (found.generation, found.sha256, found.statistics) == (expected.generation, expected.sha256, expected.statistics)
    assert [found.search(*question) for question in QUESTIONS] == [expected.search(*question) for question in QUESTIONS]


@settings(deadline=None, max_examples=8, derandomize=True)
@given(st.lists(st.integers(1, 9), min_size=1, max_size=60))
def test_there_are_few_segments_each_more_than_twice_as_large_as_the_next(tmp_path_factory: pytest.TempPathFactory, sizes: list[int]):
    shelf = Shelf(tmp_path_factory.mktemp("shelf") / "library.sqlite")
    for number, size in enumerate(sizes):
        shelf.put(f"name{number}", [_random_passage(f"{number} {i}") for i in range(size)])
        shelf.merge()
    lengths = [len(segment) for segment in shelf.segments]
    assert sum(lengths) == sum(sizes)
    assert all(before > 2 * after for before, after in pairwise(lengths))
    assert len(lengths) <= 1 + math.log2(sum(sizes))


def test_segments_without_a_living_row_are_dropped(shelf: Shelf):
    shelf.put("a", [_random_passage("a")])
    shelf.snapshot()
    shelf.remove("a")
    assert shelf.snapshot().segments == ()


def test_the_content_hash_depends_on_documents_versions_and_encoder_and_on_nothing_else(shelf: Shelf, tmp_path: Path):
    def hashed(of: Shelf) -> str:
        with of.database.reading() as transaction:
            return content_hash(transaction)

    shelf.put("a", [_random_passage("a")])
    first = hashed(shelf)
    shelf.put("b", [_random_passage("b")])
    second = hashed(shelf)
    shelf.remove("b")
    assert hashed(shelf) == first
    shelf.put("a", [_random_passage("a2")], sha256="another version")
    assert len({first, second, hashed(shelf)}) == 3
    with shelf.database.writing() as transaction:
        transaction.set("encoder", "another")
    fourth = hashed(shelf)
    with shelf.database.writing() as transaction:
        transaction.set("chunking", "another")
    assert len({first, second, fourth, hashed(shelf)}) == 4
    other = Shelf(tmp_path / "other.sqlite")
    other.put("a", [])
    assert hashed(other) == first
