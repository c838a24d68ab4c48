"""A document: one source, one version of it, its text as read, and the sections of that text."""

import hashlib
from dataclasses import dataclass
from pathlib import Path

from index import markdown, plaintext
from index.blocks import Section, sections
from index.errors import UnreadableDocument
from index.shadow import has_word

MARKDOWN_SUFFIXES = frozenset({".md", ".markdown", ".mdown"})
TEXT_SUFFIXES = frozenset({".txt", ".text", ""})
SUFFIXES = MARKDOWN_SUFFIXES | TEXT_SUFFIXES
LARGEST_FILE = 64 * 2**20  # bytes

_BYTE_ORDER_MARKS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)


@dataclass(frozen=True, slots=True)
class Document:
    """One version of one source.

    `source` names the source and is the same for all its versions; `sha256` is the hash of the version's bytes. `text` is
    kept as read: never normalised, line ends included, and every offset anywhere counts its Unicode code points.
    """

    source: str
    title: str
    sha256: str
    text: str
    sections: tuple[Section, ...]

    @classmethod
    def from_bytes(cls, source: str, content: bytes) -> "Document":
        """Read a document's bytes; the suffix of `source` tells Markdown from plain text.

        Raises:
            UnreadableDocument: not text, not in a Unicode encoding, or without a single word.
        """
        return cls.from_text(source, _decode(source, content), hashlib.sha256(content).hexdigest())

    @classmethod
    def from_text(cls, source: str, text: str, sha256: str) -> "Document":
        """A document from text already decoded; `sha256` is that of the bytes it was read from.

        Raises:
            UnreadableDocument: the text is without a single word.
        """
        reader = markdown if Path(source).suffix.lower() in MARKDOWN_SUFFIXES else plaintext
        title, blocks = reader.title(text, list(reader.blocks(text)))
        if not has_word(text):
            raise UnreadableDocument(f"{source}: there is no text in it. Leave it out, or add the text it should hold.")
        return cls(
            source=source,
            title=title or Path(source).stem.replace("_", " ").replace("-", " ").strip() or source,
            sha256=sha256,
            text=text,
            sections=tuple(sections(text, blocks)),
        )


def read_file(path: Path, source: str) -> bytes:
    """The bytes of a regular file of a kind and size that can be indexed.

    Raises:
        UnreadableDocument: not a regular file, of another kind, too large, or not readable.
    """
    if path.suffix.lower() not in SUFFIXES:
        kinds = ", ".join(sorted(SUFFIXES - {""}))
        raise UnreadableDocument(f"{source}: files of kind {path.suffix} are not read; convert it to one of {kinds}.")
    try:
        if not path.is_file():
            raise UnreadableDocument(f"{source}: not a regular file.")
        if (size := path.stat().st_size) > LARGEST_FILE:
            raise UnreadableDocument(f"{source}: {size} bytes is over the limit of {LARGEST_FILE}; split the file.")
        return path.read_bytes()
    except OSError as error:
        raise UnreadableDocument(f"{source}: {error.strerror or error}.") from error


def _decode(source: str, content: bytes) -> str:
    """Decode without changing a character: a UTF-8 byte order mark stays in the text, so offsets fit the plain file."""
    encoding = next((name for mark, name in _BYTE_ORDER_MARKS if content.startswith(mark)), "utf-8")
    try:
        text = content.decode(encoding)
    except UnicodeDecodeError as error:
        raise UnreadableDocument(
            f"{source}: byte {error.start} is not {encoding.upper()}. Save the file as UTF-8 and add it again."
        ) from error
    if "\x00" in text:
        raise UnreadableDocument(f"{source}: character {text.index(chr(0))} is NUL, so this is not a text file.")
    return text
