"""A process that changes a library as it is told and kills itself at a step: `driven.py LIBRARY ORDERS`.

ORDERS is JSON. `changes`: a list of ["add", source, text], ["remove", id] and ["publish"]; after each one that is done its number, from
1, is printed. `kill`: [step, event, number] or null. A step is the start of an SQL statement, as `INSERT INTO passages`, or a function,
as `index.cache:save`; the event is `call`, before it does anything, or `return`, when it is done; and number says which time.
`steps`: those to count; the last line says how often each came.
"""

import json
import os
import signal
import sys
from collections import Counter
from collections.abc import Sequence
from importlib import import_module
from inspect import unwrap
from pathlib import Path
from types import CodeType, FrameType
from typing import Any

import apsw

from index.library import Library
from index.reading import read_document

CHANGING = "BEGIN IMMEDIATE"


class Steps:
    """Counts the steps of this process as they come, and ends it at one of them, as nothing but `kill -9` does."""

    def __init__(self, watched: Sequence[str], kill: Sequence[Any] | None) -> None:
        self.counts: Counter[str] = Counter()
        self._kill = tuple(kill) if kill else None
        self._functions = {code_of(step): step for step in watched if ":" in step}
        self._statements = tuple(step for step in watched if ":" not in step)
        self._changing: set[int] = set()

    def watch(self) -> None:
        """Watch functions of this thread and the SQL of every connection opened from now on."""
        apsw.connection_hooks.append(self._trace)
        sys.setprofile(self._profile)

    def _profile(self, frame: FrameType, event: str, argument: object) -> None:
        if step := self._functions.get(frame.f_code):
            self._came(step, event)

    def _trace(self, connection: apsw.Connection) -> None:
        connection.trace_v2(apsw.SQLITE_TRACE_STMT | apsw.SQLITE_TRACE_PROFILE, self._statement)

    def _statement(self, traced: dict[str, Any]) -> None:
        """Statements of a change alone: those that read come between `BEGIN` and `COMMIT` as well."""
        event = "call" if traced["code"] == apsw.SQLITE_TRACE_STMT else "return"
        sql, connection = traced["sql"].strip(), id(traced["connection"])
        if sql.startswith(CHANGING):
            self._changing.add(connection)
        if connection in self._changing:
            for step in self._statements:
                if sql.startswith(step):
                    self._came(step, event)
        if event == "return" and sql.startswith(("COMMIT", "ROLLBACK")):
            self._changing.discard(connection)

    def _came(self, step: str, event: str) -> None:
        key = f"{step} {event}"
        self.counts[key] += 1
        if self._kill == (step, event, self.counts[key]):
            os.kill(os.getpid(), signal.SIGKILL)


def code_of(step: str) -> CodeType:
    """The code of a function named as `module:name` or `module:Class.name`."""
    module, _, path = step.partition(":")
    found: Any = import_module(module)
    for name in path.split("."):
        found = getattr(found, name)
    code: CodeType = unwrap(getattr(found, "__func__", found)).__code__
    return code


def change(library: Library, kind: str, *what: str) -> None:
    """Make one change; what is so already is no error, so that a plan can be taken up again where it was broken off."""
    if kind == "add":
        library.add(read_document(what[0], what[1].encode("utf-8")))
    elif kind == "remove":
        library.remove(what[0])
    else:
        library.publish()


def main() -> None:
    orders = json.loads(sys.argv[2])
    steps = Steps(orders["steps"], orders["kill"])
    steps.watch()
    library = Library.create(Path(sys.argv[1]))
    for number, one in enumerate(orders["changes"], start=1):
        change(library, *one)
        sys.stdout.write(f"{number}\n")
        sys.stdout.flush()
    library.close()
    sys.stdout.write(json.dumps(steps.counts) + "\n")


if __name__ == "__main__":
    main()
