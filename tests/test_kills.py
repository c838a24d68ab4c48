"""kill -9 at every named step of making a library, adding, replacing, removing and publishing: nothing acknowledged is lost."""

import os
from collections import Counter
from typing import Any

import pytest

STATEMENTS = """BEGIN IMMEDIATE|DELETE FROM documents|INSERT OR REPLACE INTO settings|INSERT INTO documents|INSERT INTO files
|INSERT INTO passages|INSERT INTO abbreviations|INSERT OR IGNORE INTO fields|INSERT INTO versions|DELETE FROM passages|UPDATE documents
|COMMIT""".replace("\n", "").split("|")
TRANSACTION = "take_numbers put_document replace_document put_file put_passages remove_document advance".split()
FUNCTIONS = """
database:Database.writing indexing:passage_rows library:Library.add library:Library.remove library:Library.publish
library:Library.prepare library:Library.store storing:put storing:_retire storing:write definitions:Definitions.put fields:Fields.put
versions:Versions.keep versions:Versions.drop keeper:Keeper.publish cache:load cache:save segments:Segment.of segments:Segment.save
segments:_remove_unless_sound vectors:VectorIndex.save postings:Postings.save files:publish_folder files:publish_file files:flush
files:locked files:sha256_of_file
""".split()
CHANGING = [*STATEMENTS, *(f"index.transaction:Transaction.{name}" for name in TRANSACTION), *(f"index.{name}" for name in FUNCTIONS)]
MAKING = ["CREATE TABLE", "INSERT OR REPLACE INTO settings", "COMMIT"]
MAKING += ["index.database:Database.create", "index.transaction:Transaction.create", "index.definitions:Definitions.create"]
MAKING += ["index.fields:Fields.create", "index.versions:Versions.create", "index.encoders:Encoders.compiled"]
QUICK = ["COMMIT", "INSERT INTO versions", "index.cache:save", "index.segments:Segment.save", "index.files:publish_folder"]
TORTURE = bool(os.environ.get("TORTURE"))  # every moment of every step, or one moment of each of `QUICK`
BEGUN = 3  # changes of a library that was published before


@pytest.fixture(scope="module")
def counted() -> dict[int, Counter[str]]:
    """How often each step comes in a run that nobody ends, by the changes that were made before it."""
    return {}


def _counts(ordeal: Any, begun: int, steps: list[str], counted: dict[int, Counter[str]]) -> Counter[str]:
    if begun not in counted:
        ordeal.begin(begun)
        run = ordeal.run(begun, steps, None)
        assert ordeal.check(run.acknowledged) == run.acknowledged == 9
        counted[begun] = run.counts
    return counted[begun]


def _moments(counts: Counter[str], step: str) -> list[tuple[str, str, int]]:
    """Every time a step came, before and after it; or one of them, each step another."""
    found = [(step, event, number + 1) for event in ("return", "call") for number in range(counts[f"{step} {event}"])]
    assert found, f"{step} never came: was it given another name?"
    return found if TORTURE else [found[len(step) % len(found)]]


def _survives(ordeal: Any, begun: int, steps: list[str], moments: list[tuple[str, str, int]]) -> None:
    for moment in moments:
        ordeal.begin(begun)
        run = ordeal.run(begun, steps, moment)
        assert run.killed, f"{moment} was not reached"
        ordeal.tally["kills at named steps"] += 1
        ordeal.complete(ordeal.check(run.acknowledged))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("step", CHANGING if TORTURE else QUICK)
def test_a_change_killed_at_a_step_is_made_wholly_or_not_at_all(ordeal: Any, counted: dict[int, Counter[str]], step: str):
    """Whatever was acknowledged is there, and the next process completes what was begun."""
    counts = _counts(ordeal, BEGUN, CHANGING, counted)
    _survives(ordeal, BEGUN, CHANGING, _moments(counts, step))


@pytest.mark.timeout(3600)
@pytest.mark.parametrize("step", MAKING if TORTURE else MAKING[2:3])
def test_a_library_whose_making_was_killed_is_made_by_the_next_process(ordeal: Any, counted: dict[int, Counter[str]], step: str):
    counts = _counts(ordeal, 0, MAKING, counted)
    for moment in _moments(counts, step):
        ordeal.begin(0)
        run = ordeal.run(0, MAKING, moment)
        assert run.killed, f"{moment} was not reached"
        ordeal.tally["kills at named steps"] += 1
        ordeal.complete(ordeal.check(run.acknowledged) if run.acknowledged else 0)
