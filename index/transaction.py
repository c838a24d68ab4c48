"""What can be read and written in one transaction of the database: documents, passages, and three tables of their own."""

import hashlib
from collections.abc import Iterable, Iterator, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.blocks import Block
from index.errors import LibraryDamaged
from index.filters import Filter
from index.inspection import Execute, Inspection
from index.rows import COLUMNS, DocumentRow, PassageRow, row_hash

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    characters INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, about TEXT NOT NULL, pages BLOB NOT NULL,
    metadata TEXT NOT NULL, blocks BLOB NOT NULL, text TEXT NOT NULL, hash BLOB NOT NULL);
CREATE INDEX documents_by_passages ON documents (first, last);
CREATE INDEX documents_by_sha256 ON documents (sha256);
CREATE INDEX documents_by_identity ON documents (id, sha256, metadata);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, section TEXT NOT NULL, sentences BLOB NOT NULL,
    terms TEXT NOT NULL, vector BLOB NOT NULL, tokens BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX passages_by_document ON passages (document);
CREATE TABLE files (document TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, content BLOB NOT NULL);
"""
Integers = NDArray[np.int64]


class Transaction(Inspection):
    """What can be read, written and inspected inside one transaction."""

    def __init__(self, execute: Execute, execute_many: Execute) -> None:
        super().__init__(execute, execute_many)
        self._execute_many = execute_many
        self.execute = execute  # for migration, which knows tables as they were

    def create(self, settings: dict[str, str | int]) -> None:
        """Make the tables and the first settings, unless they are there already."""
        if not self.is_empty():
            return
        self._execute(_SCHEMA).fetchall()
        for table in (self.definitions, self.fields, self.versions):
            table.create()
        for name, value in settings.items():
            self.set(name, value)

    def is_empty(self) -> bool:
        """Whether there is not one table."""
        return self._execute("SELECT 1 FROM sqlite_master").fetchone() is None

    # Settings

    def setting(self, name: str) -> str:
        row = self._execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set(self, name: str, value: str | int) -> None:
        self._execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))
        self._execute("INSERT OR REPLACE INTO settings VALUES ('hash', ?)", (self.settings_hash(),))

    @property
    def generation(self) -> int:
        return self._count("generation")

    @property
    def next_passage(self) -> int:
        """The number that the next passage gets."""
        return self._count("next_passage")

    def _count(self, name: str) -> int:
        if not (found := self.setting(name)).isdecimal():
            raise LibraryDamaged(f"The setting {name} of the library is no number. Restore the library from a copy.")
        return int(found)

    def advance(self) -> None:
        """Count one more change of the library."""
        self.set("generation", self.generation + 1)

    # Documents

    def documents(self, filters: Sequence[Filter] = (), after: str = "", most: int = -1) -> list[DocumentRow]:
        """The documents that all filters let pass, by id: at most `most` (-1 for all) of those that come after the id `after`."""
        condition, values = self.fields.matching(filters)
        query = f"SELECT {COLUMNS} FROM documents WHERE {condition} AND id > ? ORDER BY id LIMIT ?"
        return [DocumentRow.of(row) for row in self._execute(query, (*values, after, most))]

    def count(self, filters: Sequence[Filter] = ()) -> int:
        """How many documents all filters let pass."""
        condition, values = self.fields.matching(filters)
        return int(self._execute(f"SELECT count(*) FROM documents WHERE {condition}", values).fetchone()[0])

    def document(self, id: str) -> DocumentRow | None:
        return self._one_document("id", id)

    def document_from(self, source: str) -> DocumentRow | None:
        return self._one_document("source", source)

    def document_of_file(self, sha256: str) -> DocumentRow | None:
        """The first document, by id, whose present version is the file of that sha256."""
        return self._one_document("sha256", sha256)

    def _one_document(self, column: str, value: str) -> DocumentRow | None:
        query = f"SELECT {COLUMNS} FROM documents WHERE {column} = ? ORDER BY id LIMIT 1"
        try:
            row = self._execute(query, (value,)).fetchone()
        except UnicodeEncodeError:  # a lone surrogate, which no stored name holds
            return None
        return DocumentRow.of(row) if row else None

    def text(self, id: str) -> str:
        """The text of a document, checked against its hash. Raises LibraryDamaged if it does not fit."""
        return str(self._whole(id)[-1])

    def blocks(self, id: str) -> list[Block]:
        """The blocks of a document's text. Raises LibraryDamaged if they do not fit their hash."""
        return [Block(*map(int, row)) for row in np.frombuffer(self._whole(id)[-2], dtype="<i4").reshape(-1, 3)]

    def _whole(self, id: str) -> tuple[Any, ...]:
        return self._checked(f"SELECT {COLUMNS}, blocks, text, hash FROM documents WHERE id = ?", id, f"Document {id}")

    def _checked(self, query: str, key: str | int, name: str) -> tuple[Any, ...]:
        """The values of one row without the hash at their end, which they must fit. Raises LibraryDamaged if they do not."""
        try:
            ((*values, stored),) = self._execute(query, (key,))
            fits = bool(row_hash(tuple(values)) == stored)
        except ValueError:  # no row, or one with a text that is none
            fits = False
        if not fits:
            raise LibraryDamaged(f"{name} does not fit its hash. Run `footnote doctor --deep`.")
        return tuple(values)

    def put_document(self, row: DocumentRow, text: str, blocks: Iterable[Block] = ()) -> None:
        values = (*row.values(), packed(blocks), text)
        self._execute(f"INSERT INTO documents ({COLUMNS}, blocks, text, hash) VALUES ({', '.join('?' * 13)})", (*values, row_hash(values)))
        self.fields.put(row)

    def replace_document(self, row: DocumentRow, text: str, blocks: Iterable[Block] = ()) -> None:
        """Put a document in the place of the one of its id, whose passages and file go; versions stay."""
        for table in ("passages", "files"):
            self._execute(f"DELETE FROM {table} WHERE document = ?", (row.id,))
        values = (*row.values(), packed(blocks), text)
        columns = ", ".join(f"{name} = ?" for name in (*COLUMNS.split(", "), "blocks", "text", "hash"))
        self._execute(f"UPDATE documents SET {columns} WHERE id = ?", (*values, row_hash(values), row.id))
        self.fields.put(row)

    def remove_document(self, id: str) -> None:
        self._execute("DELETE FROM documents WHERE id = ?", (id,))

    # Files

    def put_file(self, document: str, content: bytes) -> None:
        self._execute("INSERT INTO files VALUES (?, ?)", (document, content))

    def file(self, document: str) -> bytes | None:
        """The file a document was read from; None for one that was added before files were kept.

        Raises LibraryDamaged if it does not fit its hash.
        """
        query = "SELECT sha256, content FROM documents JOIN files ON files.document = id WHERE id = ?"
        row = self._execute(query, (document,)).fetchone()
        if row and hashlib.sha256(row[1]).hexdigest() != row[0]:
            raise LibraryDamaged(f"The file of document {document} does not fit its hash. Run `footnote doctor --deep`.")
        return bytes(row[1]) if row else None

    # Passages

    def take_numbers(self, count: int) -> int:
        """The first of `count` passage numbers never used before in this library."""
        first = self.next_passage
        self.set("next_passage", first + count)
        return first

    def put_passages(self, document: str, first: int, rows: Sequence[PassageRow]) -> None:
        self._execute_many(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((first + i, document, *row.values(), row_hash(row.values())) for i, row in enumerate(rows)),
        )

    def passage(self, number: int) -> tuple[str, PassageRow]:
        """The document's id and the passage of that number, checked against its hash. Raises LibraryDamaged if it does not fit."""
        query = "SELECT start, end, section, sentences, terms, vector, tokens, hash FROM passages WHERE number = ?"
        belonging = "SELECT id FROM passages JOIN documents ON id = document WHERE passages.number = ? AND number BETWEEN first AND last"
        if (row := self._execute(belonging, (number,)).fetchone()) is None:
            raise LibraryDamaged(f"Passage {number} is not there, or belongs to no document. Run `footnote doctor --deep`.")
        document = row[0]
        return str(document), PassageRow.of(self._checked(query, number, f"Passage {number} of document {document}"))

    def passages_of(self, document: str) -> list[PassageRow]:
        """The passages of a document in order, each checked against its hash. Raises LibraryDamaged if one does not fit."""
        numbers = self._execute("SELECT number FROM passages WHERE document = ? ORDER BY number", (document,)).fetchall()
        return [self.passage(number)[1] for (number,) in numbers]

    def identities(self) -> Iterator[str]:
        """What makes each document the one it is, by id: lines of its id, the sha256 of its version and its metadata."""
        query = "SELECT id || char(10) || sha256 || char(10) || metadata || char(10) FROM documents ORDER BY id"
        return (lines for (lines,) in self._execute(query))

    def passage_ranges(self, filters: Sequence[Filter] = ()) -> Integers:
        """(first, last) of the passages of every document that all filters let pass, int64 (n, 2), rising."""
        condition, values = self.fields.matching(filters)
        query = f"SELECT CAST(first AS INTEGER), CAST(last AS INTEGER) FROM documents WHERE {condition} AND last >= first ORDER BY first"
        rows = self._execute(query, values).fetchall()
        return np.array(rows, dtype=np.int64).reshape(-1, 2)

    def search_rows(self, first: int, last: int) -> Iterator[tuple[int, bytes, str]]:
        """(number, vector, terms) of the passages numbered `first` to `last`."""
        return iter(self._execute("SELECT number, vector, terms FROM passages WHERE number BETWEEN ? AND ? ORDER BY number", (first, last)))


def packed(blocks: Iterable[Block]) -> bytes:
    """Blocks as they are stored."""
    return np.array([(block.start, block.end, block.level) for block in blocks], dtype="<i4").tobytes()
