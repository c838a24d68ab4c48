"""The library: indexed documents in one folder. What `qa` and `api` know of it is this file."""

import os
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path

from index import cache, checking
from index.compiling import DEFAULT_ENCODER, Precision
from index.database import Database
from index.documents import Document
from index.encoder import Encoder
from index.encoders import Encoders
from index.errors import DocumentNotFound, LibraryMismatch, LibraryMissing
from index.indexing import passage_rows
from index.keeper import Keeper
from index.metadata import Metadata
from index.passages import CHUNKING
from index.rows import PassageRow
from index.storing import Stored, expect, is_version, known_document, made_with, put, restore, wanted_encoder
from index.view import View

DATABASE = "library.sqlite"


@dataclass(frozen=True, slots=True)
class Prepared:
    """A document on its way into the library, whose rows come as they are encoded.

    id: of the document that it is a version of, if that was said. expected: of the version that it takes the place of, see `prepare`.
    """

    document: Document
    id: str | None
    rows: Iterable[PassageRow]
    expected: str | None = None


class Library:
    """Documents in a folder: added, removed, viewed. Safe to share between threads and with other processes."""

    def __init__(self, folder: Path, database: Database, encoder: Encoder, collection: str = "") -> None:
        """collection: the name of the library among those that one server has; "" for the one that needs no name."""
        self.folder = folder
        self.encoder = encoder
        self.collection = collection
        self._database = database
        self._keeper = Keeper(folder)
        self._executor = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="encode")

    @classmethod
    def create(
        cls,
        folder: Path,
        encoder: str = DEFAULT_ENCODER,
        precision: Precision = "int8",
        encoders: Encoders | None = None,
        collection: str = "",
    ) -> "Library":
        """Make a library, compiling its encoder if that has not been done yet; an existing library is opened instead."""
        try:
            return cls.open(folder, encoder, precision, encoders, collection)
        except LibraryMissing:
            folder.mkdir(parents=True, exist_ok=True)
            compiled = (encoders or Encoders(folder)).compiled(encoder, precision)
            return cls(folder, Database.create(folder / DATABASE, made_with(compiled)), compiled, collection)

    @classmethod
    def open(
        cls,
        folder: Path,
        encoder: str | None = None,
        precision: Precision | None = None,
        encoders: Encoders | None = None,
        collection: str = "",
    ) -> "Library":
        """Open the library in `folder`; `encoder` and `precision`, if given, must be those it was made with.

        encoders: where its encoder is compiled, by default in the folder itself.

        Raises:
            LibraryMissing: there is none.
            LibraryMismatch: it was made with another encoder, chunking or format.
            EncoderUnavailable: its compiled encoder is missing or damaged.
        """
        if not (folder / DATABASE).is_file():
            raise LibraryMissing(f"There is no library in {folder}. Make one with `footnote add FILE …`.")
        database = Database.open(folder / DATABASE)
        with database.reading() as transaction:
            home, made, chunking = map(transaction.setting, ("encoder_folder", "encoder", "chunking"))
            wanted = Encoders.home_of(*wanted_encoder(transaction, encoder, precision))
            cache.clear_if_ahead(folder, transaction.next_passage)
        compiled = (encoders or Encoders(folder)).loaded(home)
        if wanted != home or compiled.fingerprint != made or chunking != CHUNKING:
            database.close()
            raise LibraryMismatch(
                f"The library in {folder} was made with {home} and passages {chunking}, not with {wanted} and {CHUNKING}. "
                "Run `footnote doctor --mend` to make it anew from its own texts, or use the settings it was made with."
            )
        return cls(folder, database, compiled, collection)

    @contextmanager
    def view(self) -> Iterator[View]:
        """The library as it is now, for one piece of work. Whatever was acknowledged before is seen."""
        with self._database.reading() as transaction:
            yield View(transaction, self._keeper.current(transaction), self.encoder, self.collection)

    def add(self, document: Document, id: str | None = None) -> Stored:
        """Store a document, or its new version.

        It is on the disk when this returns; after a crash it is wholly there or wholly absent. Raises as `prepare` does.
        """
        if stored := self._stored_already(document, id):
            return stored
        return self.store(self.prepare(document, id))

    def prepare(self, document: Document, id: str | None = None, expected: str | None = None) -> Prepared:
        """Begin to encode a document; `store` waits until that is done. So one document is encoded while another is read.

        id: of the document of which it is a new version, whatever its source is; by default that of its source, if there is one. A document
        that says nothing of its metadata has that of the version before. expected: the sha256 that the version before must have, "" if
        there must be none, by default whatever is there.

        Raises:
            DocumentNotFound: there is no document of that id.
            DocumentConflict: what is there is not what was expected.
        """
        with self._database.reading() as transaction:
            known = known_document(transaction, document, id)
        if id and known:
            document = replace(document, source=known.source)
        if document.metadata is None:
            document = document.described(known.metadata if known else {})
        expect(known, document, expected)
        return Prepared(document, id, passage_rows(document, self.encoder, self._executor), expected)

    def store(self, prepared: Prepared, once: bool = False) -> Stored:
        """Store a prepared document: a search sees it once this returns, and an earlier version no more, but it is kept.

        once: not if it is of a new source, and the document of another one is of the very same file.

        Raises:
            DocumentNotFound: the document of which it is a new version was removed meanwhile.
            DocumentConflict: what is there is not, or not any more, what was expected.
        """
        document, rows = prepared.document, list(prepared.rows)
        with self._database.writing() as transaction:
            stored = put(transaction, document, rows, prepared.id, prepared.expected, once)
            if stored.outcome in ("added", "replaced"):
                transaction.advance()
        return stored

    def held(self, source: str, sha256: str, metadata: Metadata | None = None) -> Stored | None:
        """The document of a file that need not be added: `unchanged` if it is of this source, `duplicate` if another source brought it.

        None if the file is new to the library, a new version of its source, or other metadata is said of it than before.
        """
        with self._database.reading() as transaction:
            if known := transaction.document_from(source):
                return Stored(known.id, "unchanged") if is_version(known, sha256, metadata) else None
            other = transaction.document_of_file(sha256)
        return Stored(other.id, "duplicate") if other else None

    def remove(self, id: str) -> None:
        """Remove a document; nothing cites it once this returns.

        Raises:
            DocumentNotFound: there is none of that id.
        """
        with self._database.writing() as transaction:
            if transaction.document(id) is None:
                raise DocumentNotFound("There is no document of that id. `footnote list` names those there are.")
            transaction.remove_document(id)
            transaction.advance()

    def copy(self, target: Path) -> None:
        """Write all documents and versions, as they are now, to a new file from which `restore` brings them back."""
        self._database.copy(target)

    @staticmethod
    def encoder_of(copy: Path) -> tuple[str, Precision]:
        """Name and precision of the encoder with which a library, of which this is a copy, was made."""
        database = Database.open(copy)
        with database.reading() as transaction:
            found = wanted_encoder(transaction, None, None)
        database.close()
        return found

    def restore(self, copy: Path) -> None:
        """Hold what a copy holds and nothing else: in one step, also for those who search meanwhile, and on the disk when this returns.

        Raises:
            LibraryMismatch: the copy was made with another encoder or chunking.
            LibraryDamaged: something in it does not fit its hash. Nothing is changed then.
        """
        database = Database.open(copy)
        with database.reading() as copied, self._database.writing() as transaction:
            restore(copied, transaction)
            transaction.advance()
        database.close()

    def publish(self) -> None:
        """Write the present snapshot to disk, so that the next process opens it instead of building it."""
        with self._database.reading() as transaction:
            lineage, _ = transaction.setting("lineage"), self._keeper.current(transaction)
        self._keeper.publish(lineage)

    def damage(self, deep: bool = True) -> list[str]:
        """What is wrong with the library, a sentence each. deep: each row and file is compared with its hash, not counted only."""
        return list(checking.damage(self._database, self.folder, deep))

    def close(self) -> None:
        """Let go of files and threads."""
        self._executor.shutdown(cancel_futures=True)
        self._keeper.close()
        self._database.close()

    def _stored_already(self, document: Document, id: str | None) -> Stored | None:
        """The document, if it is stored as it is given."""
        with self._database.reading() as transaction:
            known = known_document(transaction, document, id)
        same = known and is_version(known, document.sha256, document.metadata)
        return Stored(known.id, "unchanged") if known and same else None
