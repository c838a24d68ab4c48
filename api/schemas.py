"""What goes out over HTTP, besides the answer itself."""

from typing import Literal

from pydantic import BaseModel

from index.matches import matches
from index.rows import DocumentRow, PassageRow
from index.view import Hit, View
from qa.citations import Cited, document_url, text_url

MOST_PASSAGES = 50
MOST_LISTED = 1_000  # documents on a page


class DocumentBody(BaseModel):
    """A document in the library.

    kind: its format. date: of publication, ISO 8601 as far as it is known. notes: what was left out when it was read, and why.
    metadata: what was said of it when it was added.
    """

    id: str
    title: str
    source: str
    sha256: str
    characters: int
    passages: int
    url: str
    kind: str
    authors: list[str]
    date: str
    doi: str
    pages: int | None
    notes: list[str]
    metadata: dict[str, str | int | float | bool | list[str]]

    @classmethod
    def of(cls, row: DocumentRow, collection: str = "") -> "DocumentBody":
        return cls(
            id=row.id,
            title=row.title,
            source=row.source,
            sha256=row.sha256,
            characters=row.characters,
            passages=row.last - row.first + 1,
            url=f"{document_url(row, collection)}/text",
            kind=row.about.kind,
            authors=list(row.about.authors),
            date=row.about.date,
            doi=row.about.doi,
            pages=len(row.pages) or None,
            notes=list(row.about.notes),
            metadata={name: list(value) if isinstance(value, tuple) else value for name, value in row.metadata.items()},
        )


class SpanBody(BaseModel):
    """A stretch of a document's text, in code points."""

    start: int
    end: int


class PassageBody(SpanBody):
    """A passage as the document was split."""

    section: list[str]
    sentences: list[SpanBody]

    @classmethod
    def of(cls, row: PassageRow) -> "PassageBody":
        sentences = [SpanBody(start=int(start), end=int(end)) for start, end, *_ in row.sentences]
        return cls(start=row.start, end=row.end, section=list(row.section), sentences=sentences)


class DocumentDetail(DocumentBody):
    """A version of a document, and how it was split.

    present: whether it is the version that is read and cited now. split: its passages; an earlier version has none any more. page_starts:
    the offset at which each page begins, in code points, none of a document without pages.
    """

    present: bool
    page_starts: list[int]
    split: list[PassageBody]

    @classmethod
    def showing(cls, view: View, id: str, version: str = "") -> "DocumentDetail":
        """The version of that sha256, or the latest whose sha256 begins so. Raises as `View.version` does."""
        row = view.version(id, version)
        is_present = row.sha256 == view.document(id).sha256
        split = [PassageBody.of(passage) for passage in view.passages_of(id)] if is_present else []
        said = DocumentBody.of(row, view.collection).model_dump()
        if not is_present:
            said |= {"passages": 0, "url": Version.of(row, False, view.collection).url}
        return cls(**said, present=is_present, page_starts=row.pages.tolist(), split=split)


class Version(BaseModel):
    """A version of a document: its text and file are kept, and citations of it can be checked, until the document is removed."""

    sha256: str
    title: str
    characters: int
    present: bool
    url: str

    @classmethod
    def of(cls, row: DocumentRow, present: bool, collection: str = "") -> "Version":
        url = f"{document_url(row, collection)}/text?version={row.sha256[:16]}"
        return cls(sha256=row.sha256, title=row.title, characters=row.characters, present=present, url=url)


class Versions(BaseModel):
    """The versions of a document, the oldest first, the present one last."""

    versions: list[Version]


class Documents(BaseModel):
    """Documents of the library, by id. total: how many there are as the filters let pass. next: for `after`, if there are more."""

    documents: list[DocumentBody]
    total: int
    next: str | None
    generation: int
    sha256: str


class PassageRead(BaseModel):
    """A passage that is read for an answer: where it stands, and the scores it was found by, fused, BM25 and cosine."""

    document: Cited
    section: list[str]
    page: int | None
    start: int
    end: int
    text: str
    score: float
    text_score: float
    vector_score: float
    url: str

    @classmethod
    def of(cls, hit: Hit) -> "PassageRead":
        return cls(
            document=Cited.of(hit.document),
            section=list(hit.row.section),
            page=hit.document.page(hit.row.start),
            start=hit.row.start,
            end=hit.row.end,
            text=hit.text,
            score=round(hit.score, 6),
            text_score=round(hit.text_score, 4),
            vector_score=round(hit.vector_score, 4),
            url=text_url(hit.document, hit.collection, hit.row.start, hit.row.end),
        )


class TermFound(BaseModel):
    """A word of what was looked for, as it was typed. spans: where in the passage's own text it stands, in whatever form, code points."""

    term: str
    spans: list[tuple[int, int]]


class PassageFound(PassageRead):
    """A passage found, and why: the words of the question that stand in it. They take a millisecond, so answers go without."""

    terms: list[TermFound]

    @classmethod
    def for_question(cls, hit: Hit, question: str) -> "PassageFound":
        terms = [TermFound(term=term, spans=list(spans)) for term, spans in matches(question, hit.text)]
        return cls(**dict(PassageRead.of(hit)), terms=terms)


class Passages(BaseModel):
    """Passages, best first. notes: what was left out, and why."""

    passages: list[PassageFound]
    notes: list[str]


class Health(BaseModel):
    """The process is there."""

    status: Literal["ok"] = "ok"


class Ready(BaseModel):
    """The library can be asked."""

    status: Literal["ready"] = "ready"
    documents: int
    passages: int
    generation: int
    encoder: str
    reader: str


class Collections(BaseModel):
    """The names of the collections."""

    collections: list[str]
