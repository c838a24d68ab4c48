"""How soon a large library can be asked: with its saved segments, without them, after kill -9, and after damage.

    python benchmarks/recovery.py DATA [--passages 100000] [--work FOLDER]

DATA is the folder of the development sets. Encoding 100,000 passages takes an hour, so the library is multiplied: documents of scifact,
bioasq and squadshifts that make `BASE` passages are added as ever, and what was stored is then written again and again, through
`Transaction`, under other names, each vector with a little noise and each text with some of its search terms changed, a few of them into
words that no other passage has. What is stored, read, hashed and searched has the size and form of a library of that many passages (short
ones, in 83,000 documents); what is found in it means nothing.

Each start is measured in a process of its own: imports apart, `Library.open`, the first view and the first search in it; and `footnote
serve` from its start until `GET /ready` says so. Then, in one process: retrieval, the first view after a small document was added, and
the views of a library that grows from nothing. The library is made in the work folder (some minutes, 2 GB for 100,000 passages) and used
again by the next run.
"""

import argparse
import json
import os
import random
import shutil
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from figures import machine, p50_p99, table
from serving import WARM_UP, search_all, serving
from sets import library_of, mixed_documents, mixed_questions
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from index.database import Database
from index.encoder import unit_rows
from index.library import DATABASE, Library
from index.reading import read_document
from index.rows import PassageRow
from index.storing import stored_document, write

BASE = 4_000  # passages that are really encoded
QUESTIONS = 200
CHANGES = 30  # documents added, one by one, each followed by a view
GROWN = 1_000  # documents of one passage added to an empty library, each followed by a view
NOISE = 0.3  # length of what is added to a vector of length 1
CHANGED, NEW = 0.2, 0.005  # shares of the terms that become other terms, and terms of that passage alone
_COMMIT = 200  # documents in a transaction
_LOG = 3_000_000  # bytes of write-ahead log at which the process that adds is killed

# As an answer does it: open, view, search. Imports are the same for every library.
_START = """
import json, sys, time
from pathlib import Path
from index.library import Library
busy, times = time.process_time(), [time.perf_counter()]
library = Library.open(Path(sys.argv[1]))
times.append(time.perf_counter())
with library.view() as view:
    times.append(time.perf_counter())
    found = len(view.search(sys.argv[2], 10))
    times.append(time.perf_counter())
print(json.dumps({"times": times, "busy": time.process_time() - busy, "passages": view.passages, "found": found}))
library.close()
"""


def large_library(data: Path, work: Path, wanted: int) -> Path:
    """The folder of a library of `wanted` passages or a few more, made unless it is there."""
    home = work / f"multiplied-{wanted}"
    if home.is_dir():
        return home
    base, prepared = work / f"mixed-{BASE}", work / f"{home.name}.part"
    library_of(mixed_documents(data, BASE)[0], base).close()
    shutil.rmtree(prepared, ignore_errors=True)
    shutil.copytree(next(base.glob("encoder-*")), prepared / next(base.glob("encoder-*")).name)
    Library.create(prepared).close()
    multiply(Database.open(base / DATABASE), Database.open(prepared / DATABASE), wanted)
    library = Library.open(prepared)
    library.publish()
    library.close()
    prepared.rename(home)
    return home


def multiply(source: Database, target: Database, wanted: int) -> None:
    """Write the documents of `source` into `target`, changed anew each time, until there are `wanted` passages."""
    chance, generator = random.Random(2026), np.random.default_rng(2026)
    with source.reading() as transaction:
        stored = [(stored_document(transaction, row), transaction.passages_of(row.id)) for row in transaction.documents()]
    pool = [term for _, rows in stored for row in rows for term in row.terms]
    with tqdm(total=wanted, unit="passage", disable=None, leave=False) as bar:
        while (made := _passages(target)) < wanted:
            bar.update(made - bar.n)
            with target.writing() as transaction:
                for _ in range(_COMMIT):
                    number = transaction.generation
                    document, rows = stored[number % len(stored)]
                    copied = replace(document, source=f"{document.source}-{number}")
                    changed = [_changed(row, pool, chance, generator) for row in rows]
                    write(transaction, f"document-{number:08}", copied, changed, is_known=False)
                    transaction.advance()
    source.close()
    target.close()


