"""The library's truth: documents, passages, vectors and hashes in one SQLite file; the only file that imports apsw.

apsw brings its own current SQLite: versions before 3.51.3 can corrupt a database that two connections write. A document is one
transaction and is on the disk when it is acknowledged (WAL, synchronous=FULL).
"""

import hashlib
import json
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, LifoQueue

import apsw
import numpy as np
from numpy.typing import NDArray

from index.errors import LibraryError, LibraryMismatch

FORMAT = 1
_BUSY = 30_000  # milliseconds a writer waits for another one
_PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": True}
_SCHEMA = """
CREATE TABLE settings (name TEXT PRIMARY KEY, value) WITHOUT ROWID;
CREATE TABLE documents (
    id TEXT PRIMARY KEY, source TEXT NOT NULL UNIQUE, title TEXT NOT NULL, sha256 TEXT NOT NULL,
    characters INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, text_sha256 TEXT NOT NULL, text TEXT NOT NULL);
CREATE INDEX documents_by_passages ON documents (first, last);
CREATE TABLE passages (
    number INTEGER PRIMARY KEY, document TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE,
    start INTEGER NOT NULL, end INTEGER NOT NULL, section TEXT NOT NULL, sentences BLOB NOT NULL,
    terms TEXT NOT NULL, vector BLOB NOT NULL, tokens BLOB NOT NULL, sha256 BLOB NOT NULL);
CREATE INDEX passages_by_document ON passages (document);
"""

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as stored, its text apart. `first` and `last` are the numbers of its passages."""

    id: str
    source: str
    title: str
    sha256: str
    characters: int
    first: int
    last: int


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as stored.

    sentences: int32 (n, 4), each row the start and end of a sentence in the document's text and the first and last + 1 of its
    rows among the token vectors. terms: the search terms of context and passage. vector: float16, little-endian.
    tokens: packed by `index.tokens`.
    """

    start: int
    end: int
    section: tuple[str, ...]
    sentences: NDArray[np.int32]
    terms: tuple[str, ...]
    vector: bytes
    tokens: bytes

    def values(self) -> tuple[int, int, str, bytes, str, bytes, bytes]:
        section = json.dumps(self.section, ensure_ascii=False)
        sentences = self.sentences.astype("<i4").tobytes()
        return self.start, self.end, section, sentences, " ".join(self.terms), self.vector, self.tokens

    @classmethod
    def of(cls, values: tuple[int, int, str, bytes, str, bytes, bytes]) -> "PassageRow":
        start, end, section, sentences, terms, vector, tokens = values
        spans = np.frombuffer(sentences, dtype="<i4").reshape(-1, 4)
        return cls(start, end, tuple(json.loads(section)), spans, tuple(terms.split()), vector, tokens)


