"""Sessions of processes: what one process started, and what these started, however they are grouped."""

import os
import signal
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path


def kill_session(id: int) -> None:
    """Kill every process of a session; last its leader, whose number is that of the session: it may be who calls this."""
    for number in _members(id):
        with suppress(ProcessLookupError):
            os.kill(number, signal.SIGKILL)
    with suppress(ProcessLookupError):
        os.killpg(id, signal.SIGKILL)


def _members(id: int) -> Iterator[int]:
    """The others of a session, where the system lists processes in /proc."""
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(ProcessLookupError):
            if (number := int(folder.name)) != id and os.getsid(number) == id:
                yield number
