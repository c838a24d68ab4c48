"""Migration: a library of an older format becomes one of this format, in the transaction that opens it."""

from collections.abc import Callable, Iterator
from typing import Any

from index.abbreviations import abbreviations
from index.rows import DocumentRow, row_hash
from index.transaction import Transaction, packed


def migrate(transaction: Transaction) -> None:
    """Take every step from the library's format to the newest that is known; one of another format stays as it is."""
    while step := _STEPS.get(transaction.setting("format")):
        step(transaction)


def _with_abbreviations(transaction: Transaction) -> None:
    """From format 1, which knew no abbreviations, to 2. A text that is damaged is passed over: `footnote doctor` names it."""
    transaction.definitions.create()
    for id, *_, text in _sound(transaction, "id, source, title, sha256, characters, first, last, text"):
        transaction.definitions.put(id, abbreviations(text))
    transaction.set("format", 2)


def _with_originals(transaction: Transaction) -> None:
    """From format 2, which knew text and Markdown alone, told by the suffix, to 4, which keeps blocks, pages, files and metadata."""
    from index.texts import text_document  # not loaded by every process that opens a library

    transaction.execute(_ORIGINALS + _METADATA).fetchall()
    for values in _sound(transaction, "id, source, title, sha256, characters, first, last, text"):
        read = text_document(values[1], values[-1])
        row = DocumentRow.of((*values[:7], read.about.as_json(), b"", "{}"))
        _complete(transaction, row, packed(read.blocks), values[-1])
    _with_tables(transaction)


def _with_metadata(transaction: Transaction) -> None:
    """From format 3, which knew nothing of metadata, filters and earlier versions, to 4."""
    transaction.execute(_METADATA).fetchall()
    for *values, blocks, text in _sound(transaction, "id, source, title, sha256, characters, first, last, about, pages, blocks, text"):
        _complete(transaction, DocumentRow.of((*values, "{}")), blocks, text)
    _with_tables(transaction)


def _with_tables(transaction: Transaction) -> None:
    transaction.versions.create()
    transaction.fields.create()
    for row in transaction.documents():
        transaction.fields.put(row)
    transaction.set("format", 4)


def _sound(transaction: Transaction, columns: str) -> Iterator[tuple[Any, ...]]:
    """The documents of an older format that fit their hashes, one at a time."""
    ids = transaction.execute("SELECT id FROM documents").fetchall()
    for id in ids:
        for *values, stored in transaction.execute(f"SELECT {columns}, hash FROM documents WHERE id = ?", id).fetchall():
            if row_hash(tuple(values)) == stored:
                yield tuple(values)


def _complete(transaction: Transaction, row: DocumentRow, blocks: bytes, text: str) -> None:
    """Give a document all that its row says, and the hash of it."""
    values = row.values()
    changed = (*values[-3:], blocks, row_hash((*values, blocks, text)), row.id)
    transaction.execute("UPDATE documents SET about = ?, pages = ?, metadata = ?, blocks = ?, hash = ? WHERE id = ?", changed)


_STEPS: dict[str, Callable[[Transaction], None]] = {"1": _with_abbreviations, "2": _with_originals, "3": _with_metadata}
_ORIGINALS = """
ALTER TABLE documents ADD COLUMN about TEXT NOT NULL DEFAULT '';
ALTER TABLE documents ADD COLUMN pages BLOB NOT NULL DEFAULT x'';
ALTER TABLE documents ADD COLUMN blocks BLOB NOT NULL DEFAULT x'';
CREATE TABLE files (document TEXT PRIMARY KEY REFERENCES documents (id) ON DELETE CASCADE, content BLOB NOT NULL);
"""
_METADATA = """
ALTER TABLE documents ADD COLUMN metadata TEXT NOT NULL DEFAULT '{}';
CREATE INDEX documents_by_sha256 ON documents (sha256);
CREATE INDEX documents_by_identity ON documents (id, sha256, metadata);
"""
