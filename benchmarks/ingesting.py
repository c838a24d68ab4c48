"""Ingestion and retrieval of Footnote beside other systems: same model, same passages, one run.

    python benchmarks/ingesting.py DATA [--peers PYTHON] [--passages 2000] [--rounds 1] [--openings 3]
        [--questions 200] [--only NAME …] [--work FOLDER]

DATA is the folder of the development sets; documents are drawn from scifact, bioasq and squadshifts and written as text files. PYTHON is
that of the virtual environment with the peers (`benchmarks/peers.txt`). What each system does says its file in `benchmarks/peers`: each
embeds with all-MiniLM-L6-v2, the peers in float32 by torch with their own batch size, on 2 cores, and stores as its documentation has it.
A peer gets the very passages that Footnote makes of the files, title and headings included, as one list. Footnote reads each to the
end (512 tokens); sentence-transformers, which all peers but txtai embed with, cuts at the model's setting of 256.

Footnote is measured twice. "Footnote, documents" adds the files one by one in one process, its encoder loaded as the peers have theirs:
it reads and splits each document, makes token vectors and BM25 terms, has it on the disk before the next, and at the end publishes
the search structures. "footnote add" is the command on the folder, from its start to its end: all of that, start, and parsing in a
process of its own. In neither is the encoder compiled: that is done once for a library, and the time of it is printed.

Each measurement is a process of its own, one at a time, systems in turn. Ingestion: from the model loaded until all is on the disk. With
start: until the end of the process. Reopening: from the start of a new process to its first search result. Then every question is
asked once, half of them by one thread, half by 8. Peak RSS: sampled, with the processes that a system starts.
"""

import argparse
import json
import os
import shutil
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import psutil
from figures import machine, p50_p99, table
from sets import mixed_documents, mixed_questions

from index.documents import Document
from index.library import Library
from index.passages import passages
from index.reading import read_document

CORES = 2
WARM_UP = 10  # questions that are not counted, as `peers/measuring.py` has it
PEERS = {"LangChain": "langchain", "LlamaIndex": "llamaindex", "Chroma": "chroma", "Haystack": "haystack", "txtai": "txtai"}
DOCUMENTS, COMMAND = "Footnote, documents", "footnote add"
_SAMPLING = 0.05  # seconds

# No model hub and no telemetry, as each project documents it; as many threads as cores.
QUIET = {
    "HF_HUB_OFFLINE": "1",
    "TRANSFORMERS_OFFLINE": "1",
    "ANONYMIZED_TELEMETRY": "False",
    "HAYSTACK_TELEMETRY_ENABLED": "False",
    "LANGSMITH_TRACING": "false",
    "LANGCHAIN_TRACING_V2": "false",
    "DO_NOT_TRACK": "1",
    "OMP_NUM_THREADS": str(CORES),
}

Found = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Work:
    """The folder with the texts, and the Python of each system."""

    folder: Path
    peers: Path

    def measured(self, name: str, measure: str) -> Found:
        """What a process of a system prints when it is put through `ingest` or `search`, with its memory and all its seconds."""
        if name == COMMAND:
            return self._added()
        python = sys.executable if name == DOCUMENTS else str(self.peers)
        module = PEERS.get(name, "footnote")
        command = [python, "-m", f"peers.{module}", measure, str(self.folder), "--started", repr(time.time())]
        said, watched = run(command)
        return {**json.loads(said.splitlines()[-1]), **watched}

    def _added(self) -> Found:
        footnote = str(Path(sys.executable).with_name("footnote"))
        said, watched = run([footnote, "add", "--library", str(self.store(COMMAND)), str(self.folder / "documents")])
        if "refused" in said:
            raise SystemExit(f"footnote add: {said}")
        library = Library.open(self.store(COMMAND))
        with library.view() as view:
            stored = view.passages
        library.close()
        return {**watched, "ingesting": watched["whole"], "stored": stored}

    def store(self, name: str) -> Path:
        """The folder that a system stores in."""
        return self.folder / (PEERS.get(name) or {DOCUMENTS: "footnote", COMMAND: "footnote-add"}[name])

    def clear(self, name: str) -> None:
        """Empty the folder of a system; Footnote's holds its compiled encoder, as the others have their model."""
        shutil.rmtree(self.store(name), ignore_errors=True)
        if name in (DOCUMENTS, COMMAND):
            encoder = next((self.folder / "compiled").glob("encoder-*"))
            shutil.copytree(encoder, self.store(name) / encoder.name)

    def size(self, name: str) -> float:
        """MB that a system stores; Footnote's encoder, a model, is not counted."""
        files = (path for path in self.store(name).rglob("*") if path.is_file() and "encoder-" not in path.parent.name)
        return sum(path.stat().st_size for path in files) / 1e6


def run(command: Sequence[str]) -> tuple[str, Found]:
    """What a command prints, the seconds it takes, and the most memory that it and what it starts hold at a time, in MB."""
    with tempfile.TemporaryFile("w+") as said, tempfile.TemporaryFile("w+") as complained:
        started = time.perf_counter()
        process = psutil.Popen(command, stdout=said, stderr=complained, cwd=Path(__file__).parent, env={**os.environ, **QUIET})
        memory = 0.0
        while process.poll() is None:
            memory = max(memory, _memory(process))
            time.sleep(_SAMPLING)
        whole = time.perf_counter() - started
        said.seek(0)
        complained.seek(0)
        if process.returncode:
            raise SystemExit(f"{' '.join(command)} failed:\n{complained.read()[-3000:]}")
        return said.read(), {"whole": whole, "memory": memory}


