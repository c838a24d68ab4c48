"""Uploads: the body of a request to files in a folder beside the jobs of a library, as it comes in and never all of it in memory."""

import fcntl
import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import mkdtemp

from python_multipart.multipart import parse_options_header
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect, Request

from api.bodies import CLOSE, Limit, check_encoding
from api.jobs import JOBS
from api.parts import Parts, broken
from api.places import no_collection
from api.problems import Problem
from index.files import FULL

_PIECE = 2**18  # bytes that are taken to the disk at once
_COMING = ".new-"  # what the names of folders begin with that are written still


async def received(request: Request, folder: Path, limit: Limit) -> Parts:
    """The parts of a request, its files in a folder, no byte of a body over the limit taken. Raises Problem, OSError."""
    parts = Parts(folder, _boundary(request))
    limit.check_announced(request)
    try:
        await _take(request, parts, limit)
    except ClientDisconnect as error:
        raise broken() from error
    finally:
        await run_in_threadpool(parts.close)
    parts.finish()
    return parts


async def _take(request: Request, parts: Parts, limit: Limit) -> None:
    taken, piece = 0, bytearray()
    async for chunk in request.stream():
        taken += len(chunk)
        limit.check(taken)
        piece += chunk
        if len(piece) >= _PIECE:
            await run_in_threadpool(parts.write, bytes(piece))
            piece.clear()
    await run_in_threadpool(parts.write, bytes(piece))


@contextmanager
def coming(home: Path) -> Iterator[Path]:
    """A new folder beside the jobs of a library. Unless it is published before the end, nothing is left of it.

    Raises:
        Problem: the disk is full, or the library was removed.
    """
    try:
        (home / JOBS).mkdir(exist_ok=True)
        folder = Path(mkdtemp(prefix=_COMING, dir=home / JOBS))
        held = _held(folder)
        try:
            yield folder
        finally:
            os.close(held)
            shutil.rmtree(folder, ignore_errors=True)
    except OSError as error:
        if error.errno in FULL:
            raise Problem(507, "storage_full", "There is no room on the disk of the server; nothing was kept.", CLOSE) from error
        if isinstance(error, FileNotFoundError) and not home.exists():
            raise no_collection() from error
        raise


def clear_left(home: Path) -> None:
    """Remove what uploads left that were cut off with the process that received them."""
    for folder in (home / JOBS).glob(f"{_COMING}*"):
        try:
            os.close(_held(folder))
        except OSError:  # another process is at it
            continue
        shutil.rmtree(folder, ignore_errors=True)


def _held(folder: Path) -> int:
    """A descriptor that holds the folder's lock, until it is closed or its process dies. Raises BlockingIOError if it is held already."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        os.close(descriptor)
        raise
    return descriptor


def _boundary(request: Request) -> bytes:
    """What parts are told apart by. Raises Problem for a body that is not to be read."""
    kind, options = parse_options_header(request.headers.get("content-type", "").encode("latin-1"))
    boundary = options.get(b"boundary", b"")
    if kind != b"multipart/form-data":
        raise Problem(415, "media_type", "Send files as multipart/form-data, in parts of the name `file`.", CLOSE)
    check_encoding(request, CLOSE)
    if not 1 <= len(boundary) <= 70:  # RFC 2046, 5.1.1
        raise broken()
    return boundary
