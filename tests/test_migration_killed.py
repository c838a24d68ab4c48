"""kill -9 in the middle of a migration: the library is as it was, or migrated, and the next opening completes it."""

import os
from collections import Counter
from pathlib import Path
from typing import Any

import apsw
import pytest

from index.library import DATABASE, Library
from index.rows import row_hash

TORTURE = bool(os.environ.get("TORTURE"))  # every moment of every step, or one of each of three
STEPS = ["BEGIN IMMEDIATE", "CREATE TABLE", "CREATE INDEX", "ALTER TABLE", "INSERT INTO abbreviations", "UPDATE documents", "COMMIT"]
STEPS += ["index.migration:migrate", "index.migration:_with_abbreviations", "index.migration:_with_originals"]
STEPS += [f"index.migration:{name}" for name in ("_with_tables", "_sound", "_complete")]
STEPS += [
    "index.transaction:Transaction.set",
    *(f"index.{name}.create" for name in ("definitions:Definitions", "fields:Fields", "versions:Versions")),
]
ALL = 9  # changes: there are none left to make


def _execute(folder: Path, *statements: str) -> list[Any]:
    connection = apsw.Connection(str(folder / DATABASE))
    try:
        return [connection.execute(statement).fetchall() for statement in statements][-1]
    finally:
        connection.close()


def _as_format_1(folder: Path) -> dict[str, str]:
    """Make the library one of the first format; its texts."""
    _execute(folder, *(f"DROP TABLE {table}" for table in ("abbreviations", "files", "fields", "versions")))
    _execute(folder, "DROP INDEX documents_by_sha256", "DROP INDEX documents_by_identity")
    _execute(folder, *(f"ALTER TABLE documents DROP COLUMN {column}" for column in ("about", "pages", "metadata", "blocks")))
    connection = apsw.Connection(str(folder / DATABASE))
    for *values, _ in connection.execute("SELECT * FROM documents").fetchall():
        connection.execute("UPDATE documents SET hash = ? WHERE id = ?", (row_hash(tuple(values)), values[0])).fetchall()
    connection.close()
    _execute(folder, "UPDATE settings SET value = 1 WHERE name = 'format'", "DELETE FROM settings WHERE name = 'hash'")
    return dict(_execute(folder, "SELECT id, text FROM documents"))


def _check_migrates(folder: Path, texts: dict[str, str]) -> None:
    """It is of one format or the other and loses nothing; opening it makes it one of this."""
    ((found,),) = _execute(folder, "SELECT value FROM settings WHERE name = 'format'")
    assert found in (1, 4)
    columns = {name for _, name, *_ in _execute(folder, "PRAGMA table_info(documents)")}
    assert ("blocks" in columns) == (found == 4)
    library = Library.open(folder)
    assert library.damage() == []
    with library.view() as view:
        assert {row.id: view.text(row.id) for row in view.documents()} == texts
        assert [form.other for form in view.forms("What does CAR bind?")] == ["chimeric antigen receptor"]
    library.close()
    assert _execute(folder, "SELECT value FROM settings WHERE name = 'format'") == [(4,)]


def _moments(counts: Counter[str], step: str) -> list[tuple[str, str, int]]:
    found = [(step, event, number + 1) for event in ("call", "return") for number in range(counts[f"{step} {event}"])]
    assert found, f"{step} never came: was it given another name?"
    return found if TORTURE else found[len(step) % len(found) :][:1]


@pytest.mark.timeout(3600)
def test_a_library_whose_migration_was_killed_migrates_at_the_next_opening(ordeal: Any):
    ordeal.begin(3)
    texts = _as_format_1(ordeal.folder)
    counts = ordeal.run(ALL, STEPS, None).counts
    _check_migrates(ordeal.folder, texts)
    for step in STEPS if TORTURE else ("COMMIT", "UPDATE documents", "index.migration:_with_originals"):
        for moment in _moments(counts, step):
            ordeal.begin(3)
            _as_format_1(ordeal.folder)
            assert ordeal.run(ALL, STEPS, moment).killed, f"{moment} was not reached"
            ordeal.tally["kills in migrations"] += 1
            _check_migrates(ordeal.folder, texts)
