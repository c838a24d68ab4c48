"""All SQL there is: what can be read and written in one transaction of the database."""

import hashlib
import json
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.abbreviations import Abbreviation
from index.blocks import Block
from index.errors import LibraryDamaged
from index.rows import DocumentRow, PassageRow, row_hash

_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    characters INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, text TEXT NOT NULL, hash BLOB NOT NULL);
CREATE INDEX documents_by_passages ON documents (first, last);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, section TEXT NOT NULL, sentences BLOB NOT NULL,
    terms TEXT NOT NULL, vector BLOB NOT NULL, tokens BLOB NOT NULL, hash BLOB NOT NULL);
CREATE INDEX passages_by_document ON passages (document);
"""
_ABBREVIATIONS = """
CREATE TABLE abbreviations (
    document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, short TEXT NOT NULL, long TEXT NOT NULL, key TEXT NOT NULL,
    PRIMARY KEY (document, short, long)) WITHOUT ROWID;
CREATE INDEX abbreviations_by_short ON abbreviations (short, key, long);
CREATE INDEX abbreviations_by_key ON abbreviations (key, short);
"""

_ROW = "id, source, title, sha256, characters, first, last, about, pages"
_ORIGINALS = """
ALTER TABLE documents ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN pages BLOB NOT NULL DEFAULT x'';
ALTER TABLE documents ADD COLUMN blocks BLOB NOT NULL DEFAULT x'';
CREATE TABLE files (document TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, content BLOB NOT NULL);
"""
Execute = Callable[..., Any]
Integers = NDArray[np.int64]


class Transaction:
    """What can be read and written inside one transaction."""

    def __init__(self, execute: Execute, execute_many: Execute) -> None:
        self._execute = execute
        self._execute_many = execute_many

    def create(self, settings: dict[str, str | int]) -> None:
        """Make the tables and the first settings, unless they are there already."""
        if not self.is_empty():
            return
        self._execute(_SCHEMA).fetchall()
        self.create_abbreviations()
        self.create_originals()
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

    @property
    def generation(self) -> int:
        return int(self.setting("generation"))

    @property
    def next_passage(self) -> int:
        """The number that the next passage gets."""
        return int(self.setting("next_passage"))

    def advance(self) -> None:
        """Count one more change of the library."""
        self.set("generation", self.generation + 1)

    # Documents

    def documents(self) -> list[DocumentRow]:
        return [DocumentRow.of(row) for row in self._execute(f"SELECT {_ROW} FROM documents ORDER BY id")]

    def document(self, id: str) -> DocumentRow | None:
        return self._one_document("id", id)

    def document_from(self, source: str) -> DocumentRow | None:
        return self._one_document("source", source)

    def _one_document(self, column: str, value: str) -> DocumentRow | None:
        query = f"SELECT {_ROW} FROM documents WHERE {column} = ?"
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
        return self._checked(f"SELECT {_ROW}, blocks, text, hash FROM documents WHERE id = ?", id, f"Document {id}")

    def _checked(self, query: str, key: str | int, name: str) -> tuple[Any, ...]:
        """The values of one row without the hash at their end, which they must fit. Raises LibraryDamaged if they do not."""
        try:
            ((*values, stored),) = self._execute(query, (key,))
            fits = bool(row_hash(tuple(values)) == stored)
        except UnicodeDecodeError:
            fits = False
        if not fits:
            raise LibraryDamaged(f"{name} does not fit its hash. Run `footnote doctor`.")
        return tuple(values)

    def put_document(self, row: DocumentRow, text: str, blocks: Iterable[Block] = ()) -> None:
        values = (*row.values(), _packed(blocks), text)
        self._execute(f"INSERT INTO documents ({_ROW}, blocks, text, hash) VALUES ({', '.join('?' * 12)})", (*values, row_hash(values)))

    def remove_document(self, id: str) -> None:
        self._execute("DELETE FROM documents WHERE id = ?", (id,))

    # Files

    def create_originals(self) -> None:
        """Room for blocks, pages, what documents say of themselves, and the files they were read from."""
        self._execute(_ORIGINALS).fetchall()

    def old_texts(self) -> Iterator[tuple[str, str, str]]:
        """(id, source, text) of each document of formats 1 and 2 that fits its hash."""
        query = "SELECT id, source, title, sha256, characters, first, last, text, hash FROM documents"
        for *values, stored in self._execute(query).fetchall():
            if row_hash(tuple(values)) == stored:
                yield values[0], values[1], values[-1]

    def complete(self, row: DocumentRow, blocks: Iterable[Block], text: str) -> None:
        """Give a document of format 2 what its row and its blocks say, and the hash of all of it."""
        values = (*row.values(), _packed(blocks), text)
        changed = (row.about.as_json(), values[-2], row_hash(values), row.id)
        self._execute("UPDATE documents SET about = ?, blocks = ?, hash = ? WHERE id = ?", changed)

    def put_file(self, document: str, content: bytes) -> None:
        self._execute("INSERT INTO files VALUES (?, ?)", (document, content))

    def file(self, document: str) -> bytes | None:
        """The file a document was read from; None for one that was added before files were kept.

        Raises LibraryDamaged if it does not fit its hash.
        """
        query = "SELECT sha256, content FROM documents JOIN files ON files.document = id WHERE id = ?"
        row = self._execute(query, (document,)).fetchone()
        if row and hashlib.sha256(row[1]).hexdigest() != row[0]:
            raise LibraryDamaged(f"The file of document {document} does not fit its hash. Run `footnote doctor`.")
        return bytes(row[1]) if row else None

    # Passages

    def take_numbers(self, count: int) -> int:
        """The first of `count` passage numbers never used before in this library."""
        first = self.next_passage
        self.set("next_passage", first + count)
        return first

    def put_passages(self, document: str, first: int, rows: list[PassageRow]) -> None:
        self._execute_many(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((first + i, document, *row.values(), row_hash(row.values())) for i, row in enumerate(rows)),
        )

    def passage(self, number: int) -> tuple[str, PassageRow]:
        """The document's id and the passage of that number, checked against its hash. Raises LibraryDamaged if it does not fit."""
        query = "SELECT start, end, section, sentences, terms, vector, tokens, hash FROM passages WHERE number = ?"
        ((document,),) = self._execute("SELECT document FROM passages WHERE number = ?", (number,))
        return str(document), PassageRow.of(self._checked(query, number, f"Passage {number} of document {document}"))

    def passages_of(self, document: str) -> list[PassageRow]:
        query = "SELECT start, end, section, sentences, terms, vector, tokens FROM passages WHERE document = ? ORDER BY number"
        return [PassageRow.of(values) for values in self._execute(query, (document,))]

    def passage_ranges(self) -> Integers:
        """(first, last) of the passages of every document, int64 (n, 2), rising."""
        rows = self._execute("SELECT first, last FROM documents WHERE last >= first ORDER BY first").fetchall()
        return np.array(rows, dtype=np.int64).reshape(-1, 2)

    def search_rows(self, first: int, last: int) -> Iterator[tuple[int, bytes, str]]:
        """(number, vector, terms) of the passages numbered `first` to `last`."""
        return iter(self._execute("SELECT number, vector, terms FROM passages WHERE number BETWEEN ? AND ? ORDER BY number", (first, last)))

    # Abbreviations

    def create_abbreviations(self) -> None:
        self._execute(_ABBREVIATIONS).fetchall()

    def put_abbreviations(self, document: str, found: Iterable[Abbreviation]) -> None:
        self._execute_many("INSERT INTO abbreviations VALUES (?, ?, ?, ?)", ((document, *one, one.key) for one in found))

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

    # Checks

    def damage(self) -> Iterator[str]:
        """What is wrong with the file and its rows, one sentence each; nothing where all hashes fit."""
        for (found,) in self._execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"SQLite reports: {found}"
        for id in self.damaged_texts():
            yield f"document {id} does not fit its hash"
        for id, sha256, content in self._execute("SELECT id, sha256, content FROM documents JOIN files ON files.document = id"):
            if hashlib.sha256(content).hexdigest() != sha256:
                yield f"the file of document {id} does not fit its hash"
        query = """SELECT number, document, hash, start, end, CAST(section AS BLOB), sentences, CAST(terms AS BLOB), vector, tokens
                   FROM passages"""
        for number, document, stored, *values in self._execute(query):
            if row_hash(tuple(values)) != stored:
                yield f"passage {number} of document {document} does not fit its hash"
        yield from self._incomplete()

    def damaged_texts(self) -> Iterator[str]:
        """The ids of documents whose row, text included, does not fit its hash."""
        # As bytes: what is damaged need not be text any more.
        query = """SELECT id, hash, CAST(id AS BLOB), CAST(source AS BLOB), CAST(title AS BLOB), CAST(sha256 AS BLOB), characters,
                          first, last, CAST(about AS BLOB), pages, blocks, CAST(text AS BLOB) FROM documents"""
        for id, stored, *values in self._execute(query):
            if row_hash(tuple(values)) != stored:
                yield str(id)

    def _incomplete(self) -> Iterator[str]:
        query = """SELECT d.id, d.last - d.first + 1, count(p.number) FROM documents d
                   LEFT JOIN passages p ON p.document = d.id GROUP BY d.id HAVING count(p.number) <> d.last - d.first + 1"""
        for id, wanted, found in self._execute(query):
            yield f"document {id} has {found} of its {wanted} passages"


def _packed(blocks: Iterable[Block]) -> bytes:
    return np.array([(block.start, block.end, block.level) for block in blocks], dtype="<i4").tobytes()
