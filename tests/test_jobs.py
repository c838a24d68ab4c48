"""Jobs: what was acknowledged becomes documents, whatever is killed meanwhile. Servers and working processes here are real."""

import contextlib
import hashlib
import json
import os
import re
import resource
import signal
import socket
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from api.jobs import JOBS, KEPT, Done, Job, Sent, forget_old, jobs_of, read_job
from api.workers import Workers
from index.database import Database
from index.files import locked
from index.library import DATABASE, Library
from index.reading import read_document

Problem = Callable[..., dict[str, Any]]
Server = Any
HANGING = 120  # seconds after which a thing awaited is given up


@pytest.fixture
def home(encoder_folder: Path, tmp_path: Path) -> Path:
    """A folder with a new library."""
    folder = tmp_path / "library"
    folder.mkdir()
    (folder / encoder_folder.name).symlink_to(encoder_folder)
    Library.create(folder).close()
    return folder


@pytest.fixture
def library(home: Path) -> Iterator[Library]:
    """The library in `home`."""
    opened = Library.open(home)
    yield opened
    opened.close()


@pytest.fixture
def client(library: Library, client_of: Callable[..., TestClient]) -> Iterator[TestClient]:
    """A client of the real application over `library`."""
    with client_of(library) as client:
        yield client


def until(found: Callable[[], Any]) -> Any:
    """What `found` gives once that is something."""
    given_up = time.monotonic() + HANGING
    while time.monotonic() < given_up:
        if result := found():
            return result
        time.sleep(0.01)
    raise AssertionError("waited in vain")


def text(number: int, sentences: int = 1) -> bytes:
    return "\n".join(f"The heron of valley {number} ate {k} eels." for k in range(sentences)).encode()


def form(*files: tuple[str, bytes]) -> list[tuple[str, tuple[str, bytes]]]:
    return [("file", file) for file in files]


def made(home: Path, *files: tuple[str, bytes]) -> Job:
    """A job as a server leaves it in the folder of a library."""
    (home / JOBS).mkdir(exist_ok=True)
    folder = home / JOBS / ".new-by-hand"
    folder.mkdir()
    for number, (_, content) in enumerate(files):
        (folder / str(number)).write_bytes(content)
    sent = tuple(Sent(name, len(content), hashlib.sha256(content).hexdigest()) for name, content in files)
    return Job(folder, sent).publish(home)


def working(home: Path) -> list[int]:
    """The processes that do jobs of a library."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            command = (folder / "cmdline").read_bytes().split(b"\0")
            is_alive = not re.search(r"^State:\s+Z", (folder / "status").read_text("utf-8"), re.MULTILINE)
        except OSError:
            continue
        if is_alive and b"api.working" in command and str(home).encode() in command:
            found.append(int(folder.name))
    return found


def session(id: int) -> list[int]:
    """The living processes of a session."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            if os.getsid(int(folder.name)) == id and not re.search(r"^State:\s+Z", (folder / "status").read_text("utf-8"), re.MULTILINE):
                found.append(int(folder.name))
    return found


def events(content: str) -> list[tuple[str, dict[str, Any]]]:
    return [(name, json.loads(data)) for name, data in re.findall(r"event: (\w+)\ndata: (.+)\n", content)]


# Over HTTP


