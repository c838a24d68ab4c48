"""Parsing in processes of their own: what a file does to them costs nobody else anything."""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from index.errors import UnreadableDocument
from index.frames import read_frame, write_frame
from index.parsing import Parser
from index.reading import read_document

FILES = {
    "plain.txt": b"One line.\n\nAnother, \xc3\xa9t\xc3\xa9.",
    "marked.md": b"# Title\n\nSome *words* here.",
    "page.html": b"<!doctype html><title>Page</title><main><h2>Part</h2><p>Some words.</p></main>",
    "latin.txt": "Die Größe der Bäume über dem Fluß wächst für müde Vögel.".encode("latin-1"),
}


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    parser = Parser()
    yield parser
    parser.close()


@pytest.mark.parametrize("name", FILES)
def test_a_file_is_read_in_another_process_as_in_this_one(parser: Parser, name: str):
    document = parser.read(name, FILES[name])
    assert document == read_document(name, FILES[name])
    assert document.content == FILES[name]


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        pytest.param("a.txt", b"", "there is no text in it", id="nothing"),
        pytest.param("a.pdf", b"MZ\x90\x00" + b"\x00" * 60, "a.pdf", id="a program"),
        pytest.param("a.pdf", b"%PDF-1.7\nnothing else", "a.pdf", id="a broken PDF"),
    ],
)
def test_a_refusal_names_the_file_and_the_next_file_is_read(parser: Parser, name: str, content: bytes, reason: str):
    with pytest.raises(UnreadableDocument, match=reason) as raised:
        parser.read(name, content)
    assert str(raised.value).startswith(f"{name}: ")
    assert parser.read("next.txt", b"Fine.").text == "Fine."


def test_threads_share_a_parser_and_each_gets_its_own_document(parser: Parser):
    with ThreadPoolExecutor(4) as threads:
        texts = [f"Document {number}." for number in range(40)]
        found = list(threads.map(lambda text: parser.read("a.txt", text.encode()).text, texts))
    assert found == texts


# What stands in for a reading process, and how its failure is told.
HARMFUL = {
    "it ends at once": ("raise SystemExit(1)", "made the reading process fail"),
    "it crashes": ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "made the reading process fail"),
    "it answers half": ("import sys; sys.stdout.buffer.write(bytes(7)); sys.stdout.flush()", "made the reading process fail"),
    "it answers without end": ("import sys; sys.stdout.buffer.write(b'\\xff' * 4096)", "made the reading process fail"),
    "it hangs": ("import time; time.sleep(600)", "longer than 1 seconds"),
    "it reads nothing and works on": ("while True: pass", "longer than 1 seconds"),
}


@pytest.mark.parametrize("program", HARMFUL)
def test_a_process_that_fails_costs_its_file_alone(program: str):
    code, reason = HARMFUL[program]
    parser, started = Parser(longest=1, worker=(sys.executable, "-c", code)), time.monotonic()
    with pytest.raises(UnreadableDocument, match=f"a.pdf: reading it .*{reason}"):
        parser.read("a.pdf", b"x" * 2**20)
    assert time.monotonic() - started < 30
    parser.close()


MEMORY = """
import sys
from index import frames, worker
frames.read_frame(sys.stdin.buffer), frames.read_frame(sys.stdin.buffer)
worker._limit()
try:
    held = bytearray(2 * worker.MEMORY)
except MemoryError:
    answer = b'{"unreadable": "no memory"}'
else:
    answer = b'{"unreadable": "there was memory"}'
try:
    with open(sys.argv[1], "w") as file:
        file.write("written")
except OSError:
    answer = answer.replace(b"no memory", b"no memory and no file")
frames.write_frame(sys.stdout.buffer, answer)
"""


def test_a_reading_process_has_little_memory_and_writes_no_file(tmp_path: Path):
    parser = Parser(worker=(sys.executable, "-c", MEMORY, str(tmp_path / "written")))
    with pytest.raises(UnreadableDocument, match="no memory and no file"):
        parser.read("a.txt", b"words")
    parser.close()
    assert not (tmp_path / "written").exists() or not (tmp_path / "written").read_text()


def test_frames_are_read_as_they_were_written_and_a_torn_one_is_none(tmp_path: Path):
    path = tmp_path / "frames"
    with path.open("wb") as file:
        for content in (b"", b"one", b"\x00" * 5000):
            write_frame(file, content)
    with path.open("rb") as file:
        assert [read_frame(file) for _ in range(4)] == [b"", b"one", b"\x00" * 5000, None]
    with path.open("rb") as file:
        assert [read_frame(file, largest=2) for _ in range(2)] == [b"", None]
    path.write_bytes(path.read_bytes()[:-1])
    with path.open("rb") as file:
        assert [read_frame(file) for _ in range(3)] == [b"", b"one", None]
