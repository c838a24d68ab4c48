"""The SQLite file: a document is one transaction, and every stored byte is under a hash."""

import contextlib
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import apsw
import numpy as np
import pytest

from index.abbreviations import abbreviations
from index.blocks import Block
from index.database import FORMAT, Database
from index.errors import LibraryDamaged, LibraryError, LibraryMismatch, LibraryMissing
from index.filters import filters_of
from index.rows import About, DocumentRow, PassageRow, row_hash
from index.transaction import Transaction

SETTINGS = {"encoder": "fingerprint", "chunking": "sentences"}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "library.sqlite"


@pytest.fixture
def database(path: Path) -> Database:
    return Database.create(path, SETTINGS)


def _passage(number: int) -> PassageRow:
    sentences = np.array([[number, number + 4, 0, 2], [number + 5, number + 9, 2, 3]], dtype=np.int32)
    return PassageRow(number, number + 9, ("Results", "Säfety"), sentences, ("one", "two"), bytes([number, 1]), bytes([2, number]))


def _put(transaction: Transaction, id: str, passages: int = 2, text: str = "One. Two.") -> DocumentRow:
    first = transaction.take_numbers(passages)
    row = DocumentRow(id, f"{id}.txt", f"Title of {id}", "0" * 64, len(text), first, first + passages - 1)
    transaction.put_document(row, text)
    transaction.put_passages(id, first, [_passage(i) for i in range(passages)])
    transaction.advance()
    return row


def _raw(path: Path, statement: str, values: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    connection = apsw.Connection(str(path))
    try:
        return connection.execute(statement, values).fetchall()
    finally:
        connection.close()


def _damage(database: Database) -> list[str]:
    with database.reading() as transaction:
        return list(transaction.damage())


def test_a_new_database_has_its_settings_and_nothing_else(database: Database):
    with database.reading() as transaction:
        assert (transaction.setting("encoder"), transaction.setting("chunking")) == ("fingerprint", "sentences")
        assert transaction.setting("format") == str(FORMAT)
        assert len(transaction.setting("lineage")) == 16
        assert transaction.setting("unknown") == ""
        assert transaction.generation == 0
        assert transaction.documents() == []
        assert transaction.passage_ranges().shape == (0, 2)
    assert _damage(database) == []


def test_making_it_again_leaves_what_is_there(database: Database, path: Path):
    with database.writing() as transaction:
        row = _put(transaction, "a")
        lineage = transaction.setting("lineage")
    with Database.create(path, {"encoder": "another"}).reading() as transaction:
        assert transaction.documents() == [row]
        assert (transaction.setting("encoder"), transaction.setting("lineage")) == ("fingerprint", lineage)


def test_every_library_has_a_lineage_of_its_own(tmp_path: Path):
    lineages = set()
    for number in range(5):
        with Database.create(tmp_path / str(number), SETTINGS).reading() as transaction:
            lineages.add(transaction.setting("lineage"))
    assert len(lineages) == 5


def test_what_is_stored_comes_back_the_same_from_another_connection(database: Database, path: Path):
    text = "Ünïcode 😀\r\n\u2028\ufeffends."
    with database.writing() as transaction:
        row = _put(transaction, "a", text=text)
    with Database.open(path).reading() as transaction:
        assert transaction.documents() == [row]
        assert transaction.document("a") == transaction.document_from("a.txt") == row
        assert transaction.document("b") is transaction.document_from("b.txt") is None
        assert transaction.text("a") == text
        passages = transaction.passages_of("a")
        assert [passage.values() for passage in passages] == [_passage(0).values(), _passage(1).values()]
        assert transaction.passage(row.last)[0] == "a"
        assert transaction.passage(row.last)[1].values() == _passage(1).values()
        assert passages[1].section == ("Results", "Säfety")
        assert passages[1].sentences.tolist() == [[1, 5, 0, 2], [6, 10, 2, 3]]


def test_documents_are_listed_by_id(database: Database):
    with database.writing() as transaction:
        for id in ("b", "c", "a"):
            _put(transaction, id)
    with database.reading() as transaction:
        assert [row.id for row in transaction.documents()] == ["a", "b", "c"]


def test_ranges_and_rows_for_search_rise_and_leave_out_documents_without_passages(database: Database):
    with database.writing() as transaction:
        for id, passages in (("c", 2), ("empty", 0), ("a", 3)):
            _put(transaction, id, passages)
    with database.reading() as transaction:
        assert transaction.passage_ranges().tolist() == [[1, 2], [3, 5]]
        assert list(transaction.search_rows(2, 4)) == [
            (2, b"\x01\x01", "one two"),
            (3, b"\x00\x01", "one two"),
            (4, b"\x01\x01", "one two"),
        ]


def test_numbers_of_passages_are_never_given_twice(database: Database):
    with database.writing() as transaction:
        first = _put(transaction, "a")
        transaction.remove_document("a")
    with database.writing() as transaction:
        assert _put(transaction, "a").first == first.last + 1


@pytest.mark.parametrize("exception", [RuntimeError, KeyboardInterrupt, GeneratorExit])
def test_an_exception_inside_a_change_leaves_nothing_of_it(database: Database, exception: type[BaseException]):
    with database.writing() as transaction:
        row = _put(transaction, "kept")

    def fail() -> None:
        with database.writing() as transaction:
            _put(transaction, "half")
            transaction.remove_document("kept")
            raise exception

    with pytest.raises(exception):
        fail()
    with database.reading() as transaction:
        assert transaction.documents() == [row]
        assert len(transaction.passages_of("kept")) == 2
        assert transaction.generation == 1
    with database.writing() as transaction:
        assert _put(transaction, "next").first == row.last + 1


def test_a_source_has_one_document_and_an_id_too(database: Database):
    with database.writing() as transaction:
        _put(transaction, "a")
    for row in (DocumentRow("a", "other.txt", "", "", 0, 9, 8), DocumentRow("other", "a.txt", "", "", 0, 9, 8)):
        with pytest.raises(apsw.ConstraintError), database.writing() as transaction:
            transaction.put_document(row, "")


def test_every_connection_writes_through_to_the_disk_and_keeps_foreign_keys(database: Database):
    for mode in (database.reading, database.writing):
        with mode() as transaction:
            found = {name: transaction._execute(f"PRAGMA {name}").fetchone()[0] for name in ("journal_mode", "synchronous", "foreign_keys")}
        assert found == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}