def test_what_is_not_waited_for_is_a_job_that_tells_what_became_of_it(client: TestClient):
    files = form(("a.txt", text(1)), ("b.pdf", b"MZ\x00"), ("c.txt", text(1)))
    response = client.post("/documents", files=files, headers={"Prefer": "wait=9, respond-async"})
    assert response.status_code == 202
    assert response.headers["preference-applied"] == "respond-async"
    first = response.json()
    assert response.headers["location"] == first["url"] == f"/jobs/{first['id']}"
    assert (first["total"], first["bytes"], first["cancelled"]) == (3, 2 * len(text(1)) + 3, False)
    *progress, (last, done) = events(client.get(first["url"], headers={"Accept": "text/event-stream"}).text)
    assert {name for name, _ in progress} <= {"progress"}
    assert all(one["state"] in ("queued", "running") and one["id"] == first["id"] for _, one in progress)
    assert [one["done"] for _, one in progress] == sorted(one["done"] for _, one in progress)
    assert (last, done["state"], done["done"], done["bytes_done"]) == ("job", "done", 3, first["bytes"])
    assert done["counts"] == {"added": 1, "refused": 1, "duplicate": 1}
    assert [(one["name"], one["outcome"]) for one in done["files"]] == [("a.txt", "added"), ("b.pdf", "refused"), ("c.txt", "duplicate")]
    assert client.get(first["url"]).json() == done
    (listed,) = client.get("/jobs").json()["jobs"]
    assert listed == {name: value for name, value in done.items() if name != "files"}


def test_what_is_large_is_not_waited_for(client: TestClient):
    response = client.post("/documents", files=form(("large.pdf", bytes(4 * 2**20 + 1))))
    assert (response.status_code, response.json()["bytes"]) == (202, 4 * 2**20 + 1)
    assert "preference-applied" not in response.headers


def test_jobs_are_listed_the_latest_first(client: TestClient):
    ids = [client.post("/documents", files=form((f"{n}.txt", text(n)))).json()["job"] for n in range(3)]
    assert [job["id"] for job in client.get("/jobs").json()["jobs"]] == ids[::-1]


@pytest.mark.parametrize("method", ["GET", "DELETE"])
@pytest.mark.parametrize(
    ("id", "status", "code"),
    [("0" * 24, 404, "job_not_found"), ("0" * 23, 422, "invalid"), ("A" * 24, 422, "invalid"), (".lock", 422, "invalid")],
)
def test_there_is_no_job_of_another_id(client: TestClient, problem: Problem, method: str, id: str, status: int, code: str):
    problem(client.request(method, f"/jobs/{id}"), status, code)


def test_a_job_that_is_cancelled_adds_nothing_more(client: TestClient, library: Library):
    """The lock that a working process takes first is held, so that the job is queued when it is cancelled."""
    (library.folder / JOBS).mkdir()
    with locked(library.folder / JOBS / ".lock"):
        files = form(("a.txt", text(1)), ("b.txt", text(2)))
        url = client.post("/documents", files=files, headers={"Prefer": "respond-async"}).json()["url"]
        cancelled = client.delete(url).json()
        assert (cancelled["state"], cancelled["cancelled"], cancelled["done"]) == ("queued", True, 0)
    _, (_, done) = events(client.get(url, headers={"Accept": "text/event-stream"}).text)[-2:]
    assert (done["state"], done["counts"]) == ("done", {"cancelled": 2})
    assert client.get("/documents").json()["total"] == 0
    assert client.delete(url).json() == done
    assert {path.name for path in (library.folder / url[1:]).iterdir()} == {"job.json", "journal", "cancelled"}


def test_eight_who_send_the_same_file_at_once_get_one_document(client: TestClient):
    with ThreadPoolExecutor(8) as pool:
        responses = list(pool.map(lambda _: client.post("/documents", files=form(("same.txt", text(1)))), range(8)))
    found = [response.json()["files"][0] for response in responses]
    assert sorted(one["outcome"] for one in found) == ["added"] + ["unchanged"] * 7
    assert {one["document"]["id"] for one in found} == {"same"}
    assert sorted(response.status_code for response in responses) == [200] * 7 + [201]
    assert len({response.json()["job"] for response in responses}) == 8


def test_the_process_that_does_jobs_is_not_the_server_and_yields_to_it(client: TestClient, library: Library):
    client.post("/documents", files=form(("a.txt", text(1))))
    (id,) = working(library.folder)
    assert id != os.getpid()
    assert os.getpriority(os.PRIO_PROCESS, id) >= os.getpriority(os.PRIO_PROCESS, 0) + 10 or os.getpriority(os.PRIO_PROCESS, id) == 19
    assert os.getsid(id) == id
    client.post("/documents", files=form(("b.txt", text(2))))
    assert working(library.folder) == [id]  # the same for the next job


