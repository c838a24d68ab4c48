"""Comparison of two runs over the same questions: what changed, and whether it could be chance."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from qa.errors import AnsweringError
from qa.significance import mcnemar, permutation

Record = Mapping[str, Any]  # an answer of a report, as `Outcome.as_dict` writes it


class InvalidReport(AnsweringError):
    """What should be the report of an earlier run is none."""


@dataclass(frozen=True, slots=True)
class Change:
    """A figure before and now over the questions of both runs. p: how likely so large a change is by chance.

    gained, lost: questions that turned from 0 to 1 and from 1 to 0, where it is a matter of yes and no.
    """

    figure: str
    questions: int
    before: float
    now: float
    gained: int | None
    lost: int | None
    p: float
    test: str


@dataclass(frozen=True, slots=True)
class Comparison:
    """What changed. mended, broken: ids of the questions that became right, and that became wrong. new, gone: how many have no match."""

    questions: int
    new: int
    gone: int
    changes: tuple[Change, ...]
    mended: tuple[str, ...]
    broken: tuple[str, ...]

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)


def records_of(report: Any) -> list[Record]:
    """The answers of a report that was read from a file.

    Raises:
        InvalidReport: it is not one.
    """
    records = report.get("answers") if isinstance(report, dict) else None
    if not isinstance(records, list) or not all(map(_is_record, records)):
        raise InvalidReport("There are no answers of `footnote eval --out` in it.")
    return records


def _is_record(value: Any) -> bool:
    """Whether a value has all that is compared and shown."""
    answer = value.get("answer") if isinstance(value, dict) else None
    return (
        isinstance(answer, dict)
        and all(isinstance(answer.get(name), str) for name in ("status", "question", "text"))
        and isinstance(value.get("id"), str)
        and value.get("right", "") in (True, False, None)
        and isinstance(value.get("evidence_found"), int | float)
        and all(isinstance(number, int | float) for number in dict(value.get("measures") or {}).values())
    )


def compare(before: Sequence[Record], now: Sequence[Record]) -> Comparison:
    """What changed from one run to the next, over the questions that both asked in the same words."""
    earlier = {_key(record): record for record in before}
    pairs = [(earlier[_key(record)], record) for record in now if _key(record) in earlier]
    judged = [(old, new) for old, new in pairs if None not in (old["right"], new["right"])]
    return Comparison(
        len(pairs),
        len(now) - len(pairs),
        len(before) - len(pairs),
        tuple(change for change in (_change(name, pairs) for name in _FIGURES) if change),
        tuple(new["id"] for old, new in judged if new["right"] and not old["right"]),
        tuple(new["id"] for old, new in judged if old["right"] and not new["right"]),
    )


def _key(record: Record) -> tuple[str, str]:
    return record["id"], record["answer"]["question"]


# For each figure its value for one answer; None where the answer does not count. Whether a question is answerable says the new run.
_FIGURES: dict[str, Callable[[Record, Record], float | None]] = {
    "right": lambda new, one: one["right"],
    "evidence_recall": lambda new, one: one["evidence_found"] if new["evidence"] else None,
    "abstention_recall": lambda new, one: None if new["answerable"] else one["answer"]["status"] == "abstained",
    "false_abstentions": lambda new, one: one["answer"]["status"] == "abstained" if new["answerable"] else None,
    "recall_at_10": lambda new, one: one.get("measures", {}).get("recall_at_10"),
    "ndcg_at_10": lambda new, one: one.get("measures", {}).get("ndcg_at_10"),
}


def _change(name: str, pairs: Sequence[tuple[Record, Record]]) -> Change | None:
    value = _FIGURES[name]
    both = [(value(new, old), value(new, new)) for old, new in pairs]
    counted = [(float(a), float(b)) for a, b in both if a is not None and b is not None]
    if not counted:
        return None
    before, now = [a for a, _ in counted], [b for _, b in counted]
    means = (round(sum(before) / len(before), 4), round(sum(now) / len(now), 4))
    if not {*before, *now} <= {0.0, 1.0}:
        return Change(name, len(counted), *means, None, None, permutation(before, now), "permutation")
    gained, lost = counted.count((0.0, 1.0)), counted.count((1.0, 0.0))
    return Change(name, len(counted), *means, gained, lost, mcnemar(gained, lost), "McNemar")