def test_a_removed_document_takes_its_passages_with_it(database: Database, path: Path):
    with database.writing() as transaction:
        _put(transaction, "a")
        kept = _put(transaction, "b")
    with database.writing() as transaction:
        transaction.remove_document("a")
    assert _raw(path, "SELECT number FROM passages ORDER BY number") == [(kept.first,), (kept.last,)]


def test_no_passage_is_stored_without_its_document(database: Database):
    with pytest.raises(apsw.ConstraintError), database.writing() as transaction:
        transaction.put_passages("missing", 1, [_passage(0)])


def test_a_view_opened_before_a_change_does_not_see_it_and_one_opened_afterwards_does(database: Database):
    with database.writing() as transaction:
        row = _put(transaction, "a")
    with database.reading() as before:
        assert before.generation == 1
        with database.writing() as transaction:
            transaction.remove_document("a")
            _put(transaction, "b")
        assert before.documents() == [row]
        assert before.text("a") == "One. Two."
        assert before.generation == 1
        with database.reading() as after:
            assert [found.id for found in after.documents()] == ["b"]
            assert after.generation == 2


def test_what_is_written_and_not_yet_committed_is_seen_by_nobody_else(database: Database):
    with database.writing() as transaction:
        _put(transaction, "a")
        with database.reading() as other:
            assert other.documents() == []
    with database.reading() as other:
        assert len(other.documents()) == 1


def test_more_readers_than_connections_are_kept_ready(database: Database):
    with database.writing() as transaction:
        _put(transaction, "a")
    with contextlib.ExitStack() as stack:
        views = [stack.enter_context(database.reading()) for _ in range(20)]
        assert {view.generation for view in views} == {1}
    database.close()
    with database.reading() as transaction:
        assert transaction.generation == 1


COUNT = """
import sys
from pathlib import Path
from index.database import Database
database = Database.open(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    with database.writing() as transaction:
        transaction.take_numbers(2)
        transaction.advance()
"""


