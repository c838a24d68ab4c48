"""Negatives: questions and texts changed so that the text no longer answers the question.

Swapping a name, a number or a word for its opposite is how the writers of SQuAD 2.0 made questions that look answerable
(Rajpurkar et al., ACL 2018, table 2).
"""

import random
from collections.abc import Sequence

import regex

from qa.names import names
from qa.opposites import OPPOSITE

_WORD = regex.compile(r"[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*")


def with_another_name(question: str, text: str, others: Sequence[str], dice: random.Random) -> str | None:
    """The question with a name or number that stands in the text replaced by one of `others` that does not; None if it has none."""
    lowered = text.casefold()
    replaceable = [name for name in names(question) if name.casefold() in lowered]
    if not replaceable:
        return None
    name = dice.choice(replaceable)
    fitting = [other for other in others if _form(other) == _form(name) and other.casefold() not in lowered]
    return question.replace(name, dice.choice(fitting)) if fitting else None


def with_an_opposite(question: str, dice: random.Random) -> str | None:
    """The question with one word replaced by its opposite; None if there is no such word in it."""
    found = [match for match in _WORD.finditer(question) if match[0].casefold() in OPPOSITE]
    if not found:
        return None
    match = dice.choice(found)
    return question[: match.start()] + OPPOSITE[match[0].casefold()] + question[match.end() :]


def _form(word: str) -> tuple[bool, bool, int]:
    """Numbers are replaced by numbers as long, names by names, codes by codes."""
    digits = bool(regex.search(r"\p{N}", word))
    return digits, bool(regex.search(r"\p{L}", word)), len(word) if digits and word.isdigit() else 0
