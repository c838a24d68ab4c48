"""What comes in over HTTP: questions, filters, names."""

from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

from index.filters import MOST_FILTERS, filters_in
from index.metadata import LONGEST_VALUE
from index.shadow import is_well_formed
from qa.questions import LONGEST_MESSAGE, LONGEST_QUESTION, MOST_MESSAGES, Message, Question
from qa.selection import MOST_SENTENCES

MOST_PASSAGES = 50
MOST_LISTED = 1_000  # documents on a page


def well_formed(text: str) -> str:
    """The text. Raises PydanticCustomError if it holds what no text does."""
    if "\x00" in text or not is_well_formed(text):
        raise PydanticCustomError("text", "NUL and surrogates are not characters of a text")
    return text


# The bounds stand before the check, or pydantic would count items instead of characters.
QuestionText = Annotated[str, Field(max_length=LONGEST_QUESTION), AfterValidator(well_formed)]
MessageText = Annotated[str, Field(max_length=LONGEST_MESSAGE), AfterValidator(well_formed)]
VersionHash = Annotated[str, Field(pattern="^([0-9a-f]{8,64})?$", description="Of the version, its sha256 or as much of it as is cited.")]
DocumentId = Annotated[str, Field(min_length=1, max_length=120, examples=["car-t-resistance-editorial"]), AfterValidator(well_formed)]


FilterValue = Annotated[str, Field(max_length=LONGEST_VALUE)] | int | float | bool


class Strict(BaseModel):
    """A body that is just what it should be."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)


class MessageBody(Strict):
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: MessageText


class RangeBody(Strict):
    """From a value to another one, both included; what begins with the upper one is included too."""

    low: Annotated[FilterValue | None, Field(alias="from")] = None
    high: Annotated[FilterValue | None, Field(alias="to")] = None


FilterName = Annotated[str, Field(max_length=64, examples=["journal"])]
FiltersBody = Annotated[
    dict[FilterName, FilterValue | list[FilterValue] | RangeBody],
    Field(
        max_length=MOST_FILTERS,
        description="Only from documents that have, for each name, the value, one of the values, or one in the range. Names are those of "
        "metadata, and kind, title, authors, date, doi, source.",
        examples=[{"journal": "Blood", "date": {"from": "2019", "to": "2021"}}],
    ),
]
FilterText = Annotated[str, Field(max_length=LONGEST_VALUE, examples=["journal=Blood", "date=2019..2021"])]
FilterTexts = Annotated[
    list[FilterText],
    Field(max_length=MOST_FILTERS, description="`name=value`, repeated for one of several values, or `name=low..high`."),
]


class QuestionBody(Strict):
    """A question, with the conversation before it and the documents to answer from (all if none are named or filtered)."""

    question: Annotated[QuestionText, Field(examples=["How many patients achieved an objective response with CAR19/22?"])]
    history: Annotated[list[MessageBody], Field(max_length=MOST_MESSAGES)] = []
    documents: Annotated[list[DocumentId], Field(max_length=1000)] = []
    limit: Annotated[int, Field(ge=1, le=20, description="Most sentences of the answer.")] = MOST_SENTENCES
    caution: Annotated[
        float | None, Field(ge=0, le=1, description="Abstain below this confidence: 0 always answers; by default as the server is set.")
    ] = None

    filters: FiltersBody = {}

    def question_asked(self) -> Question:
        """The question. Raises InvalidFilter."""
        history = tuple(Message(message.role, message.content) for message in self.history)
        filters = filters_in(self.model_dump(include={"filters"}, by_alias=True, exclude_none=True)["filters"])
        return Question(self.question, history, tuple(self.documents), self.caution, filters)


class SearchQuery(BaseModel):
    """What to look for, in which documents (all if none are named), and how many passages to give."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    q: Annotated[QuestionText, Field(description="What to look for.", examples=["CD19- relapse"])]
    document: Annotated[list[DocumentId], Field(max_length=1000, description="Only in these documents.")] = []
    filter: FilterTexts = []
    limit: Annotated[int, Field(ge=1, le=MOST_PASSAGES)] = 10


class DocumentsQuery(BaseModel):
    """Which documents to list: those that come after an id, as filters let pass, at most so many."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    after: Annotated[str, Field(max_length=120, description="`next` of the page before."), AfterValidator(well_formed)] = ""
    filter: FilterTexts = []
    limit: Annotated[int, Field(ge=1, le=MOST_LISTED)] = MOST_LISTED
