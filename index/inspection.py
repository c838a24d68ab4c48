"""Inspection: the SQL that finds what in a library contradicts its counts, its hashes or itself."""

import hashlib
from collections.abc import Callable, Iterator
from typing import Any

from index.abbreviations import abbreviations
from index.definitions import Definitions
from index.fields import Fields
from index.rows import COLUMNS, DocumentRow, as_bytes, row_hash
from index.versions import Versions

Execute = Callable[..., Any]


class Inspection:
    """What can be found wrong inside one transaction, a sentence each.

    definitions: abbreviations. fields: what filters find documents by. versions: earlier versions of documents.
    """

    def __init__(self, execute: Execute, execute_many: Execute) -> None:
        self._execute = execute
        self.definitions = Definitions(execute, execute_many)
        self.fields = Fields(execute, execute_many)
        self.versions = Versions(execute)

    def damage(self) -> Iterator[str]:
        """What is wrong with the file and its rows, one sentence each; nothing where all hashes fit."""
        yield from self.disorder()
        yield from self.broken_pages()
        for id in self.ids():
            yield from self.damage_of(id)

    def disorder(self) -> Iterator[str]:
        """What counts alone show to be wrong, a sentence each."""
        query = """SELECT d.id, d.last - d.first + 1, count(p.number) FROM documents d LEFT JOIN passages p ON p.document = d.id
                   GROUP BY d.id HAVING count(p.number) IS NOT d.last - d.first + 1"""
        for id, wanted, found in self._execute(query):
            yield f"document {id} has {found} of its {wanted} passages"
        numbers = "SELECT max(number), (SELECT value FROM settings WHERE name = 'next_passage') FROM passages"
        ((last, following),) = self._execute(numbers)
        if not isinstance(following, int) or following <= (last or 0):
            yield f"passage {last} is stored, and the next one would be passage {following}"

    def broken_pages(self) -> Iterator[str]:
        """What SQLite finds wrong with the pages of the file, settings that do not fit their hash, and rows that belong to no document."""
        for (found,) in self._execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"SQLite reports: {found}"
        # Older versions stored no hash of the settings. It is the only one that is a blob, by whatever name.
        stored = self._execute("SELECT name, value FROM settings WHERE name = 'hash' OR typeof(value) = 'blob'").fetchall()
        if stored and stored != [("hash", self.settings_hash())]:
            yield "the settings of the library do not fit their hash"
        for table, row, *_ in self._execute("PRAGMA foreign_key_check"):
            yield f"row {row} of the {table} belongs to no document"

    def ids(self) -> list[str]:
        """The ids of all documents."""
        return [str(id) for (id,) in self._execute("SELECT id FROM documents")]

    def damage_of(self, id: str) -> Iterator[str]:
        """What of a document does not fit its hash, or its text, a sentence each."""
        if list(self.damaged_texts(id)):
            yield f"document {id} does not fit its hash"
        else:
            ((*values, text),) = self._execute(f"SELECT {COLUMNS}, text FROM documents WHERE id = ?", (id,))
            if not self.definitions.fit(id, abbreviations(text)):
                yield f"the abbreviations of document {id} are not those that it defines"
            if not self.fields.fit(DocumentRow.of(tuple(values))):
                yield f"filters do not find document {id} by what its row says"
        yield from (f"version {sha256[:16]} of document {id} does not fit its hash" for sha256 in self.versions.damaged(id))
        query = "SELECT sha256, content FROM documents JOIN files ON files.document = id WHERE id = ?"
        for sha256, content in self._execute(query, (id,)):
            if hashlib.sha256(_bytes(content)).hexdigest() != sha256:
                yield f"the file of document {id} does not fit its hash"
        query = """SELECT number, hash, start, end, CAST(section AS BLOB), sentences, CAST(terms AS BLOB), vector, tokens
                   FROM passages WHERE document = ? ORDER BY number"""
        for number, stored, *values in self._execute(query, (id,)):
            if row_hash(tuple(values)) != stored:
                yield f"passage {number} of document {id} does not fit its hash"

    def damaged_texts(self, id: str | None = None) -> Iterator[str]:
        """The ids of documents, or the one given, whose row, text included, does not fit its hash."""
        columns = as_bytes(*COLUMNS.split(", "), "blocks", "text")
        query = f"SELECT id, hash, {columns} FROM documents WHERE ?1 IS NULL OR id = ?1"
        for found, stored, *values in self._execute(query, (id,)):
            if row_hash(tuple(values)) != stored:
                yield str(found)

    def settings_hash(self) -> bytes:
        """sha256 over all settings but the hash itself."""
        rows = self._execute("SELECT CAST(name AS BLOB), CAST(value AS BLOB) FROM settings WHERE name <> 'hash' ORDER BY name").fetchall()
        return row_hash(tuple(value for row in rows for value in row))


def _bytes(value: object) -> bytes:
    """A value as the bytes it should be: a flipped bit can make it one of another type."""
    return value if isinstance(value, bytes) else str(value).encode("utf-8", "surrogatepass")
