"""A `footnote serve` process on a library of some thousand passages: start, memory, and how fast it answers.

    python benchmarks/serving.py DATA [--passages 5000] [--work FOLDER]

DATA is the folder of the development sets; the documents are drawn from scifact, bioasq and squadshifts, and so are the questions,
each asked once. The library is made in the work folder (some minutes) and used again by the next run. Measured: from the start of
the process until `GET /ready` says so (median of 5), resident memory, retrieval alone in this process
(`Library.view().search`), and `POST /ask` over kept connections from one client and from several at a time, which share the
processor with the server.
"""

import argparse
import http.client
import json
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import psutil
from figures import machine, p50_p99, table
from sets import library_of, mixed_documents, mixed_questions
from threadpoolctl import threadpool_limits

from index.library import Library
from qa.answering import PASSAGES_READ

STARTS = 5
QUESTIONS = 200  # for each measurement
WARM_UP = 10  # questions that are not counted
CLIENTS = 8
_PATIENCE = 60  # seconds for the server to be ready


class Server:
    """A running `footnote serve`. starting: seconds from the start of the process until it was ready."""

    def __init__(self, home: Path) -> None:
        self.port = _free_port()
        command = [str(Path(sys.executable).with_name("footnote")), "serve", "--library", str(home), "--port", str(self.port)]
        started = time.perf_counter()
        self._process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
        while not self._is_ready():
            if self._process.poll() is not None or time.perf_counter() - started > _PATIENCE:
                raise SystemExit(f"footnote serve did not get ready: {self._stopped()}")
            time.sleep(0.005)
        self.starting = time.perf_counter() - started

    @property
    def memory(self) -> float:
        """Resident memory in MB."""
        return float(psutil.Process(self._process.pid).memory_info().rss) / 2**20

    def connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=30)

    def stop(self) -> None:
        self._stopped()

    def _stopped(self) -> str:
        self._process.terminate()
        return self._process.communicate()[1]

    def _is_ready(self) -> bool:
        try:
            connection = self.connection()
            connection.request("GET", "/ready")
            return connection.getresponse().status == 200
        except OSError:
            return False
        finally:
            connection.close()


@contextmanager
def serving(home: Path) -> Iterator[Server]:
    """A server on the library in `home`, stopped at the end."""
    server = Server(home)
    try:
        yield server
    finally:
        server.stop()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def ask_all(server: Server, questions: Sequence[str]) -> list[float]:
    """Ask one after another over one connection; the seconds each took."""
    connection = server.connection()
    times = []
    for question in questions:
        status, content, seconds = ask(connection, question)
        times.append(seconds)
        if status != 200:
            raise SystemExit(f"POST /ask: {status} {content[:500]!r}")
    connection.close()
    return times


def ask(connection: http.client.HTTPConnection, question: str) -> tuple[int, bytes, float]:
    """Status and body of one answer over a kept connection, and the seconds until it was there."""
    started = time.perf_counter()
    connection.request("POST", "/ask", json.dumps({"question": question}), {"Content-Type": "application/json"})
    response = connection.getresponse()
    content = response.read()
    return response.status, content, time.perf_counter() - started


def ask_together(server: Server, questions: Sequence[str]) -> tuple[list[float], float]:
    """Ask from several clients at a time; the seconds each question took, and questions a second."""
    started = time.perf_counter()
    with ThreadPoolExecutor(CLIENTS) as clients:
        times = [one for times in clients.map(lambda i: ask_all(server, questions[i::CLIENTS]), range(CLIENTS)) for one in times]
    return times, len(questions) / (time.perf_counter() - started)


def search_all(library: Library, questions: Sequence[str]) -> list[float]:
    """Retrieval alone, as an answer needs it; the seconds each question took."""
    times = []
    for question in questions:
        started = time.perf_counter()
        with library.view() as view:
            view.search(question, PASSAGES_READ)
        times.append(time.perf_counter() - started)
    return times[WARM_UP:]


def measure(home: Path, questions: Sequence[str]) -> Iterator[list[object]]:
    """The rows of the table."""
    library = Library.open(home)
    warm, first, second = WARM_UP, WARM_UP + QUESTIONS, WARM_UP + 2 * QUESTIONS
    searching = search_all(library, questions[:first])
    library.close()
    yield ["retrieval alone, p50 / p99 ms", p50_p99(searching, 1)]
    starts = []
    for _ in range(STARTS - 1):
        with serving(home) as server:
            starts.append(server.starting)
    with serving(home) as server:
        starts.append(server.starting)
        yield ["start to ready, s, median (least–most)", f"{np.median(starts):.2f} ({min(starts):.2f}–{max(starts):.2f})"]
        yield ["RSS when ready, MB", f"{server.memory:.0f}"]
        ask_all(server, questions[:warm])
        one = ask_all(server, questions[warm:first])
        yield [f"RSS after {first} questions, MB", f"{server.memory:.0f}"]
        yield ["POST /ask, one client, p50 / p99 ms", p50_p99(one, 1)]
        yield ["POST /ask, one client, questions/s", f"{len(one) / sum(one):.0f}"]
        many, rate = ask_together(server, questions[first:second])
        yield [f"POST /ask, {CLIENTS} clients, p50 / p99 ms", p50_p99(many, 1)]
        yield [f"POST /ask, {CLIENTS} clients, questions/s", f"{rate:.0f}"]
        yield [f"RSS after {second} questions, MB", f"{server.memory:.0f}"]


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--passages", type=int, default=5_000)
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks"), help="where the library is made and kept")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    threadpool_limits(limits=1, user_api="blas")  # as `footnote serve` has it
    documents, count = mixed_documents(arguments.data, arguments.passages)
    home = arguments.work / f"mixed-{arguments.passages}"
    library_of(documents, home).close()
    questions = mixed_questions(arguments.data, WARM_UP + 2 * QUESTIONS)
    print(f"{machine()}; {len(documents)} documents, {count} passages\n")
    print(table(["", "Footnote"], measure(home, questions)))


if __name__ == "__main__":
    main()
