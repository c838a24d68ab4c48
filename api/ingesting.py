"""Ingestion: files become documents of a library, read and encoded some ahead of the one that is stored."""

import hashlib
import os
import time
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, replace
from threading import Event
from typing import Literal, NamedTuple

from api.sources import SourceFile
from index.errors import DocumentConflict, DocumentNotFound, UnreadableDocument, UnsupportedFormat
from index.library import Library, Prepared
from index.parsing import Parser
from index.storing import Stored

FILES_AHEAD = 4 * (os.cpu_count() or 1)
BYTES_AHEAD = 64 * 2**20  # of files read ahead, or one that is larger
_LOOK = 0.1  # seconds after which one who waits looks whether he should stop


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: the id of its document, or of the one that holds the same file already, or why it was refused.

    `vanished` and `removed` are said of documents whose file is gone. seconds: of work on it, of reading and of storing.
    code: of a refusal, a short name for programs. The id of one because of a conflict is that of the document in the way.
    """

    source: str
    outcome: Literal["added", "replaced", "unchanged", "duplicate", "refused", "vanished", "removed"]
    id: str | None = None
    reason: str = ""
    seconds: float = 0.0
    code: str = ""


def ingest(
    library: Library, files: Iterable[SourceFile], parser: Parser | None = None, stop: Event | None = None
) -> Generator[Outcome, None, None]:
    """Add files, in order, each on the disk when its outcome is given; the search structures are saved at the end.

    A file that is there already, or that another source brought, is not parsed again. parser: by default one that ends with it.
    stop: once it is set, the file in hand and those after it are left, the parser ends, and whatever was stored has been told.
    """
    changed, reads_with, stop = False, parser or Parser(), stop or Event()
    readers = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="read")
    try:
        for file, reading in _ahead(library, files, reads_with, readers):
            outcome = _outcome(library, file, reading, reads_with, stop)
            changed |= outcome.outcome in ("added", "replaced")
            yield outcome
    except _Stopped:
        return
    finally:
        readers.shutdown(wait=False, cancel_futures=True)
        if parser is None or stop.is_set():
            reads_with.close()
        readers.shutdown()
        if changed:
            library.publish()


class _Stopped(Exception):
    """Nothing more is to be stored."""


class _Held(NamedTuple):
    """What the library says of a file that it holds, and the sha256 by which it does."""

    stored: Stored
    sha256: str


_Found = Prepared | _Held | UnreadableDocument | DocumentNotFound | DocumentConflict


class _Read(NamedTuple):
    """What a file became so far: read and being encoded, or what the library says of it, or why it is refused."""

    found: _Found
    seconds: float


def _ahead(
    library: Library, files: Iterable[SourceFile], parser: Parser, readers: ThreadPoolExecutor
) -> Iterator[tuple[SourceFile, Future[_Read]]]:
    """Each file with its reading, in order, while those after it are read and encoded."""
    waiting: deque[tuple[SourceFile, Future[_Read], int]] = deque()
    for file in files:
        waiting.append((file, readers.submit(_read, library, file, parser), file.size))
        while len(waiting) > FILES_AHEAD or sum(size for *_, size in waiting) > BYTES_AHEAD:
            yield waiting.popleft()[:2]
    while waiting:
        yield waiting.popleft()[:2]


def _read(library: Library, file: SourceFile, parser: Parser) -> _Read:
    began = time.perf_counter()
    found: _Found
    try:
        found = _prepared(library, file, parser)
    except (UnreadableDocument, DocumentNotFound, DocumentConflict) as error:
        found = error
    return _Read(found, time.perf_counter() - began)


def _prepared(library: Library, file: SourceFile, parser: Parser) -> Prepared | _Held:
    """A file that is read and being encoded, or what the library says of it. One that it holds is not parsed again."""
    content = file.content()
    sha256 = hashlib.sha256(content).hexdigest()
    if not file.id and (stored := library.held(file.source, sha256, file.metadata)):
        return _Held(stored, sha256)
    document = parser.read(file.name, content, file.source)
    return library.prepare(document if file.metadata is None else document.described(file.metadata), file.id, file.expected)


def _outcome(library: Library, file: SourceFile, reading: Future[_Read], parser: Parser, stop: Event) -> Outcome:
    while not stop.is_set() and not reading.done():
        wait([reading], _LOOK)
    if stop.is_set():
        raise _Stopped
    read, began = reading.result(), time.perf_counter()
    try:
        found = read.found
        if isinstance(found, _Held) and library.held(file.source, found.sha256, file.metadata) != found.stored:
            found = _prepared(library, file, parser)  # a file before it has changed that, which was not stored when this one was read
        stored = _stored(library, found, stop)
    except (UnreadableDocument, DocumentNotFound, DocumentConflict) as error:
        return Outcome(file.source, "refused", getattr(error, "id", None), str(error), read.seconds, _CODES[type(error)])
    return Outcome(file.source, stored.outcome, stored.id, "", read.seconds + time.perf_counter() - began)


_CODES: dict[type[Exception], str] = {
    UnsupportedFormat: "unsupported_format",
    UnreadableDocument: "unreadable",
    DocumentNotFound: "document_not_found",
    DocumentConflict: "conflict",
}


def _stored(library: Library, found: _Found, stop: Event) -> Stored:
    """Store what was read, unless another file, that was not stored yet when this one was read, is the same."""
    if isinstance(found, _Held):
        return found.stored
    if not isinstance(found, Prepared):
        raise found
    rows = []
    for row in found.rows:  # each comes when it is encoded
        if stop.is_set():
            raise _Stopped
        rows.append(row)
    return library.store(replace(found, rows=rows), once=True)
