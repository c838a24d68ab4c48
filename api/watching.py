"""Watching: which paths in a folder changed, each given once it is quiet; the only file that imports watchfiles."""

import os
import time
from collections.abc import Iterable, Iterator
from pathlib import Path
from threading import Event

from watchfiles import Change, watch

from api.cli import notice, on_one_line

_TICK = 0.25  # seconds between looks at what may be quiet now
_QUIET, _QUIET_POLLED = 1.0, 2.0  # seconds without a change after which nobody writes to a file any more
_POLL, _SHARE = 1.0, 4  # seconds at least between looks at all files, and how often as long as a look takes

Signature = tuple[int, int] | None


def quiet_changes(folder: Path, stop: Event, poll: bool = False) -> Iterator[list[Path]]:
    """Lists of paths in a folder that changed, came or went and are quiet now, until `stop` is set.

    The folder itself stands for all that is in it: at the beginning, from when on nothing is missed, and when something may have been.
    Where the system does not tell of changes, or of no more, files are looked at in turn (`poll`).
    """
    if not poll and (link := _linked_folder(folder)):
        notice(on_one_line(f"{link} leads to another folder, which the system would watch too: looking at the files every second instead."))
        poll = True
    while not stop.is_set():
        try:
            yield from _quiet(folder, stop, poll)
            if not stop.is_set():
                notice(on_one_line(f"{folder} was moved or its disk is gone: waiting for it."))
        except (OSError, RuntimeError) as error:
            if not folder.is_dir():
                time.sleep(_TICK)
            elif poll:
                raise
            else:
                notice(on_one_line(f"The system does not tell of all changes ({error}): looking at the files every second instead."))
                poll = True


def _quiet(folder: Path, stop: Event, poll: bool) -> Iterator[list[Path]]:
    """The same, while the folder is the same and the system tells of changes."""
    unsettled, watched = _Unsettled(_QUIET_POLLED if poll else _QUIET), _identity(folder)
    if watched is None:
        raise FileNotFoundError(f"{folder} is not there.")
    begun = False
    for paths in _looked_at(folder, stop) if poll else _told(folder, stop):
        if _identity(folder) != watched:
            return
        unsettled.touch(paths)
        if not begun:
            begun = True
            yield [folder]
        if settled := unsettled.settled():
            yield settled


def _told(folder: Path, stop: Event) -> Iterator[list[Path]]:
    """What the system tells of, as it comes and at every tick: files, and folders that are new, for what is in them may be older."""
    tick = round(_TICK * 1000)
    # Without `ignore_permission_denied`, which also hides that the system watches no more files.
    for changes in watch(
        folder, watch_filter=None, debounce=tick, rust_timeout=tick, yield_on_timeout=True, stop_event=stop, raise_interrupt=False
    ):
        yield [Path(path) for change, path in changes if change is Change.added or not os.path.isdir(path)]  # noqa: PTH112


def _looked_at(folder: Path, stop: Event) -> Iterator[list[Path]]:
    """What is seen to have changed. watchfiles, too, can look at files, but gives up at the first folder that it may not list."""
    known, rest = _signatures(folder), 0.0
    while not stop.is_set():
        changed: list[Path] = []
        if (began := time.monotonic()) >= rest:
            found = _signatures(folder)
            changed = [path for path in known.keys() | found.keys() if known.get(path) != found.get(path)]
            known, now = found, time.monotonic()
            rest = now + max(_POLL, _SHARE * (now - began))
        yield changed
        time.sleep(_TICK)


def _linked_folder(folder: Path) -> Path | None:
    """A link to a folder; watchfiles follows those, and has no way to be told not to."""
    inside = (Path(root, name) for root, folders, _ in os.walk(folder) for name in folders)
    return next((path for path in inside if os.path.islink(path)), None)  # noqa: PTH114, which never raises


def _signatures(folder: Path) -> dict[Path, Signature]:
    return {path: _signature(path) for root, _, files in os.walk(folder) for path in (Path(root, name) for name in files)}


class _Unsettled:
    """Paths that changed, and may be changing still."""

    def __init__(self, quiet: float) -> None:
        self._quiet = quiet
        self._since: dict[Path, tuple[float, Signature]] = {}

    def touch(self, paths: Iterable[Path]) -> None:
        for path in paths:
            self._since[path] = (time.monotonic(), _signature(path))

    def settled(self) -> list[Path]:
        """The paths that have been quiet for long enough; they are forgotten."""
        now, found = time.monotonic(), []
        for path, (since, before) in list(self._since.items()):
            if (signature := _signature(path)) != before:
                self._since[path] = (now, signature)
            elif now - since >= self._quiet:
                found.append(path)
                del self._since[path]
        return sorted(found)


def _identity(folder: Path) -> tuple[int, int] | None:
    """What tells a folder from another one that took its place, such as that of a disk; None where there is none."""
    try:
        found = folder.stat()
    except OSError:
        return None
    return found.st_dev, found.st_ino


def _signature(path: Path) -> Signature:
    """What changes when somebody writes to a file; None where there is none."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return found.st_size, found.st_mtime_ns