class Transaction:
    """What can be read and written inside one transaction."""

    def __init__(self, connection: apsw.Connection) -> None:
        self._execute = connection.execute
        self._execute_many = connection.executemany

    # Settings

    def setting(self, name: str) -> str:
        row = self._execute("SELECT value FROM settings WHERE name = ?", (name,)).fetchone()
        return str(row[0]) if row else ""

    def set(self, name: str, value: str | int) -> None:
        self._execute("INSERT OR REPLACE INTO settings VALUES (?, ?)", (name, value))

    @property
    def generation(self) -> int:
        return int(self.setting("generation"))

    def advance(self) -> None:
        """Count one more change of the library."""
        self.set("generation", self.generation + 1)

    # Documents

    def documents(self) -> list[DocumentRow]:
        rows = self._execute("SELECT id, source, title, sha256, characters, first, last FROM documents ORDER BY id")
        return [DocumentRow(*row) for row in rows]

    def document(self, id: str) -> DocumentRow | None:
        return self._one_document("id", id)

    def document_from(self, source: str) -> DocumentRow | None:
        return self._one_document("source", source)

    def _one_document(self, column: str, value: str) -> DocumentRow | None:
        query = f"SELECT id, source, title, sha256, characters, first, last FROM documents WHERE {column} = ?"
        row = self._execute(query, (value,)).fetchone()
        return DocumentRow(*row) if row else None

    def text(self, id: str) -> str:
        ((text,),) = self._execute("SELECT text FROM documents WHERE id = ?", (id,))
        return str(text)

    def put_document(self, row: DocumentRow, text: str) -> None:
        self._execute(
            "INSERT INTO documents VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (row.id, row.source, row.title, row.sha256, row.characters, row.first, row.last, _sha256(text), text),
        )

    def remove_document(self, id: str) -> None:
        self._execute("DELETE FROM documents WHERE id = ?", (id,))

    # Passages

    def take_numbers(self, count: int) -> int:
        """The first of `count` passage numbers never used before in this library."""
        first = int(self.setting("next_passage"))
        self.set("next_passage", first + count)
        return first

    def put_passages(self, document: str, first: int, rows: list[PassageRow]) -> None:
        self._execute_many(
            "INSERT INTO passages VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            ((first + i, document, *row.values(), row_hash(row.values())) for i, row in enumerate(rows)),
        )

    def passage(self, number: int) -> tuple[str, PassageRow]:
        """The document's id and the passage of that number."""
        query = "SELECT document, start, end, section, sentences, terms, vector, tokens FROM passages WHERE number = ?"
        ((document, *values),) = self._execute(query, (number,))
        return str(document), PassageRow.of(tuple(values))

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

    # Checks

    def damage(self) -> Iterator[str]:
        """What is wrong with the file and its rows, one sentence each; nothing where all hashes fit."""
        for (found,) in self._execute("PRAGMA integrity_check"):
            if found != "ok":
                yield f"SQLite reports: {found}"
        for id in self.damaged_texts():
            yield f"the text of document {id} does not fit its hash"
        query = "SELECT number, document, sha256, start, end, section, sentences, terms, vector, tokens FROM passages"
        for number, document, sha256, *values in self._execute(query):
            if row_hash(tuple(values)) != sha256:
                yield f"passage {number} of document {document} does not fit its hash"
        yield from self._incomplete()

    def damaged_texts(self) -> Iterator[str]:
        """The ids of documents whose text does not fit its hash."""
        for id, sha256, text in self._execute("SELECT id, text_sha256, text FROM documents"):
            if _sha256(text) != sha256:
                yield str(id)

    def _incomplete(self) -> Iterator[str]:
        query = """SELECT d.id, d.last - d.first + 1, count(p.number) FROM documents d
                   LEFT JOIN passages p ON p.document = d.id GROUP BY d.id HAVING count(p.number) <> d.last - d.first + 1"""
        for id, wanted, found in self._execute(query):
            yield f"document {id} has {found} of its {wanted} passages"


class Database:
    """The SQLite file, with a few connections kept ready for readers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: LifoQueue[apsw.Connection] = LifoQueue(maxsize=16)

    @classmethod
    def create(cls, path: Path, settings: dict[str, str]) -> "Database":
        """Make the file, unless another process has made it meanwhile."""
        database = cls(path)
        with database.writing() as transaction:
            if not transaction._execute("SELECT 1 FROM sqlite_master WHERE name = 'settings'").fetchone():
                transaction._execute(_SCHEMA)
                first: dict[str, str | int] = {"format": FORMAT, "generation": 0, "next_passage": 1, "lineage": secrets.token_hex(8)}
                for name, value in {**first, **settings}.items():
                    transaction.set(name, value)
        return database

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open the file of a library.

        Raises:
            LibraryMismatch: another version of Footnote made it.
            LibraryError: it is no library's file.
        """
        database = cls(path)
        try:
            with database.reading() as transaction:
                found = transaction.setting("format")
        except apsw.Error as error:
            raise LibraryError(f"{path} cannot be read as a library ({error}). Restore it from a copy.") from error
        if found != str(FORMAT):
            raise LibraryMismatch(
                f"{path} has format {found}, this version of Footnote reads format {FORMAT}. Use the version that made it, "
                "or add its documents to a new library."
            )
        return database

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One view of the library, unmoved by what is written meanwhile."""
        with self._connection() as connection, self._transaction(connection, "BEGIN"):
            yield Transaction(connection)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A change that is made wholly or not at all; other writers wait."""
        with self._connection() as connection, self._transaction(connection, "BEGIN IMMEDIATE"):
            yield Transaction(connection)

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().close()

    @contextmanager
    def _connection(self) -> Iterator[apsw.Connection]:
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
        try:
            yield connection
        finally:
            if self._idle.full():
                connection.close()
            else:
                self._idle.put_nowait(connection)

    def _connect(self) -> apsw.Connection:
        connection = apsw.Connection(str(self._path))
        connection.set_busy_timeout(_BUSY)
        for name, value in _PRAGMAS.items():
            connection.pragma(name, value)
        return connection

    @contextmanager
    def _transaction(self, connection: apsw.Connection, begin: str) -> Iterator[None]:
        connection.execute(begin)
        try:
            yield
            connection.execute("COMMIT")
        except BaseException:
            if connection.in_transaction:
                connection.execute("ROLLBACK")
            raise


def row_hash(values: tuple[object, ...]) -> bytes:
    """sha256 over a passage's stored values, each with its length, so that no byte can move from one to the next."""
    digest = hashlib.sha256()
    for value in values:
        content = value if isinstance(value, bytes) else str(value).encode("utf-8")
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.digest()


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8")).hexdigest()
