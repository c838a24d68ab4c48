"""Documents over HTTP: how soon one is there, how many a minute, and what it costs those who ask and the server's memory meanwhile.

    python benchmarks/uploading.py [--files 200] [--megabytes 240] [--work FOLDER]

A `footnote serve` process on a library made anew in the work folder, whose encoder is used again by the next run. Measured: one small
file after another, from the request until it can be asked for; many files in one request, with and without somebody who asks; and a large
request, by the memory of the serving process before, at its highest, and after.
"""

import argparse
import shutil
import tempfile
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx2
from figures import machine, p50_p99, table
from serving import Server, ask, serving

from index.documents import LARGEST_FILE
from index.library import DATABASE, Library

SMALL = 50  # files sent one by one
_SENTENCES = 40  # of a file of many
_QUESTION = "How many eels did the heron of valley 7 eat on day 3?"


def text(number: int, sentences: int) -> bytes:
    """A text that no other number has."""
    return "\n".join(f"The heron of valley {number} ate {k + number} eels on day {k}." for k in range(sentences)).encode()


def one_by_one(client: httpx2.Client) -> list[float]:
    """Seconds from the request until the document is there; the first file starts the process and is not counted."""
    times = []
    for number in range(SMALL + 1):
        started = time.perf_counter()
        client.post("/documents", files=[("file", (f"small-{number}.txt", text(number, 5)))]).raise_for_status()
        times.append(time.perf_counter() - started)
    return times[1:]


def together(client: httpx2.Client, server: Server, files: int, name: str, offset: int, asks: bool) -> tuple[float, list[float]]:
    """Seconds until as many files, sent in one request, are documents, and those that each question took meanwhile, if any is asked."""
    sent = [("file", (f"{name}-{number}.txt", text(offset + number, _SENTENCES))) for number in range(files)]
    started, times, connection = time.perf_counter(), [], server.connection()
    url = client.post("/documents", files=sent, headers={"Prefer": "respond-async"}).json()["url"]
    while client.get(url).json()["state"] != "done":
        if asks:
            times.append(ask(connection, _QUESTION)[2])
        else:
            time.sleep(0.05)
    return time.perf_counter() - started, times


def idle(server: Server) -> list[float]:
    """Seconds that a question takes when nothing else is done."""
    connection = server.connection()
    return [ask(connection, _QUESTION)[2] for _ in range(100)][10:]


def large(client: httpx2.Client, server: Server, megabytes: int) -> tuple[float, float, float, float]:
    """(seconds until acknowledged, MB resident before, at the highest, after) for a request of files as large as may be."""

    def body() -> Iterator[bytes]:
        for number in range(megabytes * 2**20 // LARGEST_FILE):
            yield f'--b\r\nContent-Disposition: form-data; name="file"; filename="large-{number}.bin"\r\n\r\nMZ'.encode()
            for _ in range(LARGEST_FILE // 2**20 - 1):
                yield bytes(2**20)
            yield b"\r\n"
        yield b"--b--\r\n"

    before, highest, is_over = server.memory, [0.0], threading.Event()

    def watch() -> None:
        while not is_over.wait(0.01):
            highest[0] = max(highest[0], server.memory)

    watcher = threading.Thread(target=watch)
    watcher.start()
    started = time.perf_counter()
    headers = {"Content-Type": "multipart/form-data; boundary=b", "Prefer": "respond-async"}
    response = client.post("/documents", content=body(), headers=headers)
    seconds = time.perf_counter() - started
    is_over.set()
    watcher.join()
    if response.status_code != 202:
        raise SystemExit(f"POST /documents: {response.status_code} {response.text[:500]}")
    return seconds, before, highest[0], server.memory


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--files", type=int, default=200)
    parser.add_argument("--megabytes", type=int, default=240)
    parser.add_argument("--work", type=Path, default=Path(tempfile.gettempdir()) / "footnote-uploading")
    arguments = parser.parse_args()
    for left in (*arguments.work.glob(f"{DATABASE}*"), *arguments.work.glob("segments*")):
        left.unlink() if left.is_file() else shutil.rmtree(left)
    shutil.rmtree(arguments.work / "jobs", ignore_errors=True)
    Library.create(arguments.work).close()
    print(f"{machine()}\n")
    with serving(arguments.work) as server, httpx2.Client(base_url=f"http://127.0.0.1:{server.port}", timeout=600) as client:
        small = one_by_one(client)
        alone, _ = together(client, server, arguments.files, "alone", 1_000, asks=False)
        at_rest = idle(server)
        beside, asked = together(client, server, arguments.files, "beside", 2_000, asks=True)
        seconds, before, highest, after = large(client, server, arguments.megabytes)
    rows = [
        ["one small file, from the request until it can be asked for, p50 / p99 ms", p50_p99(small, 0)],
        [f"{arguments.files} files of {_SENTENCES} sentences in one request, s", f"{alone:.1f}"],
        ["the same beside somebody who asks all the time, s", f"{beside:.1f}"],
        ["`POST /ask` when nothing is added / meanwhile, p50 / p99 ms", f"{p50_p99(at_rest, 0)}; {p50_p99(asked, 0)}"],
        [f"{arguments.megabytes} MB in one request until they are safe on the disk, s", f"{seconds:.1f}"],
        ["memory of the serving process before, at the highest, after, MB", f"{before:.0f}, {highest:.0f}, {after:.0f}"],
    ]
    print(table(["", ""], rows))


if __name__ == "__main__":
    main()