def test_two_processes_that_write_lose_no_change(database: Database, path: Path):
    writers = [subprocess.Popen([sys.executable, "-c", COUNT, str(path), "40"]) for _ in range(2)]
    assert [writer.wait(timeout=60) for writer in writers] == [0, 0]
    with database.reading() as transaction:
        assert transaction.generation == 80
        assert transaction.setting("next_passage") == "161"


def test_threads_that_write_lose_no_change_and_take_no_number_twice(database: Database):
    taken: list[int] = []

    def write(name: str) -> None:
        for number in range(15):
            with database.writing() as transaction:
                taken.append(_put(transaction, f"{name}{number}").first)

    threads = [threading.Thread(target=write, args=(name,)) for name in "abcd"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(taken) == list(range(1, 121, 2))
    with database.reading() as transaction:
        assert len(transaction.documents()) == transaction.generation == 60
    assert _damage(database) == []


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE passages SET start = start + 1 WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE passages SET end = end + 1 WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE passages SET section = replace(section, 'R', 'r') WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE passages SET sentences = zeroblob(32) WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE passages SET terms = 'one tw0' WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE passages SET vector = x'0101ff' WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE passages SET tokens = x'0201ff' WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE passages SET hash = x'00' WHERE number = 2", "passage 2 of document a does not fit its hash"),
        ("UPDATE documents SET text = replace(text, 'T', 't')", "document a does not fit its hash"),
        ("DELETE FROM passages WHERE number = 1", "document a has 1 of its 2 passages"),
        ("UPDATE documents SET last = last + 1", "document a has 2 of its 3 passages"),
    ],
)
def test_a_changed_value_is_noticed_by_its_hash(database: Database, path: Path, change: str, sentence: str):
    with database.writing() as transaction:
        _put(transaction, "a")
    assert _damage(database) == []
    _raw(path, change)
    assert any(found.endswith(sentence) for found in _damage(database))


@pytest.mark.parametrize("column", ["sha256", "source", "title"])
def test_a_change_in_what_citations_say_of_the_document_is_noticed(database: Database, path: Path, column: str):
    with database.writing() as transaction:
        _put(transaction, "a")
    _raw(path, f"UPDATE documents SET {column} = {column} || '1'")
    assert len(_damage(database)) == 1


@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("UPDATE documents SET text = CAST(x'4f6e65ff' AS TEXT)", "document a does not fit its hash"),
        ("UPDATE passages SET terms = CAST(x'ff' AS TEXT) WHERE number = 2", "passage 2 of document a does not fit its hash"),
    ],
    ids=["text", "terms"],
)
def test_a_changed_byte_that_is_no_longer_text_is_noticed(database: Database, path: Path, change: str, sentence: str):
    with database.writing() as transaction:
        _put(transaction, "a")
    _raw(path, change)
    assert [found.endswith(sentence) for found in _damage(database)] == [True]


def test_the_hash_of_a_row_changes_when_a_byte_moves_from_one_value_to_the_next():
    assert row_hash(("ab", "c")) != row_hash(("a", "bc"))
    assert row_hash((b"", "1")) != row_hash((b"1", ""))
    assert row_hash((1, "a")) == row_hash((1, "a"))


def test_a_database_of_a_newer_format_is_refused_untouched(database: Database, path: Path):
    with database.writing() as transaction:
        transaction.set("format", FORMAT + 1)
    with pytest.raises(LibraryMismatch, match=f"format {FORMAT + 1}, this version of Footnote reads format {FORMAT}"):
        Database.open(path)
    assert _raw(path, "SELECT value FROM settings WHERE name = 'format'") == [(FORMAT + 1,)]


# What each older format did not have: tables, and columns of documents.
_LACKING = {
    1: (("abbreviations", "files", "fields", "versions"), ("about", "pages", "blocks", "metadata")),
    2: (("files", "fields", "versions"), ("about", "pages", "blocks", "metadata")),
    3: (("fields", "versions"), ("metadata",)),
}


