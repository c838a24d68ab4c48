"""The table of versions: earlier versions of documents, kept so that what cites them can be checked for good."""

import hashlib
from collections.abc import Callable
from typing import Any

from index.errors import LibraryDamaged
from index.rows import COLUMNS, DocumentRow, as_bytes, row_hash

_SCHEMA = """
CREATE TABLE versions (
    number INTEGER PRIMARY KEY, id TEXT NOT NULL REFERENCES documents (id) ON DELETE CASCADE, source TEXT NOT NULL, title TEXT NOT NULL,
    sha256 TEXT NOT NULL, characters INTEGER NOT NULL, first INTEGER NOT NULL, last INTEGER NOT NULL, about TEXT NOT NULL,
    pages BLOB NOT NULL, metadata TEXT NOT NULL, text TEXT NOT NULL, content BLOB, hash BLOB NOT NULL, UNIQUE (id, sha256));
"""


class Versions:
    """The earlier versions of documents inside one transaction. They are read and never searched."""

    def __init__(self, execute: Callable[..., Any]) -> None:
        self._execute = execute

    def create(self) -> None:
        """Make the table."""
        self._execute(_SCHEMA).fetchall()

    def keep(self, row: DocumentRow, text: str, content: bytes | None) -> None:
        """Keep a version that another one takes the place of."""
        values = (*row.values(), text)
        self.drop(row.id, row.sha256)
        query = f"INSERT INTO versions ({COLUMNS}, text, content, hash) VALUES ({', '.join('?' * 13)})"
        self._execute(query, (*values, content, row_hash(values)))

    def drop(self, id: str, sha256: str) -> None:
        """Forget a version: it is the present one again."""
        self._execute("DELETE FROM versions WHERE id = ? AND sha256 = ?", (id, sha256))

    def of(self, id: str) -> list[DocumentRow]:
        """The earlier versions of a document, the oldest first. They have no passages any more. Raises LibraryDamaged."""
        query = f"SELECT {COLUMNS} FROM versions WHERE id = ? ORDER BY number"
        try:
            return [DocumentRow.of(values) for values in self._execute(query, (id,))]
        except (ValueError, KeyError, TypeError) as error:  # what is damaged need not be text or JSON any more
            raise LibraryDamaged(f"A version of document {id} cannot be read. Run `footnote doctor --deep`.") from error

    def text(self, id: str, sha256: str) -> str:
        """The text of a version that is kept. Raises LibraryDamaged if it does not fit its hash."""
        try:
            ((*values, stored),) = self._execute(f"SELECT {COLUMNS}, text, hash FROM versions WHERE id = ? AND sha256 = ?", (id, sha256))
            fits = row_hash(tuple(values)) == stored
        except UnicodeDecodeError:
            fits = False
        if not fits:
            raise LibraryDamaged(f"Version {sha256[:16]} of document {id} does not fit its hash. Run `footnote doctor --deep`.")
        return str(values[-1])

    def file(self, id: str, sha256: str) -> bytes | None:
        """The file of a version that is kept; None if there is none. Raises LibraryDamaged if it does not fit its hash."""
        ((content,),) = self._execute("SELECT content FROM versions WHERE id = ? AND sha256 = ?", (id, sha256))
        if content is not None and hashlib.sha256(content).hexdigest() != sha256:
            raise LibraryDamaged(f"The file of version {sha256[:16]} of document {id} does not fit its hash. Run `footnote doctor --deep`.")
        return content if content is None else bytes(content)

    def damaged(self, id: str) -> list[str]:
        """The sha256 of each version of a document whose text or file does not fit its hash."""
        columns = as_bytes(*COLUMNS.split(", "), "text")
        found = []
        for sha256, stored, content, *values in self._execute(f"SELECT sha256, hash, content, {columns} FROM versions WHERE id = ?", (id,)):
            fits = content is None or (isinstance(content, bytes) and hashlib.sha256(content).hexdigest() == sha256)
            if not fits or row_hash(tuple(values)) != stored:
                found.append(str(sha256))
        return found
