"""A document: one source, one version of it, its text as read, and the sections of that text."""

import errno
import hashlib
import os
import stat
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from index.blocks import Block, Section, sections
from index.errors import UnreadableDocument
from index.extract import Extract
from index.metadata import SAID_BY_FILES, Metadata
from index.rows import About
from index.shadow import has_word

LARGEST_FILE = 64 * 2**20  # bytes
_KINDS = {stat.S_IFDIR: "a folder", stat.S_IFIFO: "a pipe", stat.S_IFCHR: "a device", stat.S_IFBLK: "a device", stat.S_IFSOCK: "a socket"}


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one source.

    `source` names the source and is the same for all its versions; `sha256` is the hash of the version's bytes. `text` is
    kept as read: never normalised, line ends included, and every offset anywhere counts its Unicode code points.

    blocks: of the text, in reading order. pages: where in the text each page begins, int32. content: the file itself.
    metadata: what is said of it; None if nothing is said, so that what was said of an earlier version stays.
    """

    source: str
    title: str
    sha256: str
    text: str
    blocks: tuple[Block, ...]
    about: About = field(default_factory=About)
    pages: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32), compare=False)
    content: bytes = b""
    metadata: Metadata | None = None

    @property
    def sections(self) -> tuple[Section, ...]:
        """The blocks under their headings."""
        return tuple(sections(self.text, self.blocks))

    def described(self, metadata: Metadata) -> "Document":
        """The document with what is said of it, which stands in the place of what the file says of title, authors, date and DOI.

        A title without a word says nothing.
        """
        said: dict[str, Any] = {name: metadata[name] for name in SAID_BY_FILES if name in metadata}
        if not has_word(said.get("title", "")):
            said.pop("title", None)
        title = said.pop("title", self.title)
        return replace(self, title=title, about=replace(self.about, **said), metadata=metadata)

    @classmethod
    def of(cls, source: str, extract: Extract, content: bytes) -> "Document":
        """The document that a file was read as.

        Raises:
            UnreadableDocument: there is no word in it.
        """
        if not has_word(extract.text):
            raise UnreadableDocument(f"{source}: there is no text in it. Leave it out, or add the text it should hold.")
        about = About(extract.kind, extract.authors, extract.date, extract.doi, extract.notes)
        title = extract.title or Path(source).stem.replace("_", " ").replace("-", " ").strip() or source
        pages = np.array(extract.pages, dtype=np.int32)
        return cls(source, title, hashlib.sha256(content).hexdigest(), extract.text, extract.blocks, about, pages, content)


def read_file(path: Path, source: str) -> bytes:
    """The bytes of a regular file of a size that can be indexed.

    Raises:
        UnreadableDocument: no such file, not a regular one, too large, not readable, or changed while it was read.
    """
    try:
        # Opened before it is looked at, so that nothing takes its place in between; a pipe that nobody writes to does not wait.
        descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_NOCTTY)
        try:
            return _content(descriptor, source)
        finally:
            os.close(descriptor)
    except FileNotFoundError as error:
        raise UnreadableDocument(f"{source}: there is no such file or folder.") from error
    except OSError as error:
        reason = "not a regular file (a socket, or a device that is not there)" if error.errno == errno.ENXIO else error.strerror
        raise UnreadableDocument(f"{source}: {reason or error}.") from error


def _content(descriptor: int, source: str) -> bytes:
    before = os.fstat(descriptor)
    if not stat.S_ISREG(before.st_mode):
        raise UnreadableDocument(f"{source}: not a regular file ({_KINDS.get(stat.S_IFMT(before.st_mode), 'of another kind')}).")
    if before.st_size > LARGEST_FILE:
        raise UnreadableDocument(f"{source}: {before.st_size} bytes is over the limit of {LARGEST_FILE}; split the file.")
    with open(descriptor, "rb", closefd=False) as file:
        content = file.read(LARGEST_FILE + 1)
    after = os.fstat(descriptor)
    if (len(content), after.st_size, after.st_mtime_ns) != (before.st_size, before.st_size, before.st_mtime_ns):
        raise UnreadableDocument(f"{source}: it changed while it was read. Add it again when nothing writes to it any more.")
    return content
