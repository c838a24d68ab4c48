"""A question with the conversation before it, and the standalone question it means."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from index.abbreviations import key_of
from index.filters import Filter
from index.forms import Form, holds, in_other_forms
from index.shadow import content_terms, has_word, is_function_word, is_well_formed, words
from qa.conversation import Turn
from qa.errors import InvalidQuestion
from qa.followups import resolved

LONGEST_QUESTION = 2_000  # characters
LONGEST_MESSAGE = 20_000  # characters of one earlier message
MOST_MESSAGES = 100


@dataclass(frozen=True, slots=True)
class Message:
    """One earlier turn of the conversation."""

    role: Literal["user", "assistant"]
    content: str


@dataclass(frozen=True, slots=True)
class Question:
    """What a person asks: the text as typed, the earlier messages, and the documents it is limited to, if any, by id or by filters.

    caution: the least confidence with which it is to be answered, from 0 to 1; None leaves that to whoever answers.
    """

    text: str
    history: tuple[Message, ...] = ()
    documents: tuple[str, ...] = ()
    caution: float | None = None
    filters: tuple[Filter, ...] = ()

    def checked(self) -> "Question":
        """The question itself, if it can be asked.

        Raises:
            InvalidQuestion: it has no word, is too long, or so is its history.
        """
        texts = [self.text, *self.documents, *(message.content for message in self.history)]
        if not all(map(is_well_formed, texts)):
            raise InvalidQuestion("The question holds half a character (a lone surrogate). Write it in UTF-8.")
        if not has_word(self.text):
            raise InvalidQuestion("The question holds no word. Write what you want to know.")
        if len(self.text) > LONGEST_QUESTION:
            raise InvalidQuestion(f"The question has {len(self.text)} characters; at most {LONGEST_QUESTION} are read. Shorten it.")
        if len(self.history) > MOST_MESSAGES:
            raise InvalidQuestion(f"The history has {len(self.history)} messages; send the last {MOST_MESSAGES} or fewer.")
        if (longest := max((len(message.content) for message in self.history), default=0)) > LONGEST_MESSAGE:
            raise InvalidQuestion(f"A message of the history has {longest} characters; at most {LONGEST_MESSAGE} are read.")
        if self.caution is not None and not 0 <= self.caution <= 1:
            raise InvalidQuestion(f"The caution is {self.caution}; it is a confidence from 0 (always answer) to 1.")
        return self

    def understood(self) -> "Understood":
        """The question with what it leaves to the conversation filled in from the earlier questions and answers."""
        asked = self.text.strip()
        standalone, lent = resolved(asked, [Turn(message.role == "user", message.content) for message in self.history])
        if not lent:
            return Understood(asked)
        questions = _latest([message.content for message in self.history if message.role == "user"])
        return Understood(asked, ", ".join(lent), standalone, " ".join(_named_before(questions, asked)))


@dataclass(frozen=True, slots=True)
class Understood:
    """A question as it was understood.

    asked: as it was typed. context: the phrases that the conversation lends it, "" if none. resolved: the question with
    them in their places. background: the content words of the earlier questions, for a wider search. forms: what of it the
    library's documents also write another way.
    """

    asked: str
    context: str = ""
    resolved: str = ""
    background: str = ""
    forms: tuple[Form, ...] = ()

    @property
    def standalone(self) -> str:
        """The question as it can be asked without the conversation."""
        return self.resolved or self.with_context

    @property
    def with_context(self) -> str:
        """The question as it was typed, the phrases lent to it in brackets behind it: they can be weighed apart."""
        return f"{self.asked} ({self.context})" if self.context else self.asked

    def in_words_of(self, text: str) -> str:
        """The question as it can be asked alone, with each form replaced by the other where the text holds only that."""
        if not self.forms:
            return self.standalone
        key = key_of(text)
        return in_other_forms(self.standalone, [form for form in self.forms if holds(key, form.other) and not holds(key, form.typed)])

    @property
    def with_background(self) -> str:
        """The question as it was typed, and all that the earlier ones were about."""
        return f"{self.asked} ({self.background})" if self.background else self.asked


def _latest(asked: Sequence[str]) -> list[str]:
    """The last of the earlier questions, as many as are not too long together, in order."""
    kept: list[str] = []
    for earlier in reversed(asked):
        if sum(map(len, kept)) + len(earlier) > LONGEST_QUESTION:
            break
        kept.insert(0, earlier)
    return kept


def _named_before(asked: Sequence[str], text: str) -> list[str]:
    """The content words of earlier questions that the new one does not hold itself, in order."""
    have = set(content_terms(text))
    found: dict[str, None] = {}
    for earlier in asked:
        for word in words(earlier):
            typed = earlier[word.start : word.end]
            if not is_function_word(typed) and not have.issuperset(word.terms):
                found[typed] = None
                have.update(word.terms)
    return list(found)
