"""The library's truth: documents, passages, vectors and hashes in one SQLite file; the only file that imports apsw.

apsw brings its own current SQLite: versions before 3.51.3 can corrupt a database that two connections write. A document is one
transaction and is on the disk when it is acknowledged (WAL, synchronous=FULL).
"""

import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Empty, Full, LifoQueue

import apsw

from index.errors import LibraryError, LibraryMismatch, LibraryMissing
from index.migration import migrate
from index.transaction import Transaction

FORMAT = 4
_BUSY = 30_000  # milliseconds a writer waits for another one
_PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": True}


class Database:
    """The SQLite file, with a few connections kept ready for readers."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: LifoQueue[apsw.Connection] = LifoQueue(maxsize=16)

    @classmethod
    def create(cls, path: Path, settings: dict[str, str]) -> "Database":
        """Make the file, unless another process has made it meanwhile."""
        database = cls(path)
        first: dict[str, str | int] = {"format": FORMAT, "generation": 0, "next_passage": 1, "lineage": secrets.token_hex(8)}
        with database.writing() as transaction:
            transaction.create({**first, **settings})
        return database

    @classmethod
    def open(cls, path: Path) -> "Database":
        """Open the file of a library; one of an older format becomes one of this.

        Raises:
            LibraryMissing: it is empty, as one left by a process that was killed while it made it.
            LibraryMismatch: another version of Footnote made it.
            LibraryError: it is no library's file.
        """
        database = cls(path)
        try:
            with database.reading() as transaction:
                if transaction.is_empty():
                    raise LibraryMissing(f"{path} holds no library yet. Make one with `footnote add FILE …`.")
                found = transaction.setting("format")
            if found != str(FORMAT):
                found = database._migrated()
        except apsw.Error as error:
            raise LibraryError(f"{path} cannot be read as a library ({error}). Restore it from a copy.") from error
        if found != str(FORMAT):
            raise LibraryMismatch(
                f"{path} has format {found}, this version of Footnote reads format {FORMAT}. Use the version that made it, "
                "or add its documents to a new library."
            )
        return database

    def _migrated(self) -> str:
        """The format of the library after every step that is known."""
        with self.writing() as transaction:
            migrate(transaction)
            return transaction.setting("format")

    @contextmanager
    def reading(self) -> Iterator[Transaction]:
        """One view of the library, unmoved by what is written meanwhile."""
        with self._connection() as connection, self._transaction(connection, "BEGIN"):
            yield Transaction(connection.execute, connection.executemany)

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A change that is made wholly or not at all; other writers wait."""
        with self._connection() as connection, self._transaction(connection, "BEGIN IMMEDIATE"):
            yield Transaction(connection.execute, connection.executemany)

    def copy(self, target: Path) -> None:
        """Write what a reader sees now to a new file, which is whole by itself; others read and write meanwhile."""
        with self._connection() as connection:
            connection.execute("VACUUM INTO ?", (str(target),))

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
            try:
                self._idle.put_nowait(connection)
            except Full:
                connection.close()

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
