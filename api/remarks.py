"""Remarks: what readers say of answers, kept beside the library they came from, a line of JSON each."""

import os
import secrets
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, Field

from api.problems import Problem
from api.queries import QuestionText, Strict
from index.files import FULL, flush, locked
from qa.answers import to_json

REMARKS = "remarks.jsonl"
LARGEST_FILE = 64 * 2**20  # bytes of all of them


class Remark(Strict):
    """What a reader says of an answer. citation: the number of the one that it is about, if it is about one."""

    answer: Annotated[str, Field(pattern="^[0-9a-f]{24}$", description="The answer's `id`.")]
    question: QuestionText
    verdict: Literal["helpful", "wrong", "wrong_source"]
    citation: Annotated[int | None, Field(ge=1, le=1000)] = None
    comment: QuestionText = ""


class KeptRemark(Remark):
    """A remark with its name, and when it came, in UTC."""

    id: str
    time: str


class Remarks(BaseModel):
    """Remarks, the oldest first. next: for `after`, if there are more."""

    remarks: list[KeptRemark]
    next: str | None


def keep(home: Path, remark: Remark) -> KeptRemark:
    """Keep a remark in the folder of a library; it is on the disk when this returns.

    Raises:
        Problem: there is no room for more, or the folder cannot be written to.
    """
    kept = KeptRemark(**remark.model_dump(), id=secrets.token_hex(8), time=datetime.now(UTC).isoformat(timespec="seconds"))
    try:
        _append(home / REMARKS, to_json(kept.model_dump()).encode() + b"\n")
    except OSError as error:
        if error.errno in FULL:
            raise Problem(507, "storage_full", "There is no room for more remarks here; this one was not kept.") from error
        raise Problem(503, "unavailable", "Remarks cannot be kept here now; this one was not.") from error
    return kept


def _append(path: Path, line: bytes) -> None:
    with locked(path), path.open("a+b") as file:
        size = file.seek(0, os.SEEK_END)
        if size + len(line) > LARGEST_FILE:
            raise OSError(FULL[0], "too many remarks")
        if size and os.pread(file.fileno(), 1, size - 1) != b"\n":  # a process died amid a line, or the disk was full
            line = b"\n" + line
        file.write(line)
        file.flush()
        os.fsync(file.fileno())
    if not size:
        flush(path.parent)  # a new file has its name on the disk only then


def kept_remarks(home: Path, after: str = "") -> Iterator[KeptRemark]:
    """The remarks in the folder of a library, the oldest first, those behind the one of the id `after`; a line cut short is none."""
    try:
        lines = (home / REMARKS).read_bytes().split(b"\n")
    except FileNotFoundError:
        return
    begun = not after
    for line in lines:
        try:
            remark = KeptRemark.model_validate_json(line)
        except ValueError:
            continue
        if begun:
            yield remark
        begun = begun or remark.id == after
