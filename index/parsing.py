"""Parsing: files to extracts, in processes of their own, so that no file can harm the one that serves."""

import json
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from queue import Empty, LifoQueue
from typing import Any, Self

from index.blocks import Block
from index.documents import Document
from index.errors import UnreadableDocument, UnsupportedFormat
from index.extract import Extract
from index.frames import read_frame, write_frame
from index.tesseract import LONGEST as LONGEST_PAGE

WORKER = (sys.executable, "-m", "index.worker")
LONGEST, LONGEST_SCANNED = 15.0, 1_800.0  # seconds for a file; and for one with pages that OCR reads, however many
LARGEST_EXTRACT = 256 * 2**20  # bytes
_FILES_A_WORKER = 500  # after which a process is replaced, so that what a parser forgets to free does not add up


class Parser:
    """Parses files in worker processes, which are kept for the next file. Safe to share between threads.

    A file may take `longest` seconds; one with scanned pages, where these are read by OCR, `longest_page` more for each of them,
    but not more than `LONGEST_SCANNED`.
    """

    def __init__(
        self, longest: float = LONGEST, worker: Sequence[str] = WORKER, ocr: str | None = None, longest_page: float = LONGEST_PAGE
    ) -> None:
        """worker: the command that starts a process that parses. ocr: the languages of scanned pages (`eng+deu`), None not to read them."""
        self._command = (*worker, ocr) if ocr else worker
        self._longest, self._longest_page = longest, longest_page if ocr else 0.0
        self._idle: LifoQueue[_Worker] = LifoQueue()
        self._workers: set[_Worker] = set()
        self._is_closed = False

    def read(self, name: str, content: bytes, source: str | None = None) -> Document:
        """The document in a file; its name decides only where its content does not. source: that it is of, by default its name.

        Raises:
            UnsupportedFormat: it is of a format that is not read.
            UnreadableDocument: it cannot be read, or not within the limits, or there is no word in it.
        """
        source = name if source is None else source
        with self._worker() as worker:
            answer = worker.ask(name, content, self._longest, self._longest_page)
        if "unreadable" in answer:
            refusal = UnsupportedFormat if answer.get("unsupported") else UnreadableDocument
            raise refusal(f"{source}: {answer['unreadable']}")
        return Document.of(source, _extract(answer["extract"]), content)

    def close(self) -> None:
        """End the processes, also those that are reading; what they read, and whatever is asked later, is refused."""
        self._is_closed = True
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
            if self._is_closed:
                raise UnreadableDocument("no more files are read.")
            yield worker
        except BaseException:
            self._end(worker)
            raise
        if worker.is_worn or self._is_closed:
            self._end(worker)
        else:
            self._idle.put(worker)

    def _end(self, worker: "_Worker") -> None:
        self._workers.discard(worker)
        worker.end()


class _Worker:
    """One process that parses."""

    def __init__(self, command: Sequence[str]) -> None:
        # In a group of its own: a program which it started for OCR ends with it, and Ctrl-C is for the one that started it, or the files
        # in hand would seem to be broken.
        self._process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, process_group=0)
        self._files = 0

    @property
    def is_worn(self) -> bool:
        """Whether it has ended, or has parsed enough."""
        return self._process.poll() is not None or self._files >= _FILES_A_WORKER

    def ask(self, name: str, content: bytes, longest: float, longest_page: float) -> dict[str, Any]:
        """What the process answers; if it dies or takes too long, that. It may say once that pages are scanned, and has longer for them."""
        assert self._process.stdin
        self._files += 1
        with _Limit(longest, self.kill) as limit:
            try:
                write_frame(self._process.stdin, name.encode("utf-8", "surrogatepass"))
                write_frame(self._process.stdin, content)
                answer = self._answer()
                if answer is not None and "scanned" in answer and longest_page:
                    limit.move(max(longest, min(longest + longest_page * answer["scanned"], LONGEST_SCANNED)))
                    answer = self._answer()
            except OSError:  # it died while it was written to
                answer = None
        if answer is not None:
            return answer
        self.end()
        return {"unreadable": _ended(limit)}

    def _answer(self) -> dict[str, Any] | None:
        assert self._process.stdout
        answer = read_frame(self._process.stdout, LARGEST_EXTRACT)
        return None if answer is None else dict(json.loads(answer))

    def kill(self) -> None:
        """Make it end at once; `end` waits for that."""
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)

    def end(self) -> None:
        if self._process.returncode is None:  # else the number may be another's by now
            self.kill()
        self._process.communicate()


class _Limit:
    """Calls `stop` when what it surrounds takes longer than so many seconds."""

    def __init__(self, seconds: float, stop: Callable[[], None]) -> None:
        self.seconds, self.is_passed = seconds, False
        self._stop, self._began = stop, time.monotonic()
        self._timer = self._started()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *raised: object) -> None:
        self._timer.cancel()

    def move(self, seconds: float) -> None:
        """Allow so many seconds in all, from the beginning."""
        self._timer.cancel()
        self.seconds = seconds
        self._timer = self._started()

    def _started(self) -> threading.Timer:
        timer = threading.Timer(self._began + self.seconds - time.monotonic(), self._pass)
        timer.start()
        return timer

    def _pass(self) -> None:
        self.is_passed = True
        self._stop()


def _ended(limit: _Limit) -> str:
    if limit.is_passed:
        return f"reading it takes longer than {limit.seconds:g} seconds. Split it, or save it in a simpler form."
    return "reading it made the reading process fail. It is broken, or made to do harm; save it anew if you trust it."


def _extract(found: dict[str, Any]) -> Extract:
    lists = {key: tuple(found[key]) for key in ("authors", "pages", "notes")}
    return Extract(**{**found, **lists, "blocks": tuple(Block(**block) for block in found["blocks"])})
