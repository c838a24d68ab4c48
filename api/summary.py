"""The summary of an ingestion: how many files became what, and what was skipped and why."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from itertools import groupby
from typing import Any

import click

from api.cli import EXIT_FAILED, EXIT_INTERRUPTED, notice, on_one_line
from api.ingesting import Outcome
from api.interruption import Interruption
from index.shadow import is_well_formed

_COUNTED = ("added", "replaced", "unchanged", "duplicate", "refused", "vanished", "removed")
_NAMED = ("duplicate", "vanished", "removed", "refused")
_MOST_FILES, _MOST_REASONS = 10, 10  # that are named: files of one reason, and reasons


@dataclass(slots=True)
class Summary:
    """The outcomes so far. passed_over: how many files of folders were not tried, by the reason."""

    passed_over: Counter[str]
    outcomes: list[Outcome] = field(default_factory=list)
    is_interrupted: bool = False

    @property
    def counts(self) -> dict[str, int]:
        """How many files had each outcome; all outcomes there are, in order."""
        found = Counter[str](outcome.outcome for outcome in self.outcomes)
        return {name: found[name] for name in _COUNTED}

    @property
    def exit_code(self) -> int:
        """0, or that of an interruption, or that of a failure where every file was refused."""
        if self.is_interrupted:
            return EXIT_INTERRUPTED
        return EXIT_FAILED if self.outcomes and self.counts["refused"] == len(self.outcomes) else 0

    def lines(self) -> Iterator[str]:
        """For a person: what was skipped or removed and why, and last the counts that are not 0."""
        for name in _NAMED:
            yield from _named(name, [outcome for outcome in self.outcomes if outcome.outcome == name])
        if self.passed_over:
            yield "passed over in folders: " + ", ".join(f"{count} {reason}" for reason, count in sorted(self.passed_over.items()))
        yield ", ".join(f"{count} {name}" for name, count in self.counts.items() if count) or "0 added"

    def as_json(self) -> dict[str, Any]:
        """For a program: everything."""
        outcomes = list(map(outcome_as_json, self.outcomes))
        return {"interrupted": self.is_interrupted, "counts": self.counts, "passed_over": dict(self.passed_over), "outcomes": outcomes}

    def show(self, as_json: bool) -> None:
        """Print it, on the standard output; that the work is not done, apart from it."""
        if as_json:
            click.echo(json.dumps(self.as_json(), ensure_ascii=False))
        else:
            click.echo("\n".join(map(on_one_line, self.lines())))
        if self.is_interrupted:
            notice("Interrupted: what was stored stays, and the same command goes on where this one stopped.")


@contextmanager
def summarised(summary: Summary, as_json: bool, interruption: Interruption) -> Iterator[None]:
    """Show the summary at the end of the work, also where it was interrupted, or failed after it had begun."""
    try:
        yield
    except KeyboardInterrupt:
        pass
    except BaseException:
        if summary.outcomes:
            summary.show(as_json)
        raise
    summary.is_interrupted = interruption.came.is_set()
    summary.show(as_json)


def line_of(outcome: Outcome) -> str:
    """An outcome as a line for a person."""
    if outcome.outcome == "refused":
        return f"refused: {outcome.reason}"
    return f"{outcome.outcome}: {outcome.source} {_RELATIONS.get(outcome.outcome, 'is document')} {outcome.id}"


def outcome_as_json(outcome: Outcome) -> dict[str, Any]:
    """An outcome for a program; what is not UTF-8 in a name is written as an escape."""
    source, reason = map(_well_formed, (outcome.source, _why(outcome)))
    return {**asdict(outcome), "source": source, "reason": reason, "seconds": round(outcome.seconds, 3)}


_RELATIONS = {"duplicate": "is the same file as that of document", "vanished": "was document", "removed": "was document"}


def _named(name: str, outcomes: list[Outcome]) -> Iterator[str]:
    """A line for each outcome, those of one reason together, the commonest reason first; only the number of those over the limits."""
    reasons = Counter(map(_why, outcomes))
    groups = groupby(sorted(outcomes, key=lambda outcome: (-reasons[_why(outcome)], _why(outcome))), _why)
    for number, (why, found) in enumerate(groups):
        group = list(found)
        if number == _MOST_REASONS:
            yield f"{name}: and {sum(sorted(reasons.values())[:-number])} more, for {len(reasons) - number} other reasons"
            return
        yield from map(line_of, group[:_MOST_FILES])
        if len(group) > _MOST_FILES:
            yield f"{name}: and {len(group) - _MOST_FILES} more" + (f": {why}" if why else "")


def _why(outcome: Outcome) -> str:
    return outcome.reason.removeprefix(f"{outcome.source}: ")


def _well_formed(text: str) -> str:
    return text if is_well_formed(text) else text.encode("utf-8", "surrogateescape").decode("utf-8", "backslashreplace")
