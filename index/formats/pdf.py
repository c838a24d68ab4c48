"""PDF, by pdfium: the text as people read it, page by page, with the headings that size, weight and numbers tell."""

from contextlib import closing
from typing import Any

import pypdfium2  # type: ignore[import-untyped]
from pypdfium2 import raw

from index.errors import UnreadableDocument
from index.extract import Extract
from index.formats.pdf_body import body_type
from index.formats.pdf_columns import columns
from index.formats.pdf_faults import notes, why_empty
from index.formats.pdf_flow import continued, without_references
from index.formats.pdf_front import authors_of, date_of, doi_of, front_of, plausible
from index.formats.pdf_furniture import without_furniture
from index.formats.pdf_headings import mark_headings
from index.formats.pdf_pages import read_page
from index.formats.pdf_paragraphs import paragraphs
from index.formats.pdf_scans import scans_read
from index.formats.pdf_text import composed_of
from index.formats.pdf_title import mark_title
from index.tesseract import Tesseract


def read(content: bytes, ocr: Tesseract | None = None) -> Extract:
    """The paragraphs and headings of a PDF in reading order, those of scanned pages as `ocr` reads them.

    Left out are running heads and feet, page numbers, the reference list, and what runs another way than most of its page.

    Raises:
        UnreadableDocument: it is encrypted or broken, or none of its pages holds text.
    """
    with closing(_opened(content)) as document:
        pages = [read_page(document, number) for number in range(len(document))]
        if ocr:
            pages = scans_read(document, pages, ocr)
        title, authors = _metadata(document, "Title"), _metadata(document, "Author")
    sheets = [sheet for page in pages for sheet in page.sheets]
    found = list(paragraphs(columns(without_furniture(sheets))))
    if not found:
        raise UnreadableDocument(why_empty(pages))
    body = body_type(found)
    mark_title(found, body)
    mark_headings(found, body)
    whole = list(continued(found, body))
    kept = list(without_references(whole, body))
    composed, front = composed_of(kept, len(pages)), front_of(pages)
    return Extract(
        text=composed.text,
        blocks=tuple(composed.blocks),
        title=composed.title or plausible(title),
        authors=authors_of(authors, front),
        date=date_of(front),
        doi=doi_of(front),
        pages=tuple(composed.starts),
        notes=(*notes(pages), *(["The reference list was left out."] if len(kept) < len(whole) else [])),
    )


def _opened(content: bytes) -> Any:
    try:
        return pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if error.err_code in (raw.FPDF_ERR_PASSWORD, raw.FPDF_ERR_SECURITY):
            raise UnreadableDocument("the PDF is encrypted; save it without a password and add it again.") from error
        raise UnreadableDocument("the PDF is broken; open it in a PDF viewer, save a copy and add that.") from error


def _metadata(document: Any, key: str) -> str:
    try:
        return str(document.get_metadata_value(key))
    except UnicodeDecodeError:
        return ""
