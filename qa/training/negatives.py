"""Negatives: questions and texts changed so that the text no longer answers the question.

Swapping a name, a number or a word for its opposite is how the writers of SQuAD 2.0 made questions that look answerable
(Rajpurkar et al., ACL 2018, table 2).
"""

import random
from collections.abc import Sequence

import regex

from qa.names import names

_OPPOSITES = (
    "increase decrease, increased decreased, increases decreases, increasing decreasing, high low, higher "
    "lower, highest lowest, more less, most least, largest smallest, larger smaller, large small, first "
    "last, before after, begin end, began ended, start stop, started stopped, early late, earlier later, "
    "earliest latest, best worst, better worse, positive negative, major minor, maximum minimum, always "
    "never, north south, east west, northern southern, eastern western, internal external, inside "
    "outside, upper lower, long short, longest shortest, longer shorter, win lose, won lost, gain loss, "
    "allow forbid, allowed forbade, support oppose, supported opposed, cause prevent, causes prevents, "
    "caused prevented, benefit harm, advantage disadvantage, advantages disadvantages, common rare, "
    "strong weak, stronger weaker, strongest weakest, old new, older newer, oldest newest, activate "
    "inhibit, activates inhibits, activated inhibited, activation inhibition, upregulated downregulated, "
    "gain-of-function loss-of-function, safe toxic, effective ineffective, sensitive resistant, male "
    "female, men women, adults children, man woman, left right, hot cold, fast slow, legal illegal, "
    "possible impossible, accept reject, accepted rejected, include exclude, included excluded, agree "
    "disagree, agreed disagreed, rise fall, rose fell "
)
_OPPOSITE = {one: other for pair in _OPPOSITES.split(",") for one, other in (pair.split(), pair.split()[::-1])}
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
    found = [match for match in _WORD.finditer(question) if match[0].casefold() in _OPPOSITE]
    if not found:
        return None
    match = dice.choice(found)
    return question[: match.start()] + _OPPOSITE[match[0].casefold()] + question[match.end() :]


def _form(word: str) -> tuple[bool, bool, int]:
    """Numbers are replaced by numbers as long, names by names, codes by codes."""
    digits = bool(regex.search(r"\p{N}", word))
    return digits, bool(regex.search(r"\p{L}", word)), len(word) if digits and word.isdigit() else 0