def _memory(process: psutil.Process) -> float:
    total = 0.0
    try:
        for one in (process, *process.children(recursive=True)):
            total += one.memory_info().rss / 2**20
    except psutil.NoSuchProcess:  # ended meanwhile
        pass
    return total


def compiled(work: Path) -> float:
    """Compile Footnote's encoder into a folder; the seconds it takes."""
    shutil.rmtree(work / "compiled", ignore_errors=True)
    started = time.perf_counter()
    Library.create(work / "compiled").close()
    return time.perf_counter() - started


def prepare(data: Path, work: Path, wanted: int, questions: int) -> tuple[int, int]:
    """Write documents, passages and questions; how many documents and passages there are."""
    shutil.rmtree(work / "documents", ignore_errors=True)
    (work / "documents").mkdir(parents=True)
    drawn, _ = mixed_documents(data, wanted)
    for document in drawn:
        (work / "documents" / document.source).write_text(f"{document.title}\n\n{document.text}\n", "utf-8", newline="")
    texts = [text for path in sorted((work / "documents").iterdir()) for text in _texts(read_document(path.name, path.read_bytes()))]
    (work / "passages.json").write_text(json.dumps(texts), "utf-8")
    (work / "questions.json").write_text(json.dumps(mixed_questions(data, WARM_UP + 2 * questions)), "utf-8")
    return len(drawn), len(texts)


def _texts(document: Document) -> Iterator[str]:
    """The passages of a document as Footnote's encoder is given them."""
    for passage in passages(document):
        yield f"{passage.context(document.title)}\n{document.text[passage.start : passage.end]}"


def measure(work: Work, names: Sequence[str], rounds: int, openings: int, count: int) -> Iterator[list[object]]:
    """The rows of the table."""
    ingested: dict[str, list[Found]] = defaultdict(list)
    searched: dict[str, list[Found]] = defaultdict(list)
    for _ in range(rounds):
        for name in names:
            work.clear(name)
            ingested[name].append(work.measured(name, "ingest"))
            _report(name, ingested[name][-1], count)
    for _ in range(openings):
        for name in names:
            if name != COMMAND:
                searched[name].append(work.measured(name, "search"))
    for name in names:
        yield [name, *_ingestion(ingested[name]), f"{work.size(name):.0f}", *_retrieval(searched[name])]


def _report(name: str, found: Found, count: int) -> None:
    if found["stored"] != count:
        raise SystemExit(f"{name} stored {found['stored']} of {count} passages")
    print(f"{name}: {count} passages in {found['ingesting']:.1f} s", file=sys.stderr)


def _ingestion(found: Sequence[Found]) -> list[str]:
    seconds = _median(found, "ingesting")
    rate = found[0]["stored"] / seconds
    return [f"{seconds:.1f}", f"{rate:.1f}", f"{_median(found, 'whole'):.1f}", f"{_median(found, 'memory'):.0f}"]


def _retrieval(found: Sequence[Found]) -> list[str]:
    if not found:
        return [""] * 4
    alone = [seconds for one in found for seconds in one["alone"]]
    return [f"{_median(found, 'opening'):.1f}", p50_p99(alone, 1), f"{_median(found, 'together'):.0f}", f"{_median(found, 'memory'):.0f}"]


def _median(found: Sequence[Found], name: str) -> float:
    return float(np.median([one[name] for one in found]))


HEADS = (
    "",
    "ingestion s",
    "passages/s",
    "with start s",
    "peak RSS MB",
    "stored MB",
    "reopening s",
    "retrieval p50 / p99 ms",
    "questions/s, 8 threads",
    "peak RSS MB",
)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path, help="folder of the development sets")
    parser.add_argument("--peers", type=Path, default=Path(".venv-peers/bin/python"), help="the Python that has the peers")
    parser.add_argument("--passages", type=int, default=2_000)
    parser.add_argument("--questions", type=int, default=200, help="by one thread, and as many by 8")
    parser.add_argument("--rounds", type=int, default=1, help="of ingestion")
    parser.add_argument("--openings", type=int, default=3, help="of what was stored")
    parser.add_argument("--only", nargs="+", choices=list(PEERS), default=list(PEERS), metavar="NAME", help=f"of {', '.join(PEERS)}")
    parser.add_argument("--work", type=Path, default=Path(".footnote/benchmarks/ingesting"), help="where everything is stored")
    arguments = parser.parse_args()
    os.sched_setaffinity(0, sorted(os.sched_getaffinity(0))[:CORES])
    work = Work(arguments.work.resolve(), arguments.peers.absolute())
    documents, count = prepare(arguments.data, work.folder, arguments.passages, arguments.questions)
    compiling = compiled(work.folder)
    names = (DOCUMENTS, COMMAND, *arguments.only)
    rows = list(measure(work, names, arguments.rounds, arguments.openings, count))
    print(f"{machine()}; {documents} documents, {count} passages; {arguments.rounds} ingestions, {arguments.openings} openings\n")
    print(table(HEADS, rows))
    print(f"Compiling Footnote's encoder, once for a library: {compiling:.1f} s")


if __name__ == "__main__":
    main()
