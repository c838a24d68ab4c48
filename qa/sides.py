"""The sides of a comparison: what a question sets against what, each to be answered for."""

from collections.abc import Sequence
from itertools import pairwise

import regex

from index.shadow import terms
from qa.evidence import Evidence
from qa.phrases import Phrase, phrases

_COMPARES = regex.compile(
    r"\b(?:differ(?:s|ences?|ent|ently)?|compar(?:e|es|ed|ing|isons?|able)|versus|vs|than|better|worse|rather|opposed|contrast|"
    r"distinguish(?:es)?|both)\b",
    regex.IGNORECASE,
)
_AGAINST = regex.compile(r"\b(?:and|or|versus|vs\.?|from|with|to|than)\b", regex.IGNORECASE)

Side = frozenset[str]


def sides(question: str) -> tuple[Side, Side] | None:
    """The search terms that tell the one side of a comparison from the other; None if the question compares nothing."""
    if not _COMPARES.search(question):
        return None
    named = [phrase for phrase in phrases(question) if not _COMPARES.fullmatch(phrase.text)]
    for left, right in pairwise(named):
        if _AGAINST.search(question, left.end, right.start) and (apart := _apart(left, right)):
            return apart
    return None


def missing_side(question: str, chosen: Sequence[Evidence], others: Sequence[Evidence]) -> Evidence | None:
    """The best of the other sentences that speaks of the side that none of the chosen speaks of; None if there is no such side."""
    compared = sides(question)
    if compared is None:
        return None
    silent = [side for side in compared if not any(_speaks_of(one, side) for one in chosen)]
    return next((one for one in others if len(silent) == 1 and _speaks_of(one, silent[0])), None)


def _apart(left: Phrase, right: Phrase) -> tuple[Side, Side] | None:
    one, other = _telling(left, right.terms), _telling(right, left.terms)
    return (one, other) if one and other else None


def _telling(phrase: Phrase, others: Side) -> Side:
    """The last word of a phrase if the other side lacks it: the words before describe it. Otherwise all that it lacks."""
    return phrase.terms - others if phrase.head in others else frozenset({phrase.head})


def _speaks_of(one: Evidence, side: Side) -> bool:
    return side <= set(terms(one.quote))
