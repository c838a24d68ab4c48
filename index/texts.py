"""Texts as documents: plain text and Markdown, which are what they say and need no parser of a format."""

from dataclasses import replace
from pathlib import Path
from types import ModuleType

from index import markdown, plaintext, suffixes
from index.documents import Document
from index.extract import Extract


def text_document(source: str, text: str) -> Document:
    """The document that a text is: Markdown if the name of its source says so.

    Raises:
        UnreadableDocument: there is no word in it.
    """
    is_markdown = Path(source).suffix.lower() in suffixes.MARKDOWN
    found = markdown_extract(text) if is_markdown else plain_extract(text)
    return Document.of(source, replace(found, kind="markdown" if is_markdown else "text"), text.encode("utf-8", "surrogatepass"))


def plain_extract(text: str) -> Extract:
    """What is in a plain text."""
    return _extract(text, plaintext)


def markdown_extract(text: str) -> Extract:
    """What is in a Markdown text."""
    return _extract(text, markdown)


def _extract(text: str, reader: ModuleType) -> Extract:
    title, blocks = reader.title(text, list(reader.blocks(text)))
    return Extract(text, tuple(blocks), title)