def test_it_ends_with_the_application(library: Library, client_of: Callable[..., TestClient]):
    with client_of(library) as client:
        client.post("/documents", files=form(("a.txt", text(1))))
        (id,) = working(library.folder)
    assert session(id) == []


# On the disk


def test_a_job_is_read_as_it_was_written(home: Path):
    (home / JOBS).mkdir()
    folder = home / JOBS / ".new-by-hand"
    folder.mkdir()
    said = {"journal": "Blood", "authors": ("Ann Lee", "Bo Öl"), "year": 2020}
    job = Job(folder, (Sent("ä.txt", 3, "ab"), Sent("", refused=True)), said, "an-id", "cd", is_expected=True)
    published = job.publish(home)
    assert not folder.exists()
    assert re.fullmatch("[0-9a-f]{24}", published.id)
    assert (published.files, published.metadata, published.document, published.present) == (job.files, said, "an-id", "cd")
    assert (published.expected, published.made) == ("cd", job.made)
    assert published.state(published.progress()) == "queued"
    assert published.progress().done == {1: Done("refused", code="name_invalid")}


def test_a_line_of_the_journal_that_was_cut_off_takes_none_with_it(home: Path):
    job = made(home, ("a.txt", b"a"), ("b.txt", b"b"))
    job.write_done(0, Done("added", "a"))
    with (job.folder / "journal").open("ab") as journal:
        journal.write(b'{"file": 1, "outc')
    assert job.progress().done == {0: Done("added", "a")}
    job.write_done(1, Done("refused", code="unreadable", reason="it is \udcff “so”."))
    assert job.progress().done[1].outcome == "refused"
    assert job.state(job.progress()) == "done"


def test_finished_jobs_are_kept_a_while_and_those_that_are_not_finished_until_they_are(home: Path):
    unfinished = made(home, ("a.txt", b"a"))
    ids = []
    for number in range(KEPT + 3):
        job = made(home, (f"{number}.txt", b"a"))
        job.write_done(0, Done("unchanged", "a"))
        ids.append(job.id)
        time.sleep(0.002)  # ids rise with milliseconds
    forget_old(home)
    assert [job.id for job in jobs_of(home)] == [*ids[:2:-1], unfinished.id]
    with pytest.raises(FileNotFoundError):
        read_job(home / JOBS / ids[0])


# What was killed


def finished(workers: Workers, library: Library, job: Job) -> dict[int, Done]:
    """What became of the files of a job that workers take up."""
    try:
        workers.take_up(library.folder)
        until(lambda: job.state(job.progress()) == "done")
    finally:
        workers.close()
    return job.progress().done


def test_a_job_goes_on_where_the_process_before_left_it(library: Library):
    """That one stored the first file and said so, stored the second and died before it could say so, and began the third."""
    job = made(library.folder, *((f"{n}.txt", text(n)) for n in range(4)))
    for number in (0, 1):
        library.add(read_document(f"upload://{number}.txt", text(number)))
    for number in range(3):
        job.write(taken=number, held=False)
    job.write_done(0, Done("added", "0"))
    done = finished(Workers(library.folder), library, job)
    assert [(done[n].outcome, done[n].id) for n in range(4)] == [("added", str(n)) for n in range(4)]
    with library.view() as view:
        assert [view.text(str(n)).encode() for n in range(4)] == [text(n) for n in range(4)]


def test_a_file_that_was_there_before_is_unchanged_however_often_it_is_begun(library: Library):
    library.add(read_document("upload://a.txt", text(1)))
    job = made(library.folder, ("a.txt", text(1)))
    job.write(taken=0, held=True)
    assert finished(Workers(library.folder), library, job)[0] == Done("unchanged", "a")


