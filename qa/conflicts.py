"""Conflicts: sentences of different documents that say the same of the same, but for a number, a negation or an opposite.

Told by words alone, so only where two sentences share most of theirs. On SciFact (annotated rationales of claims): see README, Measured.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from typing import Literal, NamedTuple

import regex

from index.shadow import content_terms, plain, terms
from qa.citations import Citation
from qa.opposites import OPPOSITE

Kind = Literal["numbers", "negation", "opposites"]

LEAST_SHARED = 0.3  # of the words of both sentences that say something
FEWEST_SHARED = 4  # words

_NUMBER = regex.compile(r"(?<![\p{L}\p{N}.-])(\p{N}+(?:[.,]\p{N}+)*)\s?(%|\p{L}+)?")
_NEGATION = regex.compile(
    r"\b(?:(?<!or |but )not(?! only)|no(?! less)|never|neither|cannot|fail(?:s|ed)? to|unable to)\b|n't\b", regex.IGNORECASE
)
_REACH = 5  # words after a negation, of which it negates one


@dataclass(frozen=True, slots=True)
class Conflict:
    """Two citations of an answer, by number, whose documents contradict each other, and in what."""

    citations: tuple[int, int]
    kind: Kind


class Claim(NamedTuple):
    """What of a sentence is compared."""

    words: frozenset[str]
    numbers: dict[str, frozenset[str]]
    negated: frozenset[str]

    @property
    def values(self) -> frozenset[str]:
        """Its numbers without their units."""
        return frozenset(value for values in self.numbers.values() for value in values)

    @classmethod
    @lru_cache(maxsize=1024)  # a sentence is compared with many, in choosing and in citing
    def of(cls, sentence: str) -> "Claim":
        seen = plain(sentence)
        numbers: dict[str, set[str]] = {}
        for match in _NUMBER.finditer(seen):
            numbers.setdefault((match[2] or "").casefold(), set()).add(match[1].replace(",", ""))
        words = frozenset(term for term in content_terms(seen) if not term[0].isdigit())
        return cls(words, {unit: frozenset(found) for unit, found in numbers.items()}, frozenset(_negated(seen)))


def conflicts(citations: Sequence[Citation]) -> Iterator[Conflict]:
    """Every two citations of different documents that contradict each other."""
    for one, other in combinations(citations, 2):
        if one.document.id != other.document.id and (kind := conflict(one.quote, other.quote)):
            yield Conflict((one.number, other.number), kind)


def conflict(one: str, other: str) -> Kind | None:
    """In what two sentences contradict each other, as far as their words tell; None if they do not, or speak of other things."""
    first, second = Claim.of(one), Claim.of(other)
    shared = first.words & second.words
    if len(shared) < max(FEWEST_SHARED, LEAST_SHARED * len(first.words | second.words)):
        return None
    if bool(first.negated) != bool(second.negated) and (first.negated | second.negated) & shared:
        return "negation"
    if _opposed(first.words - shared, second.words - shared):
        return "opposites"
    same_unit = first.numbers.keys() & second.numbers.keys()
    return "numbers" if same_unit and first.values.isdisjoint(second.values) else None


def _negated(sentence: str) -> Iterator[str]:
    for match in _NEGATION.finditer(sentence):
        yield from content_terms(" ".join(sentence[match.end() :].split()[:_REACH]))


def _opposed(left: frozenset[str], right: frozenset[str]) -> bool:
    return any(frozenset({one, other}) in _OPPOSED for one in left for other in right)


_OPPOSED = frozenset(frozenset({terms(one)[-1], terms(other)[-1]}) for one, other in OPPOSITE.items())
