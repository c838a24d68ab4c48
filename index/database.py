"""The library's truth: documents, passages, vectors and hashes in one SQLite file; the only file that imports apsw.

apsw brings its own current SQLite: versions before 3.51.3 can corrupt a database that two connections write. A document is one
transaction and is on the disk when it is acknowledged (WAL, synchronous=FULL).
"""

import os
import secrets
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, Full, LifoQueue

import apsw

from index.errors import DiskFull, LibraryDamaged, LibraryError, LibraryMismatch, LibraryMissing
from index.migration import migrate
from index.transaction import Transaction

FORMAT = 4
_PATIENCE, _PAUSE = 30, 0.005  # seconds a writer waits for another one, and after which it tries again
_PRAGMAS = {"journal_mode": "wal", "synchronous": "full", "foreign_keys": True}
_LEAST_ROOM = 2**17  # bytes, for the files that SQLite keeps beside its own
_CANNOT_SHARE = (apsw.CantOpenError, apsw.ReadOnlyError, apsw.FullError, apsw.IOError)  # its folder takes no file that connections share
_FAULTS: tuple[tuple[type[Exception], type[LibraryError], str], ...] = (
    (apsw.FullError, DiskFull, "The disk that holds {} is full, so the change was not made. Make room and do it again."),
    (apsw.ReadOnlyError, LibraryError, "{} can only be read here, so nothing was changed. Use a folder that you may write to."),
    (apsw.BusyError, LibraryError, "Another process has been changing {} for half a minute. Do it again when that one is done."),
    (apsw.CantOpenError, LibraryError, "{} cannot be opened ({error}). See whether it and its folder may be read, and the disk has room."),
    (apsw.IOError, LibraryError, "{} cannot be read or written ({error}). See whether the disk is full or failing."),
    (apsw.CorruptError, LibraryDamaged, "{} is damaged ({error}). `footnote doctor --deep` names what is; restore it from a copy."),
    (apsw.NotADBError, LibraryDamaged, "{} cannot be read as a library ({error}). Restore it from a copy."),
    (UnicodeDecodeError, LibraryDamaged, "{} is damaged: a text in it is none. `footnote doctor --deep` names it."),
)


@dataclass(frozen=True, slots=True)
class _Connected:
    """A connection, and the state the file had when it was opened if it is read as one that nobody changes; else None."""

    connection: apsw.Connection
    state: tuple[int, ...] | None


class Database:
    """The SQLite file, with a few connections kept ready for readers.

    Where no file can be made beside it (read-only media, another's folder, a full disk) it is read as one that nobody changes, which is
    checked before and after.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._idle: LifoQueue[_Connected] = LifoQueue(maxsize=16)

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
        """One view of the library, unmoved by what is written meanwhile.

        Raises:
            LibraryError: the file cannot be read. It is a LibraryDamaged if that is because of what it holds.
        """
        with self._explained(), self._connected(self._readable) as connected:
            connection = connected.connection
            with self._transaction(connection, "BEGIN"):
                yield Transaction(connection.execute, connection.executemany)
            if connected.state is not None and connected.state != self._state():
                raise LibraryError(f"{self._path} was changed while it was read. Ask again.")

    @contextmanager
    def writing(self) -> Iterator[Transaction]:
        """A change that is made wholly or not at all; other writers wait.

        Raises:
            LibraryError: the file cannot be written, as on a full disk. Nothing is changed then.
        """
        with self._explained(), self._connected(self._writable) as connected, self._transaction(connected.connection, "BEGIN IMMEDIATE"):
            yield Transaction(connected.connection.execute, connected.connection.executemany)

    def copy(self, target: Path) -> None:
        """Write what a reader sees now to a new file, which is whole by itself; others read and write meanwhile."""
        with self._explained(), self._connected(self._readable) as connected:
            connected.connection.execute("VACUUM INTO ?", (str(target),))

    def close(self) -> None:
        while not self._idle.empty():
            self._idle.get_nowait().connection.close()

    @contextmanager
    def _connected(self, ready: Callable[[], _Connected]) -> Iterator[_Connected]:
        connected = ready()
        try:
            yield connected
        finally:
            try:
                self._idle.put_nowait(connected)
            except Full:
                connected.connection.close()

    def _readable(self) -> _Connected:
        """A connection that was kept, unless the file that nobody was to change has changed; or a new one."""
        while kept := self._kept():
            if kept.state in (None, self._state()):
                return kept
            kept.connection.close()
        try:
            return self._connect()
        except _CANNOT_SHARE as error:
            if self._has_log():  # what was committed last is there and nowhere else
                raise LibraryError(
                    f"{self._path} was not closed by who wrote to it last, and what was written then can only be read where there is room "
                    "and right to write. Run `footnote list` there once, or copy the folder to such a place."
                ) from error
            return self._connect_unchanging()

    def _writable(self) -> _Connected:
        """A connection that was kept and can write, or a new one."""
        while kept := self._kept():
            if kept.state is None:
                return kept
            kept.connection.close()
        return self._connect()

    def _kept(self) -> _Connected | None:
        try:
            return self._idle.get_nowait()
        except Empty:
            return None

    def _connect(self) -> _Connected:
        connection = apsw.Connection(str(self._path))
        try:
            connection.set_busy_handler(_tries_again)
            for name, value in _PRAGMAS.items():
                connection.pragma(name, value)
        except apsw.Error:
            connection.close()
            raise
        return _Connected(connection, None)

    def _connect_unchanging(self) -> _Connected:
        state, place = self._state(), f"{self._path.absolute().as_uri()}?immutable=1"
        return _Connected(apsw.Connection(place, apsw.SQLITE_OPEN_READONLY | apsw.SQLITE_OPEN_URI), state)

    def _has_log(self) -> bool:
        log = self._path.with_name(f"{self._path.name}-wal")
        return log.exists() and log.stat().st_size > 0

    def _state(self) -> tuple[int, ...]:
        """What is another if somebody has changed the file, or has begun to. Raises LibraryMissing if it was removed."""
        try:
            found = self._path.stat()
        except FileNotFoundError as error:
            raise LibraryMissing(f"There is no library in {self._path.parent} any more.") from error
        return found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, self._has_log()

    @contextmanager
    def _explained(self) -> Iterator[None]:
        """SQLite's errors, where they are faults of the disk or of what is on it, as errors that say what to do."""
        try:
            yield
        except (apsw.Error, UnicodeDecodeError) as error:
            cause = self._cause(error)
            for fault, meant, sentence in _FAULTS:
                if issubclass(cause, fault):
                    raise meant(sentence.format(self._path, error=error)) from error
            raise

    def _cause(self, error: Exception) -> type[Exception]:
        """What SQLite means when it only says that a file beside its own cannot be made."""
        if not isinstance(error, (apsw.CantOpenError, apsw.IOError)):
            return type(error)
        if not os.access(self._path.parent, os.W_OK):
            return apsw.ReadOnlyError
        room = os.statvfs(self._path.parent)
        return apsw.FullError if room.f_bavail * room.f_frsize < _LEAST_ROOM else type(error)

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


def _tries_again(tries: int) -> bool:
    """Whether one who was refused so many times tries again.

    SQLite's own time-out tries ten times a second only: beside one who writes without a pause it can miss every moment in between.
    """
    time.sleep(_PAUSE)
    return tries * _PAUSE < _PATIENCE