@pytest.mark.parametrize(
    ("marks", "outcome", "code"),
    [
        pytest.param([{"taken": 0, "held": False}], "added", "", id="once"),
        pytest.param([{"taken": 0, "held": False}] * 2, "refused", "crashed", id="twice"),
        pytest.param([{"taken": 0, "held": False}, {"left": True}] * 3, "added", "", id="never, but the server was stopped three times"),
    ],
)
def test_a_file_of_which_two_processes_died_is_refused_and_the_next_is_not(
    library: Library, marks: list[dict[str, Any]], outcome: str, code: str
):
    job = made(library.folder, ("a.txt", text(1)), ("b.txt", text(2)))
    for mark in marks:
        job.write(**mark)
    done = finished(Workers(library.folder), library, job)
    assert (done[0].outcome, done[0].code, done[1].outcome) == (outcome, code, "added")
    assert not job.path(0).exists()


def test_a_working_process_that_is_killed_is_started_again_and_everything_is_added_once(client: TestClient, library: Library):
    files = form(*((f"{n}.txt", text(n, 30)) for n in range(8)))
    url = client.post("/documents", files=files, headers={"Prefer": "respond-async"}).json()["url"]
    (id,) = until(lambda: working(library.folder))
    until(lambda: client.get(url).json()["done"])
    os.kill(id, signal.SIGKILL)
    done = until(lambda: (found := client.get(url).json())["state"] == "done" and found)
    assert done["counts"] == {"added": 8}
    assert library.damage() == []
    assert client.get("/documents").json()["total"] == 8


def test_what_a_process_started_ends_when_it_is_killed(client: TestClient, library: Library):
    """It starts processes that parse, each the leader of a group of its own."""
    client.post("/documents", files=form(("a.txt", text(1))))
    (id,) = working(library.folder)
    started = session(id)
    assert len(started) >= 2
    os.kill(id, signal.SIGKILL)
    client.post("/documents", files=form(("b.txt", text(2))))
    until(lambda: not session(id))
    assert working(library.folder) != [id]


def test_a_file_that_kills_the_process_each_time_is_refused_and_nobody_else_suffers(client: TestClient, library: Library):
    """What kills it is this test, whenever the large file is in work alone."""
    files = form(("killer.txt", text(0, 20_000)), ("b.txt", text(1)))
    url = client.post("/documents", files=files, headers={"Prefer": "respond-async"}).json()["url"]
    job = read_job(library.folder / url[1:])
    for times in (1, 2):
        until(lambda times=times: job.progress().taken[0] == times)
        assert 0 not in job.progress().done
        os.kill(until(lambda: working(library.folder))[0], signal.SIGKILL)
        until(lambda: client.get("/health").status_code == 200)
    done = until(lambda: (found := client.get(url).json())["state"] == "done" and found)
    assert [(one["outcome"], one["problem"] and one["problem"]["code"]) for one in done["files"]] == [
        ("refused", "crashed"),
        ("added", None),
    ]
    assert client.get("/documents").json()["total"] == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_server_acknowledged_is_done_after_it_was_ended_amid_it(
    home: Path, start_server: Callable[..., Server], number: signal.Signals
):
    server = start_server("--library", home, "--reader", "lexical")
    contents = {f"{n}.txt": text(n, 100) for n in range(24)}  # most are still to be encoded when the first is stored
    files = form(*contents.items())
    accepted = httpx2.post(f"{server.url}/documents", files=files, headers={"Prefer": "respond-async"}).json()
    job = read_job(home / accepted["url"][1:])
    until(lambda: job.progress().done)
    with Database(home / DATABASE).writing():  # who writes keeps the job amid its work, however fast that is done
        server.process.send_signal(number)
        server.process.wait()
        until(lambda: not working(home))
    before = job.progress()
    assert 0 < len(before.done) < 24
    assert not before.taken  # it was told to end: no file is to blame
    again = start_server("--library", home, "--reader", "lexical")
    done = until(lambda: (found := httpx2.get(f"{again.url}{accepted['url']}").json())["state"] == "done" and found)
    assert done["counts"] == {"added": 24}
    again.process.terminate()
    again.process.wait()
    opened = Library.open(home)
    assert opened.damage() == []
    with opened.view() as view:
        assert {row.source: view.text(row.id).encode() for row in view.documents()} == {
            f"upload://{name}": content for name, content in contents.items()
        }
    opened.close()


