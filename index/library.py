"""The library: indexed documents in one folder. What `qa` and `api` know of it is this file."""

import hashlib
import os
import re
import shutil
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from index import cache
from index.abbreviations import abbreviations
from index.compiling import DEFAULT_ENCODER, Precision, compile_encoder
from index.database import Database
from index.documents import Document
from index.encoder import CompiledEncoder, Encoder
from index.errors import DocumentNotFound, EncoderUnavailable, LibraryDamaged, LibraryMismatch, LibraryMissing
from index.indexing import passage_rows
from index.passages import CHUNKING
from index.rows import DocumentRow, PassageRow
from index.snapshot import Snapshot
from index.transaction import Transaction
from index.view import View

DATABASE = "library.sqlite"


class Library:
    """Documents in a folder: added, removed, viewed. Safe to share between threads and with other processes."""

    def __init__(self, folder: Path, database: Database, encoder: Encoder) -> None:
        self.folder = folder
        self.encoder = encoder
        self._database = database
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._executor = ThreadPoolExecutor(max_workers=os.cpu_count(), thread_name_prefix="encode")

    @classmethod
    def create(cls, folder: Path, encoder: str = DEFAULT_ENCODER, precision: Precision = "int8") -> "Library":
        """Make a library, compiling its encoder if the folder has none yet; an existing library is opened instead."""
        try:
            return cls.open(folder, encoder, precision)
        except LibraryMissing:
            folder.mkdir(parents=True, exist_ok=True)
            home = _encoder_folder(folder, encoder, precision)
            compiled = _ready_encoder(home, encoder, precision)
            return cls(folder, Database.create(folder / DATABASE, _made_with(home, compiled)), compiled)

    @classmethod
    def open(cls, folder: Path, encoder: str | None = None, precision: Precision | None = None) -> "Library":
        """Open the library in `folder`; `encoder` and `precision`, if given, must be those it was made with.

        Raises:
            LibraryMissing: there is none.
            LibraryMismatch: it was made with another encoder, chunking or format.
            EncoderUnavailable: its compiled encoder is missing or damaged.
        """
        if not (folder / DATABASE).is_file():
            raise LibraryMissing(f"There is no library in {folder}. Make one with `footnote add FILE …`.")
        database = Database.open(folder / DATABASE)
        with database.reading() as transaction:
            home, made_with, chunking = map(transaction.setting, ("encoder_folder", "encoder", "chunking"))
            wanted = _wanted_encoder(folder, transaction, encoder, precision)[0].name
            cache.clear_if_ahead(folder, transaction.next_passage)
        compiled = CompiledEncoder(folder / home)
        if wanted != home or compiled.fingerprint != made_with or chunking != CHUNKING:
            database.close()
            raise LibraryMismatch(
                f"The library in {folder} was made with {home} and passages {chunking}, not with {wanted} and {CHUNKING}. "
                "Run `footnote doctor --mend` to make it anew from its own texts, or use the settings it was made with."
            )
        return cls(folder, database, compiled)

    @contextmanager
    def view(self) -> Iterator[View]:
        """The library as it is now, for one piece of work. Whatever was acknowledged before is seen."""
        with self._database.reading() as transaction:
            yield View(transaction, self._current(transaction), self.encoder)

    def add(self, document: Document) -> tuple[str, bool]:
        """Store a document, or its new version; its id, and False if this version was there already.

        It is on the disk when this returns; after a crash it is wholly there or wholly absent.
        """
        if id := self._holding(document.source, document.sha256):
            return id, False
        rows = passage_rows(document, self.encoder, self._executor)
        with self._database.writing() as transaction:
            known = transaction.document_from(document.source)
            id = known.id if known else _free_id(transaction, document.source)
            if known:
                transaction.remove_document(id)
            _store(transaction, id, document, rows)
            transaction.advance()
        return id, True

    def holding(self, source: str, content: bytes) -> str | None:
        """The id of the document of a source, if it is of this very file; None if there is none, or another version of it."""
        return self._holding(source, hashlib.sha256(content).hexdigest())

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

    def publish(self) -> None:
        """Write the present snapshot to disk, so that the next process opens it instead of building it."""
        with self._database.reading() as transaction:
            lineage, snapshot = transaction.setting("lineage"), self._current(transaction)
        saved = cache.save(self.folder, lineage, snapshot.segments)
        with self._lock:
            if self._snapshot is snapshot:
                self._snapshot = replace(snapshot, segments=saved)

    def damage(self) -> list[str]:
        """What is wrong with stored rows and files, a sentence each; empty where every hash fits."""
        with self._database.reading() as transaction:
            return [*transaction.damage(), *cache.damage(self.folder)]

    def close(self) -> None:
        """Let go of files and threads."""
        self._executor.shutdown()
        self._database.close()

    def _holding(self, source: str, sha256: str) -> str | None:
        with self._database.reading() as transaction:
            known = transaction.document_from(source)
        return known.id if known and known.sha256 == sha256 else None

    def _current(self, transaction: Transaction) -> Snapshot:
        snapshot = self._snapshot
        if snapshot is not None and snapshot.generation == transaction.generation:
            return snapshot
        with self._lock:
            known = self._snapshot.segments if self._snapshot else cache.load(self.folder, transaction.setting("lineage"))
            made = Snapshot.of(transaction, known)
            if self._snapshot is None or made.generation > self._snapshot.generation:
                self._snapshot = made
            return made


