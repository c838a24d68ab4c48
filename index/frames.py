"""Frames: what the process that serves and one that parses send each other, eight bytes of length and as many of content."""

import os
from typing import IO

_LENGTH = 8  # bytes that say how long a frame is


def write_frame(stream: IO[bytes], content: bytes) -> None:
    """Write a frame and send it on its way."""
    stream.write(len(content).to_bytes(_LENGTH, "big") + content)
    stream.flush()


def read_frame(stream: IO[bytes], largest: int = 2**40) -> bytes | None:
    """The next frame; None where the stream ends first, or where the frame is longer than `largest`."""
    head = stream.read(_LENGTH)
    length = int.from_bytes(head, "big")
    if len(head) < _LENGTH or length > largest:
        return None
    content = stream.read(length)
    return content if len(content) == length else None


def own_output() -> IO[bytes]:
    """The standard output, for what this process answers alone from now on; what a library prints goes nowhere."""
    kept = os.dup(1)
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return os.fdopen(kept, "wb")
