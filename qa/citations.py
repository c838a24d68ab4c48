"""Citations: evidence as the reader of an answer sees it, and can check without Footnote.

A citation holds both selectors of the W3C Web Annotation Data Model: TextPositionSelector (start, end) and TextQuoteSelector (prefix,
quote, suffix), over the version of the document that sha256 names. Offsets count Unicode code points of the text as it stands in the
file; `url` is the text itself with the position as RFC 5147 writes it.
"""

from dataclasses import dataclass

from index.rows import DocumentRow
from index.view import Hit, View
from qa.evidence import Evidence

_AROUND = 32  # characters of prefix and of suffix


@dataclass(frozen=True, slots=True)
class Cited:
    """The document a citation is from: which source, and which version of it."""

    id: str
    title: str
    source: str
    sha256: str

    @classmethod
    def of(cls, row: DocumentRow) -> "Cited":
        return cls(row.id, row.title, row.source, row.sha256)


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and where it stands: `text[start:end] == quote` in the version of the document that `sha256` names."""

    number: int
    document: Cited
    section: tuple[str, ...]
    page: int | None
    start: int
    end: int
    quote: str
    prefix: str
    suffix: str
    score: float
    url: str


@dataclass(frozen=True, slots=True)
class Closest:
    """A passage near to a question that has no answer. It is not an answer."""

    document: Cited
    section: tuple[str, ...]
    page: int | None
    start: int
    end: int
    text: str
    score: float
    url: str


def citation(number: int, evidence: Evidence, view: View) -> Citation:
    """The citation of a sentence, its quote taken from the stored text and nowhere else."""
    start, end = evidence.span
    document = evidence.hit.document
    text = view.text(document.id)
    return Citation(
        number,
        Cited.of(document),
        evidence.hit.row.section,
        document.page(start),
        start,
        end,
        text[start:end],
        text[max(0, start - _AROUND) : start],
        text[end : end + _AROUND],
        round(evidence.score if evidence.probability is None else evidence.probability, 4),
        text_url(document, view.collection, start, end),
    )


def closest(hit: Hit) -> Closest:
    """A passage shown where there is no answer."""
    row, document = hit.row, hit.document
    url, page = text_url(document, hit.collection, row.start, row.end), document.page(row.start)
    return Closest(Cited.of(document), row.section, page, row.start, row.end, hit.text, round(hit.vector_score, 4), url)


def text_url(document: DocumentRow, collection: str, start: int, end: int) -> str:
    """Where the text of this very version is, whatever versions follow, and the place in it."""
    return f"{document_url(document, collection)}/text?version={document.sha256[:16]}#char={start},{end}"


def document_url(document: DocumentRow, collection: str) -> str:
    """Where a document is, in the collection that holds it."""
    return f"{collection_url(collection)}/documents/{document.id}"


def collection_url(collection: str) -> str:
    """What paths into a collection begin with; nothing for the library that needs no name."""
    return f"/collections/{collection}" if collection else ""
