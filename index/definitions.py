"""The table of abbreviations as documents define them."""

import json
from collections.abc import Callable, Iterable
from typing import Any

from index.abbreviations import Abbreviation

_SCHEMA = """
CREATE TABLE abbreviations (
    document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, short TEXT NOT NULL, long TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (document, short, long)) WITHOUT ROWID;
CREATE INDEX abbreviations_by_short ON abbreviations (short, key, long);
CREATE INDEX abbreviations_by_key ON abbreviations (key, short);
"""


class Definitions:
    """Abbreviations and their full forms inside one transaction."""

    def __init__(self, execute: Callable[..., Any], execute_many: Callable[..., Any]) -> None:
        self._execute = execute
        self._execute_many = execute_many

    def create(self) -> None:
        """Make the table."""
        self._execute(_SCHEMA).fetchall()

    def put(self, document: str, found: Iterable[Abbreviation]) -> None:
        """Write what a document abbreviates in the place of what it abbreviated."""
        self._execute("DELETE FROM abbreviations WHERE document = ?", (document,))
        self._execute_many("INSERT INTO abbreviations VALUES (?, ?, ?, ?)", ((document, *one, one.key) for one in found))

    def fit(self, document: str, found: Iterable[Abbreviation]) -> bool:
        """Whether what is stored of a document is this."""
        stored = self._execute("SELECT short, long, key FROM abbreviations WHERE document = ?", (document,)).fetchall()
        return set(stored) == {(*one, one.key) for one in found}

    def full_forms(self, shorts: Iterable[str]) -> dict[str, str]:
        """For each short form that documents define the full form that most of them give it, as it is first in the alphabet."""
        query = """SELECT short, min(long) FROM abbreviations WHERE short IN (SELECT value FROM json_each(?))
                   GROUP BY short, key ORDER BY count(DISTINCT document), key DESC"""
        return dict(self._execute(query, (json.dumps(list(shorts)),)))

    def short_forms(self, keys: Iterable[str]) -> dict[str, str]:
        """For each full form, by its key, the short form that most documents give it."""
        query = """SELECT key, short FROM abbreviations WHERE key IN (SELECT value FROM json_each(?))
                   GROUP BY key, short ORDER BY count(DISTINCT document), short DESC"""
        return dict(self._execute(query, (json.dumps(list(keys)),)))
