"""A job: files that were sent to become documents, kept in a folder until each has. It outlives whatever process is at work on it.

In the folder are `job.json`, the files by number, and `journal`, a line of JSON for each thing that happened. Only the process that does
the job writes there (`api.working`), but for the marker by which it is cancelled.
"""

import json
import os
import secrets
import shutil
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

from index import metadata
from index.files import flush, publish_folder
from index.metadata import Metadata

JOBS = "jobs"  # in the folder of a library
JOB_ID = "[0-9a-f]{24}"
KEPT = 100  # finished jobs of a library, the latest; earlier ones are forgotten
_JOB, _JOURNAL, _CANCELLED = "job.json", "journal", "cancelled"

Became = Literal["added", "replaced", "unchanged", "duplicate", "refused", "cancelled"]
State = Literal["queued", "running", "done"]


@dataclass(frozen=True, slots=True)
class Sent:
    """A file as it was sent: its name, its bytes, their sha256, and whether it is refused because of its name."""

    name: str
    size: int = 0
    sha256: str = ""
    refused: bool = False

    @property
    def source(self) -> str:
        """What the library calls it."""
        return f"upload://{self.name}"


@dataclass(frozen=True, slots=True)
class Done:
    """What became of a file; see `api.ingesting.Outcome`. outcome: as there, or `cancelled`."""

    outcome: Became
    id: str | None = None
    code: str = ""
    reason: str = ""


@dataclass(slots=True)
class Progress:
    """How far a job is.

    done: what became of each file, by number. taken: how often one was begun by a process that did not end it and was not told to end.
    held: whether the library had the file when it was first begun.
    """

    done: dict[int, Done] = field(default_factory=dict)
    taken: Counter[int] = field(default_factory=Counter)
    held: dict[int, bool] = field(default_factory=dict)

    @property
    def counts(self) -> dict[Became, int]:
        """How many files became what."""
        return dict(Counter(one.outcome for one in self.done.values()))


@dataclass(frozen=True, slots=True)
class Job:
    """What is to be done: these files are to become documents, or the one file a version of one.

    document: the id of that one. present: the sha256 of its version when that was asked. is_expected: whether it must be that still.
    """

    folder: Path
    files: tuple[Sent, ...]
    metadata: Metadata | None = None
    document: str | None = None
    present: str = ""
    is_expected: bool = False
    made: float = field(default_factory=time.time)

    @property
    def id(self) -> str:
        """24 hexadecimal digits, which rise with the time at which the job was made."""
        return self.folder.name

    @property
    def expected(self) -> str | None:
        """What the library is told to expect of the version before; see `Library.prepare`."""
        if self.document is None:
            return ""  # nothing is replaced by a name alone
        return self.present if self.is_expected else None

    def path(self, number: int) -> Path:
        """Where the file of that number is, as long as it is not done."""
        return self.folder / str(number)

    def publish(self, home: Path) -> "Job":
        """The job in its place among those of a library, from where it was written; on the disk when this returns."""
        (self.folder / _JOB).write_text(self._as_json(), "utf-8")
        target = home / JOBS / f"{time.time_ns() // 1_000_000:012x}{secrets.token_hex(6)}"
        publish_folder(self.folder, target)
        return read_job(target)

    def cancel(self) -> None:
        """Have no more files done than that which is in work."""
        (self.folder / _CANCELLED).touch()
        flush(self.folder)

    @property
    def is_cancelled(self) -> bool:
        return (self.folder / _CANCELLED).exists()

    def progress(self) -> Progress:
        """How far it is, as its journal says. Of one that was forgotten, or removed with its library, nothing more is done."""
        found = Progress({n: Done("refused", code="name_invalid") for n, sent in enumerate(self.files) if sent.refused})
        for mark in _marks(self.folder / _JOURNAL):
            _note(found, mark)
        if not self.folder.exists():
            found.done = dict.fromkeys(range(len(self.files)), Done("cancelled")) | found.done
        return found

    def state(self, progress: Progress) -> State:
        """Where it is with that progress."""
        if len(progress.done) == len(self.files):
            return "done"
        return "running" if progress.taken else "queued"

    def write(self, **mark: Any) -> None:
        """Add to the journal, in one piece; it outlives this process at once, and this machine once `flush` was called."""
        line = json.dumps(mark, ensure_ascii=False).encode("utf-8", "backslashreplace")
        descriptor = os.open(self.folder / _JOURNAL, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        try:
            os.write(descriptor, b"\n" + line + b"\n")  # begun anew: a line before it may have been cut off
        finally:
            os.close(descriptor)

    def write_done(self, number: int, done: Done) -> None:
        """Say what became of a file, on the disk before the file goes."""
        self.write(file=number, **asdict(done))
        flush(self.folder / _JOURNAL)
        self.path(number).unlink(missing_ok=True)

    def _as_json(self) -> str:
        written = {name: getattr(self, name) for name in ("document", "present", "is_expected", "made")}
        said = None if self.metadata is None else metadata.as_json(self.metadata)
        return json.dumps({**written, "metadata": said, "files": [asdict(sent) for sent in self.files]}, ensure_ascii=False)


def read_job(folder: Path) -> Job:
    """The job in a folder.

    Raises:
        FileNotFoundError: there is none.
    """
    found = json.loads((folder / _JOB).read_text("utf-8"))
    said = None if found["metadata"] is None else metadata.of_json(found["metadata"])
    return Job(folder, **{**found, "metadata": said, "files": tuple(Sent(**sent) for sent in found["files"])})


def jobs_of(home: Path) -> Iterator[Job]:
    """The jobs of a library that are kept, the latest first."""
    for folder in sorted((home / JOBS).glob("[0-9a-f]*"), reverse=True):
        try:
            yield read_job(folder)
        except FileNotFoundError:  # forgotten meanwhile
            continue


def forget_old(home: Path) -> None:
    """Forget finished jobs but the latest `KEPT`."""
    finished = [job for job in jobs_of(home) if job.state(job.progress()) == "done"]
    for job in finished[KEPT:]:
        shutil.rmtree(job.folder, ignore_errors=True)


def _marks(journal: Path) -> Iterator[dict[str, Any]]:
    """The lines of a journal. One that was cut off when its writer was killed says nothing."""
    for line in journal.read_bytes().split(b"\n") if journal.exists() else ():
        try:
            yield json.loads(line)
        except ValueError:
            continue


def _note(found: Progress, mark: dict[str, Any]) -> None:
    match mark:
        case {"taken": int(number), "held": bool(held)}:
            found.taken[number] += 1
            found.held.setdefault(number, held)
        case {"left": True}:
            found.taken.clear()
        case {"file": int(number), **done}:
            found.done[number] = Done(**done)
            found.taken.pop(number, None)
