"""Files that are hashed, and files that are published so that a crash leaves the old one or the new one, never a half."""

import errno
import fcntl
import hashlib
import os
import secrets
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)  # what the system says where there is no room for a file


def sha256_of_file(path: Path) -> str:
    """The sha256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def flush(path: Path) -> None:
    """Bring a file, or a folder's list of names, from the operating system's memory to the disk."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """Hold the lock file at `path`, waiting for other processes; the system lets go of it when a process dies."""
    with path.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def fresh_folder(parent: Path, prefix: str) -> Path:
    """A new folder to prepare something in, which whoever may read what is made beside it may read too: `tempfile` makes private ones."""
    folder = parent / f"{prefix}{secrets.token_hex(8)}"
    folder.mkdir()
    return folder


def publish_folder(prepared: Path, target: Path) -> None:
    """Give a finished folder its name in one step; a folder that has the name already stays, and `prepared` goes."""
    for file in prepared.iterdir():
        flush(file)
    flush(prepared)
    try:
        prepared.rename(target)
    except OSError as error:
        if error.errno not in (errno.ENOTEMPTY, errno.EEXIST):
            raise
        shutil.rmtree(prepared)
    flush(target.parent)


def publish_file(path: Path, content: str) -> None:
    """Replace a text file in one step."""
    prepared = path.with_name(f".{path.name}-{secrets.token_hex(8)}")
    try:
        with prepared.open("x", encoding="utf-8") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        prepared.replace(path)
    except BaseException:
        prepared.unlink(missing_ok=True)
        raise
    flush(path.parent)
