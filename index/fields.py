"""The table of fields: what filters find documents by. It follows from the documents' rows and is written with them."""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from index.filters import Filter
from index.metadata import Metadata, number_of, texts_of
from index.rows import DocumentRow

_SCHEMA = """
CREATE TABLE fields (
    document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, name TEXT NOT NULL, value TEXT NOT NULL COLLATE NOCASE, number REAL,
    PRIMARY KEY (document, name, value)) WITHOUT ROWID;
CREATE INDEX fields_by_value ON fields (name, value);
CREATE INDEX fields_by_number ON fields (name, number);
"""
_ONE_OF = "name = ? AND value IN (SELECT value FROM json_each(?))"
# What begins with the upper bound is within it: nothing begins with more than U+10FFFF.
_BETWEEN = "name = ? AND (value >= ? OR ? = '') AND (value <= ? || char(1114111) OR ? = '')"
_NUMBERED = "name = ? AND number BETWEEN ? AND ?"

Field = tuple[str, str, float | None]


class Fields:
    """The fields of documents inside one transaction."""

    def __init__(self, execute: Callable[..., Any], execute_many: Callable[..., Any]) -> None:
        self._execute = execute
        self._execute_many = execute_many

    def create(self) -> None:
        """Make the table."""
        self._execute(_SCHEMA).fetchall()

    def put(self, row: DocumentRow) -> None:
        """Write the fields of a document in the place of those it had."""
        self._execute("DELETE FROM fields WHERE document = ?", (row.id,))
        self._execute_many("INSERT OR IGNORE INTO fields VALUES (?, ?, ?, ?)", ((row.id, *field) for field in fields_of(row)))

    def matching(self, filters: Sequence[Filter]) -> tuple[str, list[Any]]:
        """A condition on the column `id` that all filters set, in SQL, and its values."""
        conditions: list[str] = []
        values: list[Any] = []
        for one in filters:
            condition, bound = _condition(one)
            conditions.append(f"id IN (SELECT document FROM fields WHERE {condition})")
            values += bound
        return " AND ".join(conditions) or "1", values

    def fit(self, row: DocumentRow) -> bool:
        """Whether the fields of a document are those that its row says; of texts that differ in case only, one is kept."""
        stored = self._execute("SELECT name, value, number FROM fields WHERE document = ?", (row.id,))
        return {_folded(field) for field in stored} == set(map(_folded, fields_of(row)))


def fields_of(row: DocumentRow) -> Iterator[Field]:
    """(name, text, number) of everything a document can be found by."""
    about = row.about
    known: Metadata = {
        "kind": about.kind,
        "title": row.title,
        "authors": about.authors,
        "date": about.date,
        "doi": about.doi,
        "source": row.source,
    }
    for name, value in {**row.metadata, **known}.items():
        yield from ((name, text, number_of(text)) for text in texts_of(value) if text)


def _folded(field: Field) -> Field:
    name, value, number = field
    return name, value.casefold(), number


def _condition(one: Filter) -> tuple[str, Iterable[Any]]:
    if one.any_of:
        return _ONE_OF, (one.name, json.dumps(one.any_of))
    low, high = number_of(one.low) if one.low else -math.inf, number_of(one.high) if one.high else math.inf
    text = (one.name, one.low, one.low, one.high, one.high)
    if low is None or high is None:
        return _BETWEEN, text
    return f"({_NUMBERED}) OR ({_BETWEEN} AND number IS NULL)", (one.name, low, high, *text)
