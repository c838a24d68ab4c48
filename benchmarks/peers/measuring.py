"""What every system is put through, in a process of its own, and what is measured there.

    python -m peers.NAME ingest|search WORK --started SECONDS      (in the folder benchmarks)

WORK holds `passages.json` and `questions.json`, lists of texts, and whatever the system stores, in a folder of its name. One line of
JSON is printed. It runs in the virtual environment of the system, so it imports nothing but the standard library.
"""

import argparse
import json
import sys
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Protocol

FOUND = 10  # passages asked for
CLIENTS = 8
WARM_UP = 10  # questions that are not counted

Search = Callable[[str], Sequence[Any]]


class System(Protocol):
    """A system with its model loaded; `store` is the folder it may write to."""

    def __init__(self, store: Path) -> None: ...

    def ingest(self, passages: list[str]) -> int:
        """Embed and store the passages; when it returns they are on the disk. Gives how many are stored."""

    def reopened(self) -> Search:
        """Open what was stored, and give what finds the `FOUND` best passages for a question."""


def main(system: type[System]) -> None:
    """The program of a system."""
    parser = argparse.ArgumentParser()
    parser.add_argument("measure", choices=("ingest", "search"))
    parser.add_argument("work", type=Path)
    parser.add_argument("--started", type=float, required=True, help="when the process was started, in seconds since 1970")
    arguments = parser.parse_args()
    store = arguments.work / Path(sys.argv[0]).stem
    measure = _ingest if arguments.measure == "ingest" else _search
    print(json.dumps(measure(system, arguments.work, store, arguments.started)))


def _ingest(system: type[System], work: Path, store: Path, started: float) -> dict[str, Any]:
    passages = _read(work / "passages.json")
    store.mkdir(exist_ok=True)
    ready = system(store)
    begun = time.time()
    stored = ready.ingest(passages)
    return {"starting": begun - started, "ingesting": time.time() - begun, "stored": stored}


def _search(system: type[System], work: Path, store: Path, started: float) -> dict[str, Any]:
    questions = _read(work / "questions.json")
    warm, half = questions[:WARM_UP], len(questions[WARM_UP:]) // 2
    search = system(store).reopened()
    found = len(search(warm[0]))
    opening = time.time() - started
    for question in warm[1:]:
        search(question)
    alone = [_timed(search, question) for question in questions[WARM_UP : WARM_UP + half]]
    return {"opening": opening, "found": found, "alone": alone, "together": _together(search, questions[WARM_UP + half :])}


def _together(search: Search, questions: list[str]) -> float:
    """Questions a second from several threads at a time."""
    begun = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        found = list(clients.map(search, questions))
    return len(found) / (time.perf_counter() - begun)


def _timed(search: Search, question: str) -> float:
    begun = time.perf_counter()
    search(question)
    return time.perf_counter() - begun


def _read(path: Path) -> list[str]:
    texts: list[str] = json.loads(path.read_text("utf-8"))
    return texts
