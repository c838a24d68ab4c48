"""An interruption breaks off what waits, at whatever moment it comes, until the work looks for it itself."""

import os
import signal
import time

import pytest

from api.interruption import Interruption

both = pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])


class Dying:
    """Is sent a signal while it is destroyed, and lives until that was handled."""

    def __init__(self, interruption: Interruption, number: int) -> None:
        self.interruption, self.number = interruption, number

    def __del__(self) -> None:
        os.kill(os.getpid(), self.number)
        self.interruption.came.wait(30)


def _wait_after_a_destructor(number: int) -> None:
    with Interruption() as interruption:
        Dying(interruption, number)
        assert interruption.came.is_set()
        time.sleep(30)


def _wait(number: int) -> None:
    with Interruption():
        os.kill(os.getpid(), number)
        time.sleep(30)


@both
def test_a_signal_inside_a_destructor_is_not_lost(number: int):
    """Python shows what is raised in one and goes on; these tests make an error of that."""
    with pytest.raises(KeyboardInterrupt):
        _wait_after_a_destructor(number)


@both
def test_a_signal_breaks_off_what_waits(number: int):
    with pytest.raises(KeyboardInterrupt):
        _wait(number)


@both
def test_work_that_looks_for_it_itself_is_not_broken_off(number: int):
    with Interruption() as interruption:
        interruption.await_end()
        os.kill(os.getpid(), number)
        assert interruption.came.wait(30)