def mend(folder: Path, encoder: str | None = None, precision: Precision | None = None) -> Library:
    """Make a library anew from its own texts: the encoder where it is missing or damaged, all passages, all caches.

    encoder, precision: if given, those it is made with from now on.

    Raises:
        LibraryMissing: there is none.
        LibraryDamaged: a text does not fit its hash. Nothing is changed then.
    """
    if not (folder / DATABASE).is_file():
        raise LibraryMissing(f"There is no library in {folder}, so there is nothing to mend.")
    database = Database.open(folder / DATABASE)
    with database.reading() as transaction:
        home, name, form = _wanted_encoder(folder, transaction, encoder, precision)
    compiled = _ready_encoder(home, name, form)
    library = Library(folder, database, compiled)
    with library._database.writing() as transaction:
        if damaged := list(transaction.damaged_texts()):
            raise LibraryDamaged(f"Document {damaged[0]} does not fit its hash. Run `footnote remove {damaged[0]}` and add its file again.")
        for row in transaction.documents():
            document = _stored(transaction, row)
            transaction.remove_document(row.id)
            _store(transaction, row.id, document, passage_rows(document, compiled, library._executor))
        for name, value in _made_with(home, compiled).items():
            transaction.set(name, value)
        transaction.advance()
    cache.clear(folder)
    library.publish()
    return library


def is_compiled(folder: Path, encoder: str, precision: Precision) -> bool:
    """Whether the encoder is in the library's folder already, so that making a library is quick."""
    return _encoder_folder(folder, encoder, precision).is_dir()


def _ready_encoder(home: Path, encoder: str, precision: Precision) -> CompiledEncoder:
    """The compiled encoder in `home`, compiled first where it is missing or damaged."""
    try:
        return CompiledEncoder(home)
    except EncoderUnavailable:
        shutil.rmtree(home, ignore_errors=True)
        compile_encoder(encoder, home, precision)
        return CompiledEncoder(home)


def _made_with(home: Path, encoder: CompiledEncoder) -> dict[str, str]:
    return {
        "encoder": encoder.fingerprint,
        "encoder_folder": home.name,
        "encoder_name": str(encoder.manifest["name"]),
        "precision": str(encoder.manifest["precision"]),
        "chunking": CHUNKING,
    }


def _wanted_encoder(
    folder: Path, transaction: Transaction, encoder: str | None, precision: Precision | None
) -> tuple[Path, str, Precision]:
    """Folder, name and precision of the encoder that is asked for, by default the library's own."""
    name = encoder or transaction.setting("encoder_name")
    form: Precision = precision or ("float32" if transaction.setting("precision") == "float32" else "int8")
    return _encoder_folder(folder, name, form), name, form


def _store(transaction: Transaction, id: str, document: Document, rows: list[PassageRow]) -> None:
    first = transaction.take_numbers(len(rows))
    last, length = first + len(rows) - 1, len(document.text)
    row = DocumentRow(id, document.source, document.title, document.sha256, length, first, last, document.about, document.pages)
    transaction.put_document(row, document.text, document.blocks)
    if document.content:
        transaction.put_file(id, document.content)
    transaction.put_passages(id, first, rows)
    transaction.put_abbreviations(id, abbreviations(document.text))


def _stored(transaction: Transaction, row: DocumentRow) -> Document:
    """A document as it was added."""
    text, blocks, content = transaction.text(row.id), tuple(transaction.blocks(row.id)), transaction.file(row.id) or b""
    return Document(row.source, row.title, row.sha256, text, blocks, row.about, row.pages, content)


def _free_id(transaction: Transaction, source: str) -> str:
    """A readable name for a source: its file name, with a number where another source has it already."""
    name = re.sub(r"[^a-z0-9]+", "-", Path(source).stem.lower()).strip("-")[:80] or "document"
    id, number = name, 2
    while transaction.document(id):
        id, number = f"{name}-{number}", number + 1
    return id


def _encoder_folder(folder: Path, encoder: str, precision: str) -> Path:
    name = re.sub(r"[^A-Za-z0-9.]+", "-", encoder).strip("-.")
    return folder / f"encoder-{name}-{precision}"