def _age(path: Path, format: int) -> None:
    """Make the file of a library what it was in an older format."""
    tables, columns = _LACKING[format]
    for table in tables:
        _raw(path, f"DROP TABLE {table}")
    for index in ("documents_by_sha256", "documents_by_identity"):
        _raw(path, f"DROP INDEX {index}")
    for column in columns:
        _raw(path, f"ALTER TABLE documents DROP COLUMN {column}")
    kept = [name for name in ("about", "pages", "blocks") if name not in columns]
    order = ", ".join(("id, source, title, sha256, characters, first, last", *kept, "text"))
    for id, *values in _raw(path, f"SELECT id, {order} FROM documents"):
        _raw(path, "UPDATE documents SET hash = ? WHERE id = ?", (row_hash(tuple(values)), id))
    _raw(path, "UPDATE settings SET value = ? WHERE name = 'format'", (format,))


@pytest.mark.parametrize("format", sorted(_LACKING))
def test_a_database_of_an_older_format_becomes_one_of_this_format(database: Database, path: Path, format: int):
    text = "The chimeric antigen receptor (CAR) binds."
    with database.writing() as transaction:
        for id, name in (("a", "a.txt"), ("b", "b.md")):
            row = DocumentRow(id, name, id.upper(), "sha", len(text), 1, 0, About("text"))
            transaction.put_document(row, text, [Block(0, len(text))])
            transaction.definitions.put(id, abbreviations(text))
    _age(path, format)
    _raw(path, "UPDATE documents SET text = 'changed' WHERE id = 'b'")
    with Database.open(path).reading() as transaction:
        assert transaction.setting("format") == str(FORMAT) == "4"
        assert (transaction.text("a"), transaction.blocks("a")) == (text, [Block(0, len(text))])
        assert (transaction.file("a"), transaction.versions.of("a")) == (None, [])
        assert [line for line in transaction.damage() if "hash" in line] == ["document b does not fit its hash"]
        assert transaction.definitions.full_forms(["CAR", "NK"]) == {"CAR": "chimeric antigen receptor"}
        assert transaction.definitions.short_forms(["chimer antigen receptor"]) == {"chimer antigen receptor": "CAR"}
        assert [row.id for row in transaction.documents(filters_of(["kind=text", "source=a.txt"]))] == ["a"]
    learned = [("a",)] if format == 1 else [("a",), ("b",)]
    assert _raw(path, "SELECT document FROM abbreviations") == learned


def test_a_file_that_is_no_database_is_refused(path: Path):
    path.write_bytes(b"not a database at all, but long enough to be one" * 100)
    with pytest.raises(LibraryError, match="cannot be read as a library"):
        Database.open(path)


def test_a_database_of_something_else_is_refused(path: Path):
    _raw(path, "CREATE TABLE other (name)")
    with pytest.raises(LibraryError) as caught:
        Database.open(path)
    assert not isinstance(caught.value, LibraryMissing)


def test_an_empty_file_as_a_killed_process_leaves_it_holds_no_library_yet(path: Path):
    path.touch()
    with pytest.raises(LibraryMissing, match="footnote add"):
        Database.open(path)
    with Database.create(path, SETTINGS).reading() as transaction:
        assert transaction.documents() == []


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE documents SET text = replace(text, 'T', 't')",
        "UPDATE documents SET sha256 = sha256 || '1'",
        "UPDATE documents SET text = CAST(x'4f6e65ff' AS TEXT)",
    ],
    ids=["text", "version", "no longer text"],
)
def test_a_damaged_text_is_not_given_out(database: Database, path: Path, change: str):
    with database.writing() as transaction:
        _put(transaction, "a")
    _raw(path, change)
    with (
        database.reading() as transaction,
        pytest.raises(LibraryDamaged, match=r"a does not fit its hash\. Run `footnote doctor --deep`"),
    ):
        transaction.text("a")


@pytest.mark.parametrize(
    "change",
    [
        "UPDATE passages SET sentences = zeroblob(32)",
        "UPDATE passages SET start = start + 1",
        "UPDATE passages SET section = CAST(x'ff' AS TEXT)",
    ],
    ids=["sentences", "place", "no longer text"],
)
def test_a_damaged_passage_is_not_given_out(database: Database, path: Path, change: str):
    with database.writing() as transaction:
        row = _put(transaction, "a")
    _raw(path, change)
    with (
        database.reading() as transaction,
        pytest.raises(LibraryDamaged, match=r"1 .*does not fit its hash\. Run `footnote doctor --deep`"),
    ):
        transaction.passage(row.first)
