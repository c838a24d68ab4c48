"""What comes in and goes out over HTTP, besides the answer itself."""

from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from index.rows import DocumentRow, PassageRow
from index.shadow import is_well_formed
from index.view import Hit
from qa.citations import Cited
from qa.questions import LONGEST_MESSAGE, LONGEST_QUESTION, MOST_MESSAGES, Message, Question
from qa.selection import MOST_SENTENCES

MOST_PASSAGES = 50


def _well_formed(text: str) -> str:
    if "\x00" in text or not is_well_formed(text):
        raise PydanticCustomError("text", "NUL and surrogates are not characters of a text")
    return text


# The bounds stand before the check, or pydantic would count items instead of characters.
QuestionText = Annotated[str, Field(max_length=LONGEST_QUESTION), AfterValidator(_well_formed)]
MessageText = Annotated[str, Field(max_length=LONGEST_MESSAGE), AfterValidator(_well_formed)]
DocumentId = Annotated[str, Field(min_length=1, max_length=120, examples=["car-t-resistance-editorial"]), AfterValidator(_well_formed)]


class _Strict(BaseModel):
    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class MessageBody(_Strict):
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: MessageText


class QuestionBody(_Strict):
    """A question, with the conversation before it and the documents to answer from (all if none are named)."""

    question: Annotated[QuestionText, Field(examples=["How many patients achieved an objective response with CAR19/22?"])]
    history: Annotated[list[MessageBody], Field(max_length=MOST_MESSAGES)] = []
    documents: Annotated[list[DocumentId], Field(max_length=1000)] = []
    limit: Annotated[int, Field(ge=1, le=20, description="Most sentences of the answer.")] = MOST_SENTENCES
    caution: Annotated[
        float | None, Field(ge=0, le=1, description="Abstain below this confidence: 0 always answers; by default as the server is set.")
    ] = None

    def question_asked(self) -> Question:
        history = tuple(Message(message.role, message.content) for message in self.history)
        return Question(self.question, history, tuple(self.documents), self.caution)


class SearchQuery(BaseModel):
    """What to look for, in which documents (all if none are named), and how many passages to give."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Annotated[QuestionText, Field(description="What to look for.", examples=["CD19- relapse"])]
    document: Annotated[list[DocumentId], Field(max_length=1000, description="Only in these documents.")] = []
    limit: Annotated[int, Field(ge=1, le=MOST_PASSAGES)] = 10


class DocumentBody(BaseModel):
    """A document in the library.

    kind: its format. date: of publication, ISO 8601 as far as it is known. notes: what was left out when it was read, and why.
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

    @classmethod
    def of(cls, row: DocumentRow) -> "DocumentBody":
        return cls(
            id=row.id,
            title=row.title,
            source=row.source,
            sha256=row.sha256,
            characters=row.characters,
            passages=row.last - row.first + 1,
            url=f"/documents/{row.id}/text",
            kind=row.about.kind,
            authors=list(row.about.authors),
            date=row.about.date,
            doi=row.about.doi,
            pages=len(row.pages) or None,
            notes=list(row.about.notes),
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
    """A document with its passages."""

    split: list[PassageBody]


class Documents(BaseModel):
    """The documents of the library, by id."""

    documents: list[DocumentBody]
    generation: int
    sha256: str


class PassageFound(BaseModel):
    """A passage found: fused score, BM25 score and cosine."""

    document: Cited
    section: list[str]
    start: int
    end: int
    text: str
    score: float
    text_score: float
    vector_score: float
    url: str

    @classmethod
    def of(cls, hit: Hit) -> "PassageFound":
        return cls(
            document=Cited.of(hit.document),
            section=list(hit.row.section),
            start=hit.row.start,
            end=hit.row.end,
            text=hit.text,
            score=round(hit.score, 6),
            text_score=round(hit.text_score, 4),
            vector_score=round(hit.vector_score, 4),
            url=f"/documents/{hit.document.id}/text#char={hit.row.start},{hit.row.end}",
        )


class Passages(BaseModel):
    """Passages, best first."""

    passages: list[PassageFound]


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


class Fault(BaseModel):
    """One thing wrong with a request."""

    where: str
    what: str


class ProblemBody(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None
    errors: list[Fault] = []


def problem_schema() -> dict[str, Any]:
    """The JSON schema of a problem document, in one piece."""
    schema = ProblemBody.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")["Fault"]
    return schema
