"""How much longer questions take while documents are added.

    python benchmarks/asking_while_adding.py DATA [--passages 5000] [--documents 1000] [--questions 400] [--work FOLDER]

DATA is the folder of the development sets. A `footnote serve` process on a library of some thousand passages is asked by 8 clients over
kept connections, first undisturbed, then while `footnote add` puts other documents of the same sets into the same library, from its start
to its end; questions go round. Server, command and clients share the processor. An error is any answer but 200, or none. Quiet is
measured before and after the adding, so that a machine that changes meanwhile shows.
"""

import argparse
import http.client
import itertools
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
from figures import machine, table
from serving import CLIENTS, WARM_UP, Server, ask, serving
from sets import library_of, mixed_documents, mixed_questions
from threadpoolctl import threadpool_limits

from index.documents import Document
from index.library import Library

QUESTIONS = 1_000  # different ones
WANTED = 3  # times the quiet p95, at most
HEADS = ("POST /ask, 8 clients", "answers", "seconds", "answers/s", "p50 ms", "p95 ms", "p99 ms", "errors")

Adding = Callable[[Path, Path], None]  # the library's folder, the folder of documents; returns when all are added


@dataclass(slots=True)
class Asked:
    """What clients saw: seconds for each answer, and what went wrong."""

    times: list[float] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    seconds: float = 0.0

    def percentile(self, percent: float) -> float:
        return 1000 * float(np.percentile(self.times, percent))

    def row(self, name: str) -> list[object]:
        """The row of the table."""
        rate = len(self.times) / self.seconds
        percentiles = (f"{self.percentile(percent):.0f}" for percent in (50, 95, 99))
        return [name, len(self.times), f"{self.seconds:.1f}", f"{rate:.1f}", *percentiles, len(self.errors)]


def ask_until(server: Server, questions: Sequence[str], is_over: Callable[[int], bool]) -> Asked:
    """Ask from all clients until it is over, which is told by how many questions were asked before."""
    asked, started, turns = Asked(), time.perf_counter(), itertools.count()

    def client(_: int) -> None:
        connection = server.connection()
        while not is_over(turn := next(turns)):
            try:
                status, content, seconds = ask(connection, questions[turn % len(questions)])
            except (OSError, http.client.HTTPException) as error:
                asked.errors.append(f"{type(error).__name__}: {error}")
                connection.close()
                continue
            asked.times.append(seconds)
            if status != 200:
                asked.errors.append(f"{status} {content[:200]!r}")
        connection.close()

    with ThreadPoolExecutor(CLIENTS) as clients:
        list(clients.map(client, range(CLIENTS)))
    asked.seconds = time.perf_counter() - started
    return asked


def ask_meanwhile(server: Server, questions: Sequence[str], work: Callable[[], None]) -> Asked:
    """Ask from all clients for as long as some work takes."""
    done = threading.Event()

    def working() -> None:
        try:
            work()
        finally:
            done.set()

    with ThreadPoolExecutor(1) as worker:
        finished = worker.submit(working)
        asked = ask_until(server, questions, lambda _: done.is_set())
        finished.result()
    return asked


def add_by_command(home: Path, folder: Path) -> None:
    """`footnote add FOLDER`, in a process of its own."""
    footnote = str(Path(sys.executable).with_name("footnote"))
    done = subprocess.run([footnote, "add", "--library", str(home), str(folder)], capture_output=True, text=True, check=False)
    if done.returncode or "refused" in done.stdout:
        raise SystemExit(f"footnote add: {done.stdout[-500:]} {done.stderr[-2000:]}")


def write(documents: Sequence[Document], folder: Path) -> Path:
    """The documents as text files in a folder made anew."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    for document in documents:
        (folder / document.source).write_text(f"{document.title}\n\n{document.text}\n", "utf-8", newline="")
    return folder


def prepare(data: Path, work: Path, passages: int, count: int) -> tuple[Path, Path, str]:
    """A fresh copy of the library, the folder of documents to add, and a line that says how many there are."""
    held, held_passages = mixed_documents(data, passages)
    drawn, _ = mixed_documents(data, passages + 3 * count)  # the same order, so the first of them are those held
    library_of(held, work / f"mixed-{passages}").close()
    home = work / "asking-while-adding"
    shutil.rmtree(home, ignore_errors=True)
    shutil.copytree(work / f"mixed-{passages}", home)
    folder = write(drawn[len(held) : len(held) + count], work / "to-add")
    return home, folder, f"{len(held)} documents, {held_passages} passages; {len(list(folder.iterdir()))} documents added"


def measure(home: Path, folder: Path, questions: Sequence[str], quiet: int, add: Adding) -> tuple[Asked, Asked, Asked]:
    """What clients saw before, during and after the adding."""
    with serving(home) as server:
        ask_until(server, questions, lambda asked: asked >= WARM_UP)
        before = ask_until(server, questions, lambda asked: asked >= quiet)
        during = ask_meanwhile(server, questions, lambda: add(home, folder))
        after = ask_until(server, questions, lambda asked: asked >= quiet)
    return before, during, after


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--passages", type=int, default=5_000, help="in the library before")
    parser.add_argument("--documents", type=int, default=1_000, help="to add")
    parser.add_argument("--questions", type=int, default=400, help="asked while nothing is added")
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks"), help="where the libraries are made and kept")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    threadpool_limits(limits=1, user_api="blas")  # as every command of Footnote has it
    home, folder, size = prepare(arguments.data, arguments.work, arguments.passages, arguments.documents)
    before, during, after = measure(home, folder, mixed_questions(arguments.data, QUESTIONS), arguments.questions, add_by_command)
    print(f"{machine()}; {size}\n")
    print(table(HEADS, [before.row("quiet, before"), during.row("while adding"), after.row("quiet, after")]))
    print(f"p95 while adding is {during.percentile(95) / before.percentile(95):.1f} times that before (wanted: less than {WANTED}).")
    print("\n".join(sorted({*before.errors, *during.errors, *after.errors})))
    library = Library.open(home)
    with library.view() as view:
        print(f"{len(view.documents())} documents, {view.passages} passages in the library then.")
    library.close()


if __name__ == "__main__":
    main()
