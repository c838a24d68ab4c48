"""Reviewed answers as a Word document. python-docx writes no footnotes, so the sources of each answer are listed under it."""

import io
from typing import TYPE_CHECKING

from api.exports.footnotes import Export, Footnote, Reviewed
from api.exports.lines import line

if TYPE_CHECKING:
    from docx.document import Document


def word(export: Export) -> bytes:
    """The export as DOCX. Nothing in it is a link, a field or an embedded object."""
    from docx import Document as new_document  # not loaded by every process that serves: it takes 8 MB

    document = new_document()
    properties = document.core_properties
    properties.title, properties.author, properties.comments = "Reviewed answers", "Footnote", ""
    properties.created = properties.modified = export.time
    document.add_heading("Reviewed answers", 0)
    document.add_paragraph(export.summary())
    for number, reviewed in enumerate(export.answers, start=1):
        _answer(document, number, reviewed)
    written = io.BytesIO()
    document.save(written)
    return written.getvalue()


def _answer(document: "Document", number: int, reviewed: Reviewed) -> None:
    answer = reviewed.answer
    document.add_heading(f"{number}. {line(answer.question)}", 1)
    if answer.standalone_question not in ("", answer.question.strip()):
        document.add_paragraph(f"Understood as: {line(answer.standalone_question)}")
    paragraph = document.add_paragraph()
    for piece in reviewed.pieces():
        if piece == "\n":
            paragraph = document.add_paragraph()
        elif isinstance(piece, int):
            paragraph.add_run(str(piece)).font.superscript = True
        else:
            paragraph.add_run(line(piece))
    for footnote in reviewed.footnotes:
        _source(document, footnote)


def _source(document: "Document", footnote: Footnote) -> None:
    """A paragraph that stands in from the margin, its lines kept in one piece."""
    from docx.shared import Cm

    citation = footnote.citation
    page = f", page {citation.page}" if citation.page else ""
    place = f"{line(' › '.join([citation.document.title, *citation.section]))}{page}, characters {citation.start}–{citation.end}"
    reviewed = f", {footnote.verdict.replace('_', ' ')}" if footnote.verdict else ""
    paragraph = document.add_paragraph(f"{citation.number}. ")
    paragraph.paragraph_format.left_indent = Cm(1)
    paragraph.add_run(f"“{line(citation.quote)}”").italic = True
    paragraph.add_run(f"\n{place}\nsha256 {citation.document.sha256}\n{footnote.address}\n")
    paragraph.add_run(f"{footnote.verification}{reviewed}").bold = True
    if footnote.note.strip():
        paragraph.add_run(f": {line(footnote.note)}")
