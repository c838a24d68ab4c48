"""The processes that do jobs, one for each library that has some: started when there is a job, watched, and ended when there is none."""

import asyncio
import logging
import os
import subprocess
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from queue import Empty, Queue

from api.jobs import jobs_of
from api.sessions import kill_session

WORKING = (sys.executable, "-m", "api.working")
IDLE = 10.0  # seconds without a job after which a process ends
MOST_STARTS = 3  # of processes that die without a word
MOST_AT_WORK = max(2, os.cpu_count() or 1)  # jobs at the same time, each of another library
_ENDING = 5.0  # seconds that a process has to end by itself
_LOG = logging.getLogger("footnote.api")


class Workers:
    """Has the jobs of libraries done, by the folder of the library. Safe to share between threads."""

    def __init__(self, encoders: Path, ocr: str | None = None) -> None:
        """encoders: the folder in which the encoder of every library is. ocr: languages of scanned pages, None not to read them."""
        self._arguments = (str(encoders), *([ocr] if ocr else ()))
        self._workers: dict[Path, _Worker] = {}
        self._lock = threading.Lock()
        self._turns = threading.Semaphore(MOST_AT_WORK)
        self._watched: defaultdict[str, set[tuple[asyncio.AbstractEventLoop, asyncio.Event]]] = defaultdict(set)

    def take(self, home: Path, id: str) -> None:
        """Have a job of the library in `home` done, after those before it."""
        with self._lock:
            if home not in self._workers:
                self._workers[home] = _Worker((*WORKING, str(home), *self._arguments), self._turns, self._tell)
            self._workers[home].take(id)

    def take_up(self, home: Path) -> None:
        """Have the jobs done that are not."""
        for job in sorted(jobs_of(home), key=lambda job: job.id):
            if job.state(job.progress()) != "done":
                self.take(home, job.id)

    def leave(self, home: Path) -> None:
        """End the work on a library, as one that is to be removed; nothing writes to it once this returns."""
        with self._lock:
            worker = self._workers.pop(home, None)
        if worker:
            worker.close()

    def close(self) -> None:
        """End all work. What is not done is taken up when the server is started again."""
        for home in list(self._workers):
            self.leave(home)

    @contextmanager
    def watching(self, id: str) -> Iterator[asyncio.Event]:
        """An event of the running loop that is set whenever something changed in a job."""
        watcher = (asyncio.get_running_loop(), asyncio.Event())
        self._watched[id].add(watcher)
        try:
            yield watcher[1]
        finally:
            self._watched[id].discard(watcher)
            if not self._watched[id]:
                self._watched.pop(id, None)

    def _tell(self, id: str) -> None:
        for loop, event in tuple(self._watched.get(id, ())):
            with suppress(RuntimeError):  # the loop was closed
                loop.call_soon_threadsafe(event.set)


class _Worker:
    """Has the jobs of one library done, one after the other, by a process that is started again if it dies."""

    def __init__(self, command: Sequence[str], turns: threading.Semaphore, tell: Callable[[str], None]) -> None:
        self._command, self._turns, self._tell = command, turns, tell
        self._ids: Queue[str | None] = Queue()
        self._lock = threading.Lock()
        self._process: subprocess.Popen[str] | None = None
        self._is_closed = False
        self._thread = threading.Thread(target=self._run, name="jobs", daemon=True)
        self._thread.start()

    def take(self, id: str) -> None:
        self._ids.put(id)

    def close(self) -> None:
        """End the process and wait for that."""
        with self._lock:
            self._is_closed = True
            process = self._process
        self._ids.put(None)
        if process:
            _end(process)
        self._thread.join()

    def _run(self) -> None:
        while not self._is_closed:
            try:
                id = self._ids.get(timeout=IDLE if self._process else None)
            except Empty:
                self._let_go()
                continue
            if id and self._has_turn():
                try:
                    self._have_done(id)
                finally:
                    self._turns.release()
        self._let_go()

    def _has_turn(self) -> bool:
        """Wait for a turn; False if there is none before this is closed."""
        while not self._is_closed:
            if self._turns.acquire(timeout=0.5):
                return True
        return False

    def _have_done(self, id: str) -> None:
        starts = 0
        while starts < MOST_STARTS and not self._is_closed:
            starts += 1
            for word in self._said_of(id):
                starts = 0
                self._tell(id)
                if word == "done\n":
                    return
            self._let_go(is_dead=True)
        if not self._is_closed:
            _LOG.error("job %s: the process that does it ends at once; it is tried again when the server is started again", id)

    def _said_of(self, id: str) -> Iterator[str]:
        """What the process says of a job, until it dies."""
        if (process := self._started()) is None:
            return
        assert process.stdin
        assert process.stdout
        try:
            process.stdin.write(f"{id}\n")
            process.stdin.flush()
            while word := process.stdout.readline():
                yield word
        except (OSError, ValueError):  # dead, or closed
            return

    def _started(self) -> "subprocess.Popen[str] | None":
        with self._lock:
            if self._process is None and not self._is_closed:
                # A session of its own: what is typed at the terminal is for the server, and all of it can be ended at once.
                pipe = subprocess.PIPE
                self._process = subprocess.Popen(self._command, stdin=pipe, stdout=pipe, text=True, start_new_session=True)
            return self._process

    def _let_go(self, is_dead: bool = False) -> None:
        with self._lock:
            process, self._process = self._process, None
        if process:
            if is_dead and not self._is_closed:
                kill_session(process.pid)  # what it started may live on
            _end(process)
            assert process.stdout
            process.stdout.close()


def _end(process: "subprocess.Popen[str]") -> None:
    """End a process and those that it started; it ends by itself when its input does."""
    assert process.stdin
    with suppress(OSError, ValueError):
        process.stdin.close()
    try:
        process.wait(_ENDING)
    except subprocess.TimeoutExpired:
        process.kill()
        kill_session(process.pid)
        process.wait()
