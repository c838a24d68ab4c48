"""Reading: from the bytes of a file to its extract, by the reader of its kind."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from index import markdown, plaintext
from index.documents import Document
from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats import docx, epub, hypertext, jats, pdf
from index.formats.text import decode
from index.kinds import MARKDOWN_SUFFIXES, Kind, kind_of


def extract(name: str, content: bytes) -> Extract:
    """What is in a file, read as what its content says it is; the name decides only where the content does not.

    Raises:
        UnreadableDocument: it is of no kind that is read, or broken.
    """
    kind = kind_of(content, name)
    return replace(_READERS[kind](content), kind=kind)


def read_document(source: str, content: bytes) -> Document:
    """The document in a file, read in this process: for files that one trusts. `index.parsing` reads others.

    Raises:
        UnreadableDocument: it holds none.
    """
    try:
        found = extract(source, content)
    except UnreadableDocument as error:
        raise UnreadableDocument(f"{source}: {error}") from error
    return Document.of(source, found, content)


def text_document(source: str, text: str) -> Document:
    """The document that a text is: Markdown if the name of its source says so.

    Raises:
        UnreadableDocument: there is no word in it.
    """
    content = text.encode("utf-8", "surrogatepass")
    kind: Kind = "markdown" if Path(source).suffix.lower() in MARKDOWN_SUFFIXES else "text"
    return Document.of(source, replace(_of_text(text, markdown if kind == "markdown" else plaintext), kind=kind), content)


def _of_text(text: str, reader: ModuleType) -> Extract:
    title, blocks = reader.title(text, list(reader.blocks(text)))
    return Extract(text, tuple(blocks), title)


_READERS: dict[Kind, Callable[[bytes], Extract]] = {
    "pdf": pdf.read,
    "docx": docx.read,
    "epub": epub.read,
    "html": hypertext.read,
    "jats": jats.read,
    "xml": jats.read,
    "markdown": lambda content: _of_text(decode(content)[0], markdown),
    "text": lambda content: _of_text(decode(content)[0], plaintext),
}
