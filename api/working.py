"""The process that does jobs: `python -m api.working HOME ENCODERS [LANGUAGES]`, for the library in one folder with the encoder kept in
another; with languages, scanned pages are read too.

It is not the process that serves, so that nobody who asks waits for it. The ids of jobs come on its standard input, a line each; on its
output it writes an empty line for each thing that changed, and `done` at the end of a job. When its input ends it ends, whatever it is
about: what is on the disk is whole at every moment, and the next process goes on from there.
"""

import logging
import os
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import closing, suppress
from io import TextIOWrapper
from pathlib import Path
from queue import SimpleQueue
from threading import Thread
from typing import IO

from threadpoolctl import threadpool_limits

from api.ingesting import Outcome, ingest
from api.jobs import JOBS, Done, Job, forget_old, read_job
from api.sessions import kill_session
from api.sources import SourceFile
from index.encoders import Encoders
from index.errors import DiskFull
from index.files import FULL, locked
from index.frames import own_output
from index.library import Library
from index.parsing import Parser

MOST_TAKEN = 2  # times that a file may be begun by processes that die of it
_NICE = 10  # below the process that serves, whatever its own priority is
_OOM_SCORE = "500"  # where memory is short, the kernel ends this process before the one that serves
_LOCK = ".lock"
_LOG = logging.getLogger("footnote.working")


class Work:
    """One job in work."""

    def __init__(self, library: Library, job: Job, parser: Parser, said: IO[str]) -> None:
        """said: where it is told that something changed."""
        self._library, self._job, self._parser, self._said = library, job, parser, said
        self._progress = job.progress()
        self._marked: set[int] = set()

    def do(self) -> None:
        """Do all that is not done yet. What was in work when an earlier process died is done alone, so that the guilty file is found."""
        waiting = deque(number for number in range(len(self._job.files)) if number not in self._progress.done)
        while waiting and (times := self._progress.taken[waiting[0]]):
            number = waiting.popleft()
            if times < MOST_TAKEN:
                self._store([number])
            else:
                self._end(number, Done("refused", code="crashed"))
        self._store(waiting)

    def _store(self, numbers: Iterable[int]) -> None:
        left = deque(numbers)
        while left and not self._job.is_cancelled:
            try:
                self._ingest(left)
            except Exception as error:
                _LOG.exception("job %s: a file could not be stored", self._job.id)
                if left:
                    self._end(left.popleft(), Done("refused", code=_code(error)))
        for number in left:
            self._end(number, Done("cancelled"))

    def _ingest(self, left: deque[int]) -> None:
        """Store files in order and take the number of each away that is done."""
        with closing(ingest(self._library, self._taken(tuple(left)), self._parser)) as outcomes:
            for outcome in outcomes:
                self._end(left[0], self._done(left[0], outcome))
                left.popleft()
                if self._job.is_cancelled:
                    return

    def _taken(self, numbers: Iterable[int]) -> Iterator[SourceFile]:
        job = self._job
        for number in numbers:
            sent = job.files[number]
            if number not in self._marked:
                self._marked.add(number)
                job.write(taken=number, held=self._holds(number))
                self._tell()
            yield SourceFile(job.path(number), sent.source, job.metadata, job.document, job.expected)

    def _holds(self, number: int) -> bool:
        sent = self._job.files[number]
        if self._job.document:
            return sent.sha256 == self._job.present
        return self._library.held(sent.source, sent.sha256) is not None

    def _done(self, number: int, outcome: Outcome) -> Done:
        """What became of a file; if a process before this one stored it and died before it could say so, what that did."""
        assert outcome.outcome != "vanished"  # said of folders alone
        assert outcome.outcome != "removed"
        was_held = self._progress.held.get(number, True)
        if outcome.outcome == "unchanged" and not was_held:
            return Done("replaced" if self._job.document else "added", outcome.id)
        return Done(outcome.outcome, outcome.id, outcome.code, outcome.reason.removeprefix(f"{outcome.source}: "))

    def _end(self, number: int, done: Done) -> None:
        self._job.write_done(number, done)
        self._tell()

    def _tell(self) -> None:
        self._said.write("\n")
        self._said.flush()


def _code(error: Exception) -> str:
    """Of what keeps a file from being stored that is not the file's fault."""
    is_full = isinstance(error, DiskFull) or (isinstance(error, OSError) and error.errno in FULL)
    return "storage_full" if is_full else "failed"


class _Input:
    """The ids of jobs as they come in. A thread waits for their end and ends this process, and those that it started."""

    def __init__(self) -> None:
        self._ids: SimpleQueue[str] = SimpleQueue()
        self.job: Job | None = None  # in work
        Thread(target=self._listen, daemon=True).start()

    def __iter__(self) -> Iterator[str]:
        while True:
            yield self._ids.get()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._ids.put(line.strip())
        with suppress(OSError):
            if self.job:
                self.job.write(left=True)
        kill_session(os.getpid())  # it leads one: those that parse end with it


def main() -> None:
    """Do jobs until the input ends."""
    home, encoders, *ocr = sys.argv[1:]
    folder = Path(home) / JOBS
    said = TextIOWrapper(own_output(), "utf-8")
    _stand_back()
    ids = _Input()
    with locked(folder / _LOCK), threadpool_limits(limits=1, user_api="blas"):
        library, parser = Library.open(Path(home), encoders=Encoders(Path(encoders))), Parser(ocr=ocr[0] if ocr else None)
        for id in ids:
            with suppress(FileNotFoundError):  # forgotten, or removed with its library
                ids.job = read_job(folder / id)
                Work(library, ids.job, parser, said).do()
            ids.job = None
            said.write("done\n")
            said.flush()
            forget_old(Path(home))


def _stand_back() -> None:
    os.nice(_NICE)
    with suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text(_OOM_SCORE, "utf-8")


if __name__ == "__main__":
    main()