def _passages(database: Database) -> int:
    with database.reading() as transaction:
        return transaction.next_passage - 1


def _changed(passage: PassageRow, pool: Sequence[str], chance: random.Random, generator: np.random.Generator) -> PassageRow:
    terms = list(passage.terms)
    for place in range(len(terms)):
        drawn = chance.random()
        if drawn < CHANGED:
            terms[place] = chance.choice(pool) if drawn > NEW else f"{terms[place]}{chance.randrange(10**9)}"
    vector = np.frombuffer(passage.vector, dtype="<f2").astype(np.float32)
    noise = unit_rows(generator.standard_normal((1, len(vector))).astype(np.float32))[0]
    moved = unit_rows((vector + NOISE * noise)[None, :])[0]
    return replace(passage, terms=tuple(terms), vector=moved.astype("<f2").tobytes())


# What befalls a library


def untouched(home: Path) -> None:
    """Segments as they were published."""


def without_segments(home: Path) -> None:
    """No saved segments: all of them are built from the database."""
    shutil.rmtree(home / "segments")


def with_a_damaged_manifest(home: Path) -> None:
    """The list of the saved segments is cut off in the middle."""
    manifest = home / "segments" / "segments.json"
    manifest.write_bytes(manifest.read_bytes()[:-10])


def with_a_damaged_segment(home: Path) -> None:
    """One byte of the largest saved file is another."""
    largest = max((home / "segments").rglob("*.*"), key=lambda path: path.stat().st_size)
    with largest.open("r+b") as file:
        file.seek(largest.stat().st_size // 2)
        byte = file.read(1)
        file.seek(-1, os.SEEK_CUR)
        file.write(bytes([byte[0] ^ 1]))


def killed_while_adding(home: Path) -> None:
    """`footnote add` killed by SIGKILL once its write-ahead log has grown: documents added, unpublished, and one half written."""
    folder = home.with_name(f"{home.name}.documents")
    folder.mkdir(exist_ok=True)
    for number in range(3_000):
        (folder / f"notes-{number}.txt").write_text(_notes(number), "utf-8")
    command = [sys.executable, "-m", "api", "add", "--library", str(home), str(folder)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    log = home / f"{DATABASE}-wal"
    while process.poll() is None and not (log.exists() and log.stat().st_size > _LOG):
        time.sleep(0.005)
    if process.poll() is not None:
        raise SystemExit("footnote add ended before it could be killed.")
    process.kill()
    process.wait()
    shutil.rmtree(folder)


STATES = {
    "saved segments": untouched,
    "no saved segments": without_segments,
    "list of segments damaged": with_a_damaged_manifest,
    "largest segment damaged": with_a_damaged_segment,
    "kill -9 while adding": killed_while_adding,
}


def _notes(number: int) -> str:
    sentences = (
        f"On morning {morning} of year {number} the heron of valley {morning} ate {number + morning} fish." for morning in range(30)
    )
    return f"Field notes {number}\n\n\n{' '.join(sentences)}\n"


# What is measured


def measure_starts(home: Path, question: str) -> Iterator[list[object]]:
    """The rows of the table of starts: seconds with the files in the memory of the system, and read from the disk again."""
    for name, befall in STATES.items():
        scratch = home.with_name(f"{home.name}.scratch")
        shutil.rmtree(scratch, ignore_errors=True)
        shutil.copytree(home, scratch)
        befall(scratch)
        kept = _set_aside(scratch)
        (opened, viewed, searched), busy, passages = _start(scratch, question)
        _put_back(scratch, kept)
        forgotten = _forget(scratch)
        cold = sum(_start(scratch, question)[0]) if forgotten else float("nan")
        _put_back(scratch, kept)
        with serving(scratch) as server:
            ready = server.starting
        shutil.rmtree(scratch)
        shutil.rmtree(kept, ignore_errors=True)
        whole = opened + viewed + searched
        yield [name, passages, *(f"{one:.2f}" for one in (opened, viewed, searched, whole, busy, cold, ready))]


def _set_aside(home: Path) -> Path:
    """A copy of all but the encoder and the database proper: what a start may mend."""
    kept = home.with_name(f"{home.name}.kept")
    shutil.rmtree(kept, ignore_errors=True)
    shutil.copytree(home, kept, ignore=shutil.ignore_patterns("encoder-*", DATABASE))
    return kept


def _put_back(home: Path, kept: Path) -> None:
    shutil.rmtree(home / "segments", ignore_errors=True)
    shutil.copytree(kept, home, dirs_exist_ok=True)


def _start(home: Path, question: str) -> tuple[list[float], float, int]:
    command = [sys.executable, "-c", _START, str(home), question]
    said = json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)
    return np.diff(said["times"]).tolist(), said["busy"], said["passages"]


def _forget(home: Path) -> bool:
    """Have the system forget what it holds of the files in memory; whether it can."""
    os.sync()
    for path in home.rglob("*"):
        if path.is_file() and hasattr(os, "posix_fadvise"):
            with path.open("rb") as file:
                os.posix_fadvise(file.fileno(), 0, 0, os.POSIX_FADV_DONTNEED)
    return hasattr(os, "posix_fadvise")


def measure_work(home: Path, questions: Sequence[str]) -> Iterator[list[object]]:
    """The rows of the table of one process on a copy of the library, to which documents are added."""
    scratch = home.with_name(f"{home.name}.scratch")
    shutil.copytree(home, scratch, dirs_exist_ok=True)
    library = Library.open(scratch)
    yield ["retrieval, p50 / p99 ms", p50_p99(search_all(library, questions), 1)]
    views, searches = [], []
    for number in range(CHANGES):
        library.add(read_document(f"new-{number}.txt", _notes(number).encode()))
        started = time.perf_counter()
        with library.view() as view:
            views.append(time.perf_counter() - started)
            view.search(questions[number], 10)
            searches.append(time.perf_counter() - started)
    yield ["first view after a document is added, p50 / p99 ms", p50_p99(views, 1)]
    yield ["the same with a search, p50 / p99 ms", p50_p99(searches, 1)]
    library.close()
    shutil.rmtree(scratch)


def measure_growth(home: Path) -> Iterator[list[object]]:
    """The row of an empty library to which documents are added one by one, each followed by a view."""
    scratch = home.with_name(f"{home.name}.scratch")
    shutil.copytree(next(home.glob("encoder-*")), scratch / next(home.glob("encoder-*")).name)
    library, views = Library.create(scratch), []
    for number in range(GROWN):
        library.add(read_document(f"new-{number}.txt", f"Note {number} is about the heron of valley {number}.".encode()))
        started = time.perf_counter()
        with library.view():
            views.append(time.perf_counter() - started)
    yield [f"views of a library growing to {GROWN} documents, the first 100, p50 / p99 ms", p50_p99(views[:100], 1)]
    yield ["the last 100, p50 / p99 ms", p50_p99(views[-100:], 1)]
    library.close()
    shutil.rmtree(scratch)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--passages", type=int, default=100_000)
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks"), help="where the library is made and kept")
    arguments = parser.parse_args()
    arguments.work.mkdir(parents=True, exist_ok=True)
    threadpool_limits(limits=1, user_api="blas")  # as `footnote serve` has it
    home = large_library(arguments.data, arguments.work, arguments.passages)
    questions = mixed_questions(arguments.data, WARM_UP + QUESTIONS)
    print(f"{machine()}; {arguments.passages} passages\n")
    heads = [
        "start, s",
        "passages",
        "open",
        "first view",
        "first search",
        "all three",
        "of which processor time",
        "all three, files not in memory",
        "serve to ready",
    ]
    print(table(heads, measure_starts(home, questions[0])))
    print(table(["", "Footnote"], [*measure_work(home, questions), *measure_growth(home)]))


if __name__ == "__main__":
    main()
