"""Parsing: files to extracts, in processes of their own, so that no file can harm the one that serves."""

import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from queue import Empty, LifoQueue
from typing import Any

from index.blocks import Block
from index.documents import Document
from index.errors import UnreadableDocument
from index.extract import Extract
from index.frames import read_frame, write_frame

WORKER = (sys.executable, "-m", "index.worker")
LONGEST = 15.0  # seconds for a file
LARGEST_EXTRACT = 256 * 2**20  # bytes
_FILES_A_WORKER = 500  # after which a process is replaced, so that what a parser forgets to free does not add up


class Parser:
    """Parses files in worker processes, which are kept for the next file. Safe to share between threads."""

    def __init__(self, longest: float = LONGEST, worker: Sequence[str] = WORKER) -> None:
        """longest: seconds for a file. worker: the command that starts a process that parses."""
        self._longest, self._command = longest, worker
        self._idle: LifoQueue[_Worker] = LifoQueue()
        self._workers: set[_Worker] = set()

    def read(self, name: str, content: bytes, source: str | None = None) -> Document:
        """The document in a file; its name decides only where its content does not. source: that it is of, by default its name.

        Raises:
            UnreadableDocument: it cannot be read, or not within the limits, or there is no word in it.
        """
        source = name if source is None else source
        with self._worker() as worker:
            answer = worker.ask(name, content, self._longest)
        if "unreadable" in answer:
            raise UnreadableDocument(f"{source}: {answer['unreadable']}")
        return Document.of(source, _extract(answer["extract"]), content)

    def close(self) -> None:
        """End the processes, also those that are reading."""
        while self._workers:
            self._workers.pop().kill()
        while not self._idle.empty():
            self._idle.get_nowait().end()

    @contextmanager
    def _worker(self) -> Iterator["_Worker"]:
        try:
            worker = self._idle.get_nowait()
        except Empty:
            worker = _Worker(self._command)
            self._workers.add(worker)
        try:
            yield worker
        except BaseException:
            self._end(worker)
            raise
        if worker.is_worn:
            self._end(worker)
        else:
            self._idle.put(worker)

    def _end(self, worker: "_Worker") -> None:
        self._workers.discard(worker)
        worker.end()


class _Worker:
    """One process that parses."""

    def __init__(self, command: Sequence[str]) -> None:
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        self._files = 0

    @property
    def is_worn(self) -> bool:
        """Whether it has ended, or has parsed enough."""
        return self._process.poll() is not None or self._files >= _FILES_A_WORKER

    def ask(self, name: str, content: bytes, longest: float) -> dict[str, Any]:
        """What the process answers; if it dies or takes too long, that."""
        assert self._process.stdin
        assert self._process.stdout
        self._files += 1
        late = threading.Event()
        timer = threading.Timer(longest, self._stop, [late])
        timer.start()
        try:
            write_frame(self._process.stdin, name.encode("utf-8", "surrogatepass"))
            write_frame(self._process.stdin, content)
            answer = read_frame(self._process.stdout, LARGEST_EXTRACT)
        except OSError:  # it died while it was written to
            answer = None
        finally:
            timer.cancel()
        if answer is not None:
            return dict(json.loads(answer))
        self.end()
        return {"unreadable": _ended(late.is_set(), longest)}

    def _stop(self, late: threading.Event) -> None:
        late.set()
        self.kill()

    def kill(self) -> None:
        """Make it end at once; `end` waits for that."""
        self._process.kill()

    def end(self) -> None:
        self._process.kill()
        self._process.communicate()


def _ended(late: bool, longest: float) -> str:
    if late:
        return f"reading it takes longer than {longest:g} seconds. Split it, or save it in a simpler form."
    return "reading it made the reading process fail. It is broken, or made to do harm; save it anew if you trust it."


def _extract(found: dict[str, Any]) -> Extract:
    lists = {key: tuple(found[key]) for key in ("authors", "pages", "notes")}
    return Extract(**{**found, **lists, "blocks": tuple(Block(**block) for block in found["blocks"])})
