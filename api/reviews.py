"""Answers as they come back from a reader who went through them, with what was said of each citation."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.queries import DocumentId, QuestionText, Strict, well_formed

MOST_ANSWERS = 200
_MOST_PARTS = 1_000  # citations or sentences of one answer
_MOST_CITED = 20  # citations of one sentence, which is written beside each: a small body is to make no huge file

Verdict = Literal["accepted", "rejected", "wrong_span"]
SaidText = Annotated[str, Field(max_length=2**20), AfterValidator(well_formed)]
Number = Annotated[int, Field(ge=1, le=_MOST_PARTS)]
Offset = Annotated[int, Field(ge=0, le=2**53)]


class Said(BaseModel):
    """A part of an answer as `POST /ask` gave it: what is used of it is checked, and other members are ignored."""

    model_config = ConfigDict(strict=True, extra="ignore", frozen=True)


class DocumentSaid(Said):
    """The document of a citation, and its version."""

    id: DocumentId
    title: SaidText
    sha256: Annotated[str, Field(pattern="^[0-9a-f]{64}$")]


class CitationSaid(Said):
    """A citation. Its `url` is not taken from here: it follows from the rest."""

    number: Number
    document: DocumentSaid
    section: Annotated[list[SaidText], Field(max_length=100)] = []
    page: Annotated[int | None, Field(ge=1, le=2**31)] = None
    start: Offset
    end: Offset
    quote: SaidText
    prefix: SaidText = ""
    suffix: SaidText = ""


class SentenceSaid(Said):
    """A sentence of the answer's text, and the numbers of the citations it rests on."""

    text: SaidText
    start: Offset
    end: Offset
    citations: Annotated[list[Number], Field(max_length=_MOST_CITED)]


class AnswerSaid(Said):
    """What an export uses of an answer."""

    id: Annotated[str, Field(pattern="^[0-9a-f]{24}$")]
    question: QuestionText
    standalone_question: SaidText = ""
    text: SaidText
    sentences: Annotated[list[SentenceSaid], Field(max_length=_MOST_PARTS)]
    citations: Annotated[list[CitationSaid], Field(max_length=_MOST_PARTS)]


class Review(Strict):
    """What the reader says of the citation of that number. verdict: null where there is only a note."""

    citation: Number
    verdict: Verdict | None = None
    note: QuestionText = ""


class ReviewedAnswer(Strict):
    """An answer just as `POST /ask` gave it, and what was said of its citations."""

    answer: AnswerSaid
    reviews: Annotated[list[Review], Field(max_length=_MOST_PARTS, default_factory=list)]

    @model_validator(mode="after")
    def _each_number_once(self) -> "ReviewedAnswer":
        cited, reviewed = [one.number for one in self.answer.citations], [one.citation for one in self.reviews]
        if len(set(cited)) < len(cited) or len(set(reviewed)) < len(reviewed) or not set(reviewed) <= set(cited):
            raise PydanticCustomError("numbers", "Each citation has a number of its own, and at most one review; a review has a citation")
        return self


class ExportBody(Strict):
    """Reviewed answers, and the format to write them in."""

    format: Literal["markdown", "csv", "docx", "annotations"]
    answers: Annotated[list[ReviewedAnswer], Field(min_length=1, max_length=MOST_ANSWERS)]
