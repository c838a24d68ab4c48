"""The keeper of a library's present snapshot: what searches is made for each generation, shared by threads, merged, saved and picked up.

A question makes a small segment for the passages that no segment holds yet, and never merges. A thread that lives while there is
something to merge does, from segments alone, which do not change; what it has made takes the place of its parts in one step.
"""

import threading
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from index import cache
from index.merging import due, merged, with_merged
from index.segments import Segment
from index.snapshot import Snapshot
from index.transaction import Transaction

_WORTH_LOADING = 1_000  # passages to be made from the database, above which it is looked whether another process has saved them


class Keeper:
    """The present snapshot of the library in a folder. Safe to share between threads."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._lock = threading.Lock()
        self._snapshot: Snapshot | None = None
        self._merging: threading.Thread | None = None
        self._closed = False

    def current(self, transaction: Transaction) -> Snapshot:
        """The snapshot of the generation that `transaction` sees."""
        if (known := self._known(transaction)) is not None:
            return known
        with self._lock:
            if (known := self._known(transaction)) is not None:  # made while this one waited
                return known
            made = Snapshot.of(transaction, self._segments(transaction))
            if self._snapshot is None or made.generation > self._snapshot.generation:
                self._snapshot = made
                self._merge()
            return made

    def publish(self, lineage: str) -> None:
        """Save the segments of the present snapshot, merged, so that other processes load and do not make them."""
        self.settle()
        if (snapshot := self._snapshot) is None:
            return
        saved = cache.save(self._folder, lineage, snapshot.segments)
        with self._lock:
            if self._snapshot is snapshot:
                self._snapshot = replace(snapshot, segments=saved)

    def settle(self) -> None:
        """Wait until nothing is left to merge."""
        with self._lock:
            thread = self._merging
        if thread is not None:
            thread.join()

    def close(self) -> None:
        """End the thread, after the merge that it is at."""
        with self._lock:
            self._closed = True
        self.settle()

    def _known(self, transaction: Transaction) -> Snapshot | None:
        snapshot = self._snapshot
        return snapshot if snapshot is not None and snapshot.generation == transaction.generation else None

    def _segments(self, transaction: Transaction) -> Sequence[Segment]:
        """Those known; or those that are saved, where the known ones lack many passages that these hold."""
        known = self._snapshot.segments if self._snapshot else ()
        if self._snapshot and transaction.next_passage - _end(known) <= _WORTH_LOADING:
            return known
        saved = cache.load(self._folder, transaction.setting("lineage"), known)
        return saved if _end(saved) > _end(known) else known

    def _merge(self) -> None:
        """Have a thread merge what is due, unless there is one that does. Under the lock."""
        idle = self._merging is None or not self._merging.is_alive()
        if idle and not self._closed and self._snapshot is not None and due(self._snapshot) is not None:
            self._merging = threading.Thread(target=self._merge_all, name="merge", daemon=True)
            self._merging.start()

    def _merge_all(self) -> None:
        while (work := self._next()) is not None:
            snapshot, run = work
            made = merged(snapshot, run)
            with self._lock:
                assert self._snapshot is not None
                self._snapshot = with_merged(self._snapshot, snapshot.segments[run], made)

    def _next(self) -> tuple[Snapshot, slice] | None:
        """What to merge next; None, and the thread is no more, if nothing is due."""
        with self._lock:
            if self._snapshot is not None and not self._closed and (run := due(self._snapshot)) is not None:
                return self._snapshot, run
            self._merging = None
            return None


def _end(segments: Sequence[Segment]) -> int:
    """The number after the last that segments hold. They hold each passage of the library below it, as they were made for all of it."""
    return max((int(segment.numbers[-1]) + 1 for segment in segments), default=1)
