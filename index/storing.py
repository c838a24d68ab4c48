"""Storing: documents and their rows into the tables of the library, and back."""

import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Literal, NamedTuple

from index.abbreviations import abbreviations
from index.compiling import Precision
from index.documents import Document
from index.encoder import CompiledEncoder
from index.encoders import Encoders
from index.errors import DocumentConflict, DocumentNotFound, LibraryDamaged, LibraryMismatch
from index.metadata import Metadata, is_same
from index.passages import CHUNKING
from index.rows import DocumentRow, PassageRow
from index.transaction import Transaction


class Stored(NamedTuple):
    """The id of a document that is stored, and what storing it did."""

    id: str
    outcome: Literal["added", "replaced", "unchanged", "duplicate"]


def put(
    transaction: Transaction,
    document: Document,
    rows: Sequence[PassageRow],
    id: str | None = None,
    expected: str | None = None,
    once: bool = False,
) -> Stored:
    """Store a document with its rows; an earlier version that it takes the place of is kept.

    id: of the document that it is a version of; by default that of its source, if there is one. expected: as `expect` has it.
    once: a new source whose very file is there already is a duplicate.

    Raises:
        DocumentNotFound: there is no document of that id.
        DocumentConflict: as `expect` says.
    """
    known = known_document(transaction, document, id)
    expect(known, document, expected)
    if known and is_version(known, document.sha256, document.metadata):
        return Stored(known.id, "unchanged")
    if once and not known and (same := transaction.document_of_file(document.sha256)):
        return Stored(same.id, "duplicate")
    if known and known.sha256 != document.sha256:
        _retire(transaction, known)
    id = known.id if known else _free_id(transaction, document.source)
    write(transaction, id, document, rows, is_known=known is not None)
    return Stored(id, "replaced" if known else "added")


def known_document(transaction: Transaction, document: Document, id: str | None) -> DocumentRow | None:
    """The stored document of which this one is a version."""
    if id is None:
        return transaction.document_from(document.source)
    if (row := transaction.document(id)) is None:
        raise DocumentNotFound("There is no document of that id. `footnote list` names those there are.")
    return row


def expect(known: DocumentRow | None, document: Document, expected: str | None) -> None:
    """Hold a document that is to be stored to what was said of the one that is known, unless both are the same.

    expected: the sha256 that the present version must have, "" if there must be no document yet, None for anything.

    Raises:
        DocumentConflict: it is otherwise.
    """
    if known and expected is not None and known.sha256 != expected and not is_version(known, document.sha256, document.metadata):
        raise DocumentConflict("There is another version of the document than was said.", known.id)


def is_version(known: DocumentRow, sha256: str, metadata: Metadata | None) -> bool:
    """Whether a stored document is the file of that sha256, and said to be what is said now, if anything is."""
    return known.sha256 == sha256 and (metadata is None or is_same(known.metadata, metadata))


def _retire(transaction: Transaction, row: DocumentRow) -> None:
    """Keep a version that another one takes the place of, unless it is damaged: it must not be cited again."""
    with suppress(LibraryDamaged):
        transaction.versions.keep(row, transaction.text(row.id), transaction.file(row.id))


def write(transaction: Transaction, id: str, document: Document, rows: Sequence[PassageRow], is_known: bool) -> None:
    """Write a document with its rows, new or in the place of the one of its id."""
    first = transaction.take_numbers(len(rows))
    last, length, metadata = first + len(rows) - 1, len(document.text), document.metadata or {}
    row = DocumentRow(id, document.source, document.title, document.sha256, length, first, last, document.about, document.pages, metadata)
    put = transaction.replace_document if is_known else transaction.put_document
    put(row, document.text, document.blocks)
    if document.content:
        transaction.put_file(id, document.content)
    transaction.put_passages(id, first, rows)
    transaction.definitions.put(id, abbreviations(document.text))
    transaction.versions.drop(id, document.sha256)


def stored_document(transaction: Transaction, row: DocumentRow) -> Document:
    """A document as it was added."""
    text, blocks, content = transaction.text(row.id), tuple(transaction.blocks(row.id)), transaction.file(row.id) or b""
    return Document(row.source, row.title, row.sha256, text, blocks, row.about, row.pages, content, row.metadata)


def restore(copied: Transaction, transaction: Transaction) -> None:
    """Put the documents and versions of another library in the place of those of this one. Raises as `Library.restore` does."""
    if any(copied.setting(name) != transaction.setting(name) for name in ("encoder", "chunking")):
        raise LibraryMismatch(
            f"The copy was made with {copied.setting('encoder_folder')} and passages {copied.setting('chunking')}, the library with "
            f"{transaction.setting('encoder_folder')} and {transaction.setting('chunking')}. Restore it to another folder."
        )
    if damage := next(copied.damage(), None):
        raise LibraryDamaged(f"The copy is damaged ({damage}). Nothing was changed; use another copy.")
    for row in transaction.documents():
        transaction.remove_document(row.id)
    for row in copied.documents():
        write(transaction, row.id, stored_document(copied, row), copied.passages_of(row.id), is_known=False)
        for version in copied.versions.of(row.id):
            texts = copied.versions.text(row.id, version.sha256), copied.versions.file(row.id, version.sha256)
            transaction.versions.keep(version, *texts)


def _free_id(transaction: Transaction, source: str) -> str:
    """A readable name for a source: its file name, with a number where another source has it already."""
    name = re.sub(r"[^a-z0-9]+", "-", Path(source).stem.lower()).strip("-")[:80] or "document"
    id, number = name, 2
    while transaction.document(id):
        id, number = f"{name}-{number}", number + 1
    return id


def made_with(encoder: CompiledEncoder) -> dict[str, str]:
    """The settings that say how a library was made."""
    name, precision = str(encoder.manifest["name"]), str(encoder.manifest["precision"])
    return {
        "encoder": encoder.fingerprint,
        "encoder_folder": Encoders.home_of(name, precision),
        "encoder_name": name,
        "precision": precision,
        "chunking": CHUNKING,
    }


def wanted_encoder(transaction: Transaction, encoder: str | None, precision: Precision | None) -> tuple[str, Precision]:
    """Name and precision of the encoder that is asked for, by default the library's own."""
    form: Precision = precision or ("float32" if transaction.setting("precision") == "float32" else "int8")
    return encoder or transaction.setting("encoder_name"), form
