"""What the confidence is worth: how wrong the answers are that it lets through, and how often it is as right as it says."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import groupby
from typing import Any

from qa.outcomes import Outcome
from qa.significance import Interval, auroc, interval_of_share

BINS = 10


@dataclass(frozen=True, slots=True)
class Point:
    """What a threshold at `confidence` does: the share of questions it lets through, and the share of wrong ones among those."""

    confidence: float
    coverage: float
    risk: float


@dataclass(frozen=True, slots=True)
class Bin:
    """The questions whose confidence is about the same: its mean, and the share that was right, with its interval."""

    questions: int
    confidence: float
    right: float
    interval: Interval | None


@dataclass(frozen=True, slots=True)
class Confidence:
    """The confidence of answers, each judged as if nothing had kept Footnote from giving it.

    used: coverage and risk of the answers that were given. area: mean risk over all coverages (AURC). error: how far the confidence
    is from the share that is right (expected calibration error). auroc: how well it tells questions with an answer from those without.
    """

    questions: int
    used: Point | None
    area: float
    error: float
    auroc: float | None
    curve: tuple[Point, ...]
    bins: tuple[Bin, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def confidence_of(outcomes: Sequence[Outcome]) -> Confidence | None:
    """What the confidence of these outcomes is worth; None where no answer to an answerable question can be judged."""
    judged = [outcome for outcome in outcomes if outcome.case.judged]
    if not any(outcome.case.answerable for outcome in judged):
        return None
    pairs = sorted(((outcome.answer.confidence, bool(outcome.right_unguarded)) for outcome in judged), reverse=True)
    curve, bins = tuple(_curve(pairs)), tuple(_bins(pairs))
    given = [outcome for outcome in judged if outcome.answered]
    by_kind = [[outcome.answer.confidence for outcome in judged if outcome.case.answerable is kind] for kind in (True, False)]
    return Confidence(
        len(judged),
        _used(given, len(judged)),
        _area(curve),
        round(sum(bin.questions * abs(bin.confidence - bin.right) for bin in bins) / len(judged), 4),
        auroc(*by_kind),
        curve,
        bins,
    )


def _used(given: Sequence[Outcome], judged: int) -> Point | None:
    if not given:
        return None
    wrong = sum(not outcome.right for outcome in given)
    return Point(min(outcome.answer.confidence for outcome in given), round(len(given) / judged, 4), round(wrong / len(given), 4))


def _curve(pairs: Sequence[tuple[float, bool]]) -> Iterator[Point]:
    """A point for each different confidence, the highest first: equal ones come in together."""
    passed = wrong = 0
    for confidence, group in groupby(pairs, key=lambda pair: pair[0]):
        right = [right for _, right in group]
        passed, wrong = passed + len(right), wrong + right.count(False)
        yield Point(confidence, round(passed / len(pairs), 4), round(wrong / passed, 4))


def _area(curve: Sequence[Point]) -> float:
    before = (0.0, *(point.coverage for point in curve))
    return round(sum(point.risk * (point.coverage - last) for point, last in zip(curve, before, strict=False)), 4)


def _bins(pairs: Sequence[tuple[float, bool]]) -> Iterator[Bin]:
    """Bins of equal width, the lowest first; empty ones are left out."""
    for _, group in groupby(reversed(pairs), key=lambda pair: min(int(pair[0] * BINS), BINS - 1)):
        members = list(group)
        right = sum(right for _, right in members)
        mean = sum(confidence for confidence, _ in members) / len(members)
        yield Bin(len(members), round(mean, 4), round(right / len(members), 4), interval_of_share(right, len(members)))
