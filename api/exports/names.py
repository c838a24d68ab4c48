"""Names of authors, taken apart as far as they tell how."""

import re
from dataclasses import dataclass

# A name with one of these is that of a group, which has no family.
_GROUP = re.compile(
    r"\b(?:group|consorti\w+|collaborat\w+|committee|societ\w+|associat\w+|universit\w+|institut\w+|organi[sz]ation|network|foundation|"
    r"ministry|agency|department|center|centre|council|board|investigators|team|initiative|project|study|trial|office|bureau|hospital|"
    r"working|force|panel|commission|federation|academy|college|laborator\w+|the|of|for|on|in|and|gmbh|inc|ltd|llc|corp)\b|[\d&/@:]",
    re.IGNORECASE,
)
_SUFFIX = re.compile(r"[Jj][Rr]\.?|[Ss][Rr]\.?|[IVX]{2,4}")
_DEGREE = re.compile(
    r"(?:m\.?d|ph\.?d|m\.?sc|b\.?sc|d\.?sc|m\.?p\.?h|m\.?b\.?a|m\.?a|m\.?s|r\.?n|pharm\.?d|d\.?v\.?m|m\.?b\.?b\.?s)\.?", re.IGNORECASE
)
_MOST_WORDS = 6


@dataclass(frozen=True, slots=True)
class Name:
    """The name of a person, or, as `literal` alone, one that does not tell its parts: of a group, or of one word."""

    family: str = ""
    given: str = ""
    particle: str = ""
    suffix: str = ""
    literal: str = ""


def name_of(text: str) -> Name:
    """A name written `Family, Given`, `Family, Jr., Given` or `Given Family`; degrees behind the last are not part of it."""
    first, *others = [" ".join(part.split()) for part in text.split(",") if part.strip()] or [""]
    if " " in first and not first[0].islower():  # `Ann Lee, MD` has a degree, `Lee, MD` and `van Lee, MD` have initials
        others = [part for part in others if not _DEGREE.fullmatch(part)]
        first, others = (f"{first} {others[0]}", others[1:]) if others and _SUFFIX.fullmatch(others[0]) else (first, others)
    whole = ", ".join([first, *others])
    if _GROUP.search(whole) or len(whole.split()) > _MOST_WORDS:
        return Name(literal=whole)
    if len(others) == 2 and _SUFFIX.fullmatch(others[0]):
        return _person(first.split(), others[1], others[0])
    if len(others) == 1:
        return _person(first.split(), others[0])
    return Name(literal=whole) if others else _in_speech(first)


def _in_speech(text: str) -> Name:
    """`Given Family`: the family name is the last word, with the small words before it."""
    *words, last = text.split() or [""]
    suffix = ""
    if len(words) > 1 and _SUFFIX.fullmatch(last):
        suffix, last = last, words.pop()
    if not words:
        return Name(literal=text)
    place = next((i for i, word in enumerate(words) if i and word.islower()), len(words))
    return _person([*words[place:], last], " ".join(words[:place]), suffix)


def _person(family: list[str], given: str, suffix: str = "") -> Name:
    """A person; small words before the family name are its particle: `van der` of `van der Waals`."""
    place = next((i for i, word in enumerate(family) if not word.islower()), 0)
    return Name(" ".join(family[place:]), given, " ".join(family[:place]), suffix)
