"""The priority of a process."""

import os

_LOW = 10  # of 19, the lowest


def step_back() -> None:
    """Work at low priority from now on, threads and processes started later included, so that a server beside it stays quick."""
    os.nice(max(0, _LOW - os.nice(0)))
