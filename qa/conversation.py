"""The conversation before a question: what was spoken of, and which of it a pronoun most likely means.

A logistic model scores each phrase (`python benchmarks/followups.py DATA --fit` gives its weights).
"""

import math
from collections.abc import Iterable, Sequence
from typing import Literal, NamedTuple

import regex

from qa.phrases import Phrase, is_plural, phrases

LAST_MESSAGES = 3  # beside the first question, as many are read: with all of them it takes longer and is not better
LONGEST_READ = 1_500  # characters of a message

_MARK = regex.compile(r"\s*\[\d+\]")


Number = Literal["one", "many", "person"]
FEATURES = (
    "in the first question",
    "recency",
    "other messages with its words",
    "a name",
    "one word",
    "agrees in number",
    "a name for he or she",
    "no name for he or she",
    "in answers only",
)
WEIGHTS = (1.05, 0.86, 1.54, 0.61, -0.43, 0.27, 0.98, -0.50, -0.88)


class Turn(NamedTuple):
    """One earlier message: whether it is a question, and what it says."""

    asks: bool
    text: str


class Mention(NamedTuple):
    """What was spoken of, in its latest wording, and the numbers of the messages that speak of it."""

    phrase: Phrase
    messages: tuple[int, ...]


class Conversation:
    """What the first and the last messages spoke of."""

    def __init__(self, earlier: Sequence[Turn]) -> None:
        read = [*earlier[:1], *earlier[1:][-LAST_MESSAGES:]]
        self._asks = [message.asks for message in read]
        self._speaking: dict[str, set[int]] = {}  # of a term, the messages with it
        found: dict[frozenset[str], Mention] = {}
        for number, message in enumerate(read):
            for phrase in phrases(_MARK.sub("", message.text[:LONGEST_READ])):
                known = found.pop(phrase.terms, None)
                found[phrase.terms] = Mention(phrase, (*(known.messages if known else ()), number))
                for term in phrase.terms:
                    self._speaking.setdefault(term, set()).add(number)
        self.mentions = list(found.values())

    def spoke_of(self, terms: Iterable[str]) -> bool:
        """Whether one of these terms was in a phrase."""
        return not self._speaking.keys().isdisjoint(terms)

    def meant(self, number: Number | None, asked: frozenset[str], but: Sequence[Phrase]) -> Phrase | None:
        """The phrase that a pronoun of that number most likely stands for; of equal ones the first of its message."""
        left = [one for one in self.mentions if not one.phrase.terms <= asked and one.phrase not in but]
        return max(left, key=lambda one: _score(self.features(one, number))).phrase if left else None

    def in_full(self, head: str) -> Phrase | None:
        """The latest name that ends with that term and has more: `National Alliance` for `Alliance`."""
        same = [one for one in self.mentions if one.phrase.head == head and len(one.phrase.terms) > 1]
        return max(same, key=lambda one: (one.messages[-1], len(one.phrase.terms))).phrase if same else None

    def features(self, mention: Mention, number: Number | None) -> tuple[float, ...]:
        """What `WEIGHTS` weigh, in the order of `FEATURES`."""
        phrase, messages = mention
        capital = phrase.text[0].isupper()
        last = len(self._asks) - 1
        others = set[int]().union(*(self._speaking[term] for term in phrase.terms)).difference(messages)
        return (
            0 in messages and self._asks[0],
            1 / (1 + last - messages[-1]),
            math.log(1 + len(others)),
            phrase.named,
            len(phrase.terms) == 1,
            number in ("one", "many") and (number == "many") == is_plural(phrase.text),
            number == "person" and capital and phrase.named,
            number == "person" and not capital,
            not any(self._asks[message] for message in messages),
        )


def _score(features: Sequence[float]) -> float:
    return sum(weight * feature for weight, feature in zip(WEIGHTS, features, strict=True))