# What never arrived


HEAD = (
    b"POST /documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: 4000000\r\n\r\n"
    b'--b\r\nContent-Disposition: form-data; name="file"; filename="half.txt"\r\n\r\n'
)


def coming(home: Path) -> list[Path]:
    """What is on its way in, and was not acknowledged."""
    return [path for path in (home / JOBS).glob(".new-*/*") if path.stat().st_size > 0]


def test_of_an_upload_that_breaks_off_nothing_is_left(home: Path, start_server: Callable[..., Server]):
    server = start_server("--library", home, "--reader", "lexical")
    with socket.create_connection(server.address) as connection:
        connection.sendall(HEAD + b"x" * 1_000_000)
        until(lambda: coming(home))
    until(lambda: not list((home / JOBS).glob(".new-*")))
    assert httpx2.get(f"{server.url}/jobs").json() == {"jobs": []}
    with socket.create_connection(server.address) as connection:
        connection.sendall(HEAD + b"x" * 1_000_000)
        until(lambda: coming(home))
        server.process.kill()
        server.process.wait()
    assert coming(home)
    again = start_server("--library", home, "--reader", "lexical")
    assert httpx2.get(f"{again.url}/jobs").json() == {"jobs": []}
    assert list((home / JOBS).glob(".new-*")) == []
    again.process.kill()
    again.process.wait()


def test_a_full_disk_is_a_problem_of_the_server_and_nothing_is_left(home: Path, start_server: Callable[..., Server]):
    """The largest file that the server may write is set as small as a disk that is nearly full leaves it."""
    server = start_server("--library", home, "--reader", "lexical")
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (100_000, resource.RLIM_INFINITY))
    response = httpx2.post(f"{server.url}/documents", files=form(("large.txt", b"x" * 300_000)))
    assert (response.status_code, response.json()["code"]) == (507, "storage_full")
    assert response.headers["content-type"] == "application/problem+json"
    assert list((home / JOBS).iterdir()) == []
    resource.prlimit(server.process.pid, resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
    assert httpx2.post(f"{server.url}/documents", files=form(("small.txt", text(1))), timeout=HANGING).status_code == 201
    server.process.kill()
    server.process.wait()


def test_questions_are_answered_while_documents_come_in(home: Path, start_server: Callable[..., Server]):
    """Each answer is of one generation, and what is acknowledged is found."""
    server = start_server("--library", home, "--reader", "lexical")
    with httpx2.Client(base_url=server.url, timeout=HANGING) as client:
        assert client.post("/documents", files=form(("first.txt", text(0)))).status_code == 201
        files = form(*((f"{n}.txt", text(n, 40)) for n in range(1, 7)))
        url = client.post("/documents", files=files, headers={"Prefer": "respond-async"}).json()["url"]
        generations = []
        while client.get(url).json()["state"] != "done":
            answer = client.post("/ask", json={"question": "How many eels did the heron of valley 0 eat?", "caution": 0})
            assert answer.status_code == 200
            assert answer.json()["citations"]
            generations.append(answer.json()["library"]["generation"])
        assert generations == sorted(generations)
        found = client.get("/search", params={"q": "heron of valley 6", "document": "6"}).json()["passages"]
        assert {one["document"]["id"] for one in found} == {"6"}
    server.process.kill()
    server.process.wait()
