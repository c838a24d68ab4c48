"""Reading: from the bytes of a file to its extract, by the reader of its kind."""

from collections.abc import Callable
from dataclasses import replace

from index.documents import Document
from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats import docx, epub, hypertext, jats, pdf
from index.formats.text import decode
from index.kinds import Kind, kind_of
from index.tesseract import Tesseract
from index.texts import markdown_extract, plain_extract


def extract(name: str, content: bytes, ocr: Tesseract | None = None) -> Extract:
    """What is in a file, read as what its content says it is; the name decides only where the content does not. `ocr` reads scanned pages.

    Raises:
        UnreadableDocument: it is of no kind that is read, or broken.
    """
    kind = kind_of(content, name)
    found = pdf.read(content, ocr) if kind == "pdf" else _READERS[kind](content)
    return replace(found, kind=kind)


def read_document(source: str, content: bytes) -> Document:
    """The document in a file, read in this process: for files that one trusts. `index.parsing` reads others.

    Raises:
        UnreadableDocument: it holds none.
    """
    try:
        found = extract(source, content)
    except UnreadableDocument as error:
        raise type(error)(f"{source}: {error}") from error
    return Document.of(source, found, content)


_READERS: dict[Kind, Callable[[bytes], Extract]] = {
    "docx": docx.read,
    "epub": epub.read,
    "html": hypertext.read,
    "jats": jats.read,
    "xml": jats.read,
    "markdown": lambda content: markdown_extract(decode(content)[0]),
    "text": lambda content: plain_extract(decode(content)[0]),
}
