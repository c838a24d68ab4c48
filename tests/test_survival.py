"""What survives kill -9, and what 8 clients see while documents come and go."""

import os
import random
import re
import shutil
import signal
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path

import apsw
import httpx2
import pytest

from index.library import DATABASE, Library
from index.reading import read_document

TORTURE = bool(os.environ.get("TORTURE"))
KILLS, DOCUMENTS, SECONDS = (60, 200, 120.0) if TORTURE else (3, 60, 8.0)
ANIMALS = ("badger", "heron", "otter", "lynx", "marten", "adder", "osprey", "weasel", "stoat", "curlew")


def _text(number: int) -> str:
    animal = ANIMALS[number % len(ANIMALS)]
    return (
        f"Field notes {number}\n\n\nThe {animal} of valley {number} was seen on {number} mornings. It ate {number + 3} fish a day, i.e. "
        f"more than any other.\n\nNobody knows why the {animal} left valley {number} in the spring.\n"
    )


def _footnote(library: Path, *arguments: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "api", arguments[0], "--library", str(library), *arguments[1:]]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def _new_library(folder: Path, encoder_folder: Path) -> None:
    shutil.copytree(encoder_folder, folder / "encoder-all-MiniLM-L6-v2-int8")
    Library.create(folder).close()


def _check_wholeness(library: Path, texts: dict[str, str]) -> int:
    """Every document that is there is wholly there; how many there are."""
    opened = Library.open(library)
    try:
        assert opened.damage() == []
        with opened.view() as view:
            rows = view.documents()
            for row in rows:
                text = view.text(row.id)
                assert text == texts[Path(row.source).name]
                passages = view.passages_of(row.id)
                assert len(passages) == row.last - row.first + 1
                assert {text[start:end] for passage in passages for start, end, *_ in passage.sentences}
            assert view.passages == sum(row.last - row.first + 1 for row in rows)
        return len(rows)
    finally:
        opened.close()


def _wait_for_more(library: Path, process: subprocess.Popen[str], more: int) -> None:
    """Wait until there are so many more documents, or the process has ended."""
    connection = apsw.Connection(str(library / DATABASE))
    connection.set_busy_timeout(10_000)
    try:
        ((first,),) = connection.execute("SELECT count(*) FROM documents")
        while process.poll() is None and connection.execute("SELECT count(*) FROM documents").fetchall() < [(first + more,)]:
            time.sleep(0.002)
    finally:
        connection.close()


@pytest.mark.timeout(3600)
def test_killed_at_random_moments_an_add_leaves_each_document_whole_or_absent(tmp_path: Path, encoder_folder: Path, tally: Counter[str]):
    """Documents are added, the process is killed again and again, and adding once more completes."""
    seed = random.SystemRandom().randrange(2**32)
    chance = random.Random(seed)
    folder = tmp_path / "documents"
    folder.mkdir()
    texts = {f"notes-{number}.txt": _text(number) for number in range(DOCUMENTS)}
    for name, text in texts.items():
        (folder / name).write_text(text, "utf-8", newline="")
    library = tmp_path / "library"
    _new_library(library, encoder_folder)
    seen = []
    for _ in range(KILLS):
        process = _footnote(library, "add", str(folder))
        _wait_for_more(library, process, chance.randrange(DOCUMENTS // 4))
        time.sleep(chance.uniform(0, 0.05))
        process.send_signal(signal.SIGKILL)
        process.communicate()
        tally["kills at random moments"] += process.returncode == -signal.SIGKILL
        seen.append(_check_wholeness(library, texts))
        if seen[-1] == len(texts):  # all done: start again from nothing, so that every kill has something to hit
            for path in library.glob(f"{DATABASE}*"):
                path.unlink()
            Library.create(library).close()
    assert len({count for count in seen if 0 < count < len(texts)}) > (1 if TORTURE else 0), f"the kills hit nothing: {seen}, seed {seed}"
    process = _footnote(library, "add", str(folder))
    assert process.wait(120) == 0, process.communicate()
    process.communicate()
    assert _check_wholeness(library, texts) == len(texts)
    doctor = _footnote(library, "doctor", "--deep")
    output, _ = doctor.communicate(timeout=120)
    assert doctor.returncode == 0, output


@contextmanager
def _serving(library: Path) -> Iterator[str]:
    process = _footnote(library, "serve", "--port", "0")
    assert process.stderr is not None
    try:
        ready = next(line for line in process.stderr if "ready at" in line)
        found = re.search(r"http://\S+", ready)
        assert found
        yield found[0]
    finally:
        process.terminate()
        process.communicate(timeout=20)


class _Clients:
    """Clients that ask until they are told to stop, and note every answer that cites what was removed before they asked."""

    def __init__(self, address: str) -> None:
        self.address = address
        self.removed: dict[str, float] = {}
        self.stop = threading.Event()
        self.faults: list[str] = []
        self.asked = 0
        self.citing = 0

    def run(self, seed: int) -> None:
        chance = random.Random(seed)
        with httpx2.Client(base_url=self.address, timeout=30) as client:
            while not self.stop.is_set():
                number = chance.randrange(40)
                question = f"On how many mornings was the {ANIMALS[number % len(ANIMALS)]} of valley {number} seen?"
                began = time.monotonic()
                response = client.post("/ask", json={"question": question})
                self.asked += 1
                if response.status_code != 200:
                    self.faults.append(response.text)
                    continue
                for citation in response.json()["citations"]:
                    self.citing += 1
                    if self.removed.get(citation["document"]["id"], began) < began:
                        self.faults.append(f"cites {citation['document']['id']}, removed before the question was asked")


@pytest.mark.timeout(900)
def test_clients_asking_while_documents_come_and_go_see_no_error_and_nothing_removed(tmp_path: Path, encoder_folder: Path):
    """8 clients ask a server while another process adds and removes documents."""
    folder = tmp_path / "library"
    _new_library(folder, encoder_folder)
    writer = Library.open(folder)
    ids = {}
    for number in range(20):
        ids[number], _ = writer.add(read_document(f"notes-{number}.txt", _text(number).encode()))
    writer.publish()
    with _serving(folder) as address, ThreadPoolExecutor(8) as pool:
        clients = _Clients(address)
        running = [pool.submit(clients.run, seed) for seed in range(8)]
        chance = random.Random(7)
        changes = 0
        until = time.monotonic() + SECONDS
        while time.monotonic() < until:
            number = chance.randrange(40)
            if number in ids:
                id = ids.pop(number)
                writer.remove(id)
                clients.removed[id] = time.monotonic()
            else:
                document = read_document(f"notes-{number}.txt", _text(number).encode())
                clients.removed.pop(f"notes-{number}", None)
                ids[number], _ = writer.add(document)
            changes += 1
            if changes % 25 == 0:
                writer.publish()
        clients.stop.set()
        for one in running:
            one.result()
    assert clients.faults == []
    assert changes > 20
    assert clients.asked > 20
    assert clients.citing > 20
    assert writer.damage() == []
    writer.close()


@pytest.mark.parametrize("number", [pytest.param(7, id="one"), pytest.param(12, id="another")])
def test_the_animals_texts_differ(number: int):
    """The generated documents can be told apart, or the tests above would prove nothing."""
    assert _text(number) != _text(number + 1)
