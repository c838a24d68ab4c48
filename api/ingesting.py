"""Ingestion: files become documents of a library, read and encoded some ahead of the one that is stored."""

import hashlib
import os
from collections import deque
from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Literal

from api.sources import SourceFile
from index.errors import DocumentNotFound, UnreadableDocument
from index.library import Library, Prepared
from index.parsing import Parser
from index.storing import Stored

FILES_AHEAD = 4 * (os.cpu_count() or 1)
BYTES_AHEAD = 64 * 2**20  # of files read ahead, or one that is larger


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a file: the id of its document, or of the one that holds the same file already, or why it was refused."""

    source: str
    outcome: Literal["added", "replaced", "unchanged", "duplicate", "refused"]
    id: str | None = None
    reason: str = ""


def ingest(library: Library, files: Iterable[SourceFile], parser: Parser | None = None) -> Iterator[Outcome]:
    """Add files, in order, each on the disk when its outcome is given; the search structures are saved at the end.

    A file that is there already, or that another source brought, is not parsed again. parser: closed at the end.
    """
    changed, parser = False, parser or Parser()
    ahead = _ahead(library, files, parser)
    try:
        for file, step in ahead:
            outcome = _outcome(library, file, step)
            changed |= outcome.outcome in ("added", "replaced")
            yield outcome
    finally:
        ahead.close()
        parser.close()
        if changed:
            library.publish()


Step = Prepared | Stored


def _ahead(library: Library, files: Iterable[SourceFile], parser: Parser) -> Generator[tuple[SourceFile, Future[Step]], None, None]:
    """Each file with what it became so far, in order, while those after it are read and encoded."""
    waiting: deque[tuple[SourceFile, Future[Step], int]] = deque()
    readers = ThreadPoolExecutor(os.cpu_count(), thread_name_prefix="read")
    try:
        for file in files:
            waiting.append((file, readers.submit(_prepared, library, file, parser), file.size))
            while len(waiting) > FILES_AHEAD or sum(size for *_, size in waiting) > BYTES_AHEAD:
                yield waiting.popleft()[:2]
        while waiting:
            yield waiting.popleft()[:2]
    finally:
        readers.shutdown(wait=False, cancel_futures=True)


def _prepared(library: Library, file: SourceFile, parser: Parser) -> Step:
    """A file that is read and being encoded, or what the library says of it. One that it holds is not parsed again."""
    content = file.content()
    if file.metadata is None and not file.id and (stored := library.held(file.source, hashlib.sha256(content).hexdigest())):
        return stored
    document = parser.read(file.name, content, file.source)
    return library.prepare(document if file.metadata is None else document.described(file.metadata), file.id)


def _outcome(library: Library, file: SourceFile, step: Future[Step]) -> Outcome:
    try:
        found = step.result()
        stored = found if isinstance(found, Stored) else _stored(library, found)
    except (UnreadableDocument, DocumentNotFound) as error:
        return Outcome(file.source, "refused", None, str(error))
    return Outcome(file.source, stored.outcome, stored.id)


def _stored(library: Library, prepared: Prepared) -> Stored:
    """Store it, unless a file before it, that was not stored yet when this one was read, is the same."""
    document = prepared.document
    held = None if prepared.id else library.held(document.source, document.sha256)
    return held if held and held.outcome == "duplicate" else library.store(prepared)
