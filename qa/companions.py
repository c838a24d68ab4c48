"""Companions: sentences that the chosen ones must not stand without."""

from collections.abc import Iterator, Sequence
from itertools import islice

from qa.antecedents import antecedent
from qa.conflicts import conflict
from qa.evidence import Evidence, Reading
from qa.sides import missing_side


def with_companions(question: str, chosen: Sequence[Evidence], reading: Reading, limit: int) -> list[Evidence]:
    """The chosen sentences, the one for a side of a comparison that they leave out, those of other documents that contradict them, and
    those they lean on; at most `limit`, as they come, none twice. A sentence that contradicts a chosen one is taken if it is usable itself.

    A side that is left out takes the place of the last of the chosen, if there is no other.
    """
    best = reading.evidence[0].score if reading.evidence else 0.0
    usable = [one for one in reading.evidence if one.score >= best - reading.margins.usable]
    if limit > 1 and (other_side := missing_side(question, chosen, reading.evidence)):
        chosen = [*chosen[: limit - 1], other_side]
    kept = {one.place: one for one in chosen}
    for companion in _companions(chosen, usable):
        if len(kept) >= limit:
            break
        kept.setdefault(companion.place, companion)
    return list(kept.values())


def _companions(chosen: Sequence[Evidence], usable: Sequence[Evidence]) -> Iterator[Evidence]:
    for one in chosen:
        yield from _contradicting(one, usable)
        if before := antecedent(one):
            yield before


def _contradicting(one: Evidence, others: Sequence[Evidence]) -> Iterator[Evidence]:
    """The first sentence of another document that contradicts this one."""
    elsewhere = (other for other in others if other.hit.document.id != one.hit.document.id)
    yield from islice((other for other in elsewhere if conflict(one.quote, other.quote)), 1)
