"""Reviewed answers as a table: CSV (RFC 4180) in UTF-8, with the mark by which Excel knows that it is."""

import csv
import io
import re
from collections.abc import Iterator

from api.exports.footnotes import Export, Footnote, Reviewed

COLUMNS = (
    "question answer sentence citation quote title section page start end document sha256 url verification verdict note answer_id".split()
)

# OWASP, CSV Injection: = + - @, also full-width, where a cell begins, or where one would begin for a program that takes semicolons, tabs
# or line ends for the bounds of cells; blanks, quotes and what is not seen may stand before. A tab or line end first is as bad.
_UNSEEN = "\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\xa0\xad\u061c\u1680\u2000-\u200f\u2028-\u202f\u205f-\u206f\u3000\ufeff"
_FORMULA = re.compile(
    rf"\A(?=[\t\r\n]|[\s{_UNSEEN}\"'‘’“”]*[=+\-@＝＋－＠])|(?:(?<=[;\t\n])|(?<=\r)(?!\n))(?=[ {_UNSEEN}\"'‘’“”]*[=+\-@＝＋－＠])"
)


def spreadsheet(export: Export) -> bytes:
    """A row for each citation, and one for an answer without any. The whole answer stands in its first row, in each what rests on it.

    Every cell is quoted, and an apostrophe stands before what could be taken for a formula; all else is as it was, line ends included.
    """
    written = io.StringIO(newline="")
    writer = csv.writer(written, quoting=csv.QUOTE_ALL)
    writer.writerow(COLUMNS)
    for reviewed in export.answers:
        writer.writerows([inert(str(cell)) for cell in row] for row in _rows(reviewed))
    return b"\xef\xbb\xbf" + written.getvalue().encode("utf-8")


def inert(cell: str) -> str:
    """A cell with an apostrophe before what could be taken for a formula."""
    return _FORMULA.sub("'", cell)


def _rows(reviewed: Reviewed) -> Iterator[list[str | int]]:
    answer = reviewed.answer
    for place, footnote in enumerate(reviewed.footnotes):
        sentence = " ".join(reviewed.sentences_citing(footnote.citation.number))
        yield [answer.question, "" if place else answer.text, sentence, *_cells(footnote), answer.id]
    if not reviewed.footnotes:
        yield [answer.question, answer.text, *[""] * (len(COLUMNS) - 3), answer.id]


def _cells(footnote: Footnote) -> list[str | int]:
    citation, document = footnote.citation, footnote.citation.document
    place = [" › ".join(citation.section), citation.page or "", citation.start, citation.end]
    said = [footnote.verification, footnote.verdict or "", footnote.note]
    return [citation.number, citation.quote, document.title, *place, document.id, document.sha256, footnote.address, *said]
