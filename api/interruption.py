"""An interruption: the command was told to stop, and stops where nothing is lost."""

import os
import signal
from threading import Event, Timer
from types import FrameType
from typing import Self

_AGAIN = 0.02  # seconds until a signal that came at a bad moment is sent again


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
        if self._is_awaited:
            return
        if _is_destructor(frame):
            Timer(_AGAIN, os.kill, (os.getpid(), number)).start()
        else:
            raise KeyboardInterrupt


def _is_destructor(frame: FrameType | None) -> bool:
    """Whether an object is being destroyed: Python shows what is raised then, and goes on as if it had not been."""
    while frame is not None and frame.f_code.co_name != "__del__":
        frame = frame.f_back
    return frame is not None
