"""An interruption: the command was told to stop, and stops where nothing is lost."""

import signal
from threading import Event
from types import FrameType
from typing import Self


class Interruption:
    """SIGINT and SIGTERM from now until it is left: both are the ordinary way to end a command that works for long.

    came: set once one was sent. Until `await_end` is called, waiting is broken off as well, by KeyboardInterrupt.
    """

    def __init__(self) -> None:
        self.came = Event()
        self._is_awaited = False

    def await_end(self) -> None:
        """From now on the work looks at `came` itself and ends in order."""
        self._is_awaited = True

    def __enter__(self) -> Self:
        self._before = {number: signal.signal(number, self._come) for number in (signal.SIGINT, signal.SIGTERM)}
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)

    def _come(self, number: int, frame: FrameType | None) -> None:
        self.came.set()
        if not self._is_awaited:
            raise KeyboardInterrupt
