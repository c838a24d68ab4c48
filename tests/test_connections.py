"""Clients that send or take nothing do not hold a connection for ever; those that are slow but living may go on."""

import contextlib
import json
import re
import socket
import threading
import time
from collections.abc import Callable, Iterator

import pytest
import uvicorn
from starlette.testclient import TestClient

from api.connections import Connection
from api.server import listen
from index.library import Library

PATIENCE = 0.5  # seconds, in these tests
QUESTION = b'{"question": "What does the otter eat?"}'
ASK = b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n" % len(QUESTION)
PART = b'--b\r\nContent-Disposition: form-data; name="file"; filename="otter.txt"\r\n\r\n'
END = b"\r\n--b--\r\n"
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n"


class Impatient(Connection):
    """One that waits no longer than a test can."""

    patience, writing = PATIENCE, PATIENCE


def _upload(content: bytes) -> bytes:
    """The head of a request that brings a file."""
    length = len(PART) + len(content) + len(END)
    head = "POST /documents HTTP/1.1\r\nHost: localhost\r\nContent-Type: multipart/form-data; boundary=b\r\nContent-Length: {}\r\n\r\n"
    return head.format(length).encode()


@pytest.fixture(scope="module")
def port(editorial_library: Library, client_of: Callable[..., TestClient]) -> Iterator[int]:
    """The port of a real server whose connections are impatient."""
    bound = listen("127.0.0.1", 0)
    config = uvicorn.Config(client_of(editorial_library).app, http=Impatient, log_level="error", ws="none", timeout_graceful_shutdown=1)
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([bound],))
    thread.start()
    yield bound.getsockname()[1]
    server.should_exit = True
    thread.join()
    bound.close()


@contextlib.contextmanager
def _connected(port: int, *pieces: bytes, pause: float = 0.0) -> Iterator[socket.socket]:
    """A connection by which pieces were sent."""
    with socket.create_connection(("127.0.0.1", port), timeout=40 * PATIENCE) as connection:
        for piece in pieces:
            connection.sendall(piece)
            time.sleep(pause)
        yield connection


def _said(connection: socket.socket) -> bytes:
    """All that the server says until it closes the connection."""
    said = b""
    with contextlib.suppress(ConnectionResetError):
        while piece := connection.recv(2**16):
            said += piece
    return said


def _statuses(said: bytes) -> list[int]:
    return [int(status) for status in re.findall(rb"HTTP/1\.1 (\d{3}) ", said)]


@pytest.mark.parametrize(
    ("sent", "statuses"),
    [
        pytest.param(b"", [], id="nothing"),
        pytest.param(b"G", [408], id="a letter"),
        pytest.param(HEALTH[:-2], [408], id="a head without its end"),
        pytest.param(ASK, [408], id="a head without its body"),
        pytest.param(ASK + QUESTION[:-1], [408], id="a body without its last character"),
        pytest.param(_upload(b"otter") + PART + b"ott", [408], id="half a file"),
        pytest.param(HEALTH + b"GET /hea", [200, 408], id="one request and half of the next"),
        pytest.param(HEALTH + ASK + QUESTION[:5], [200, 408], id="one request and the next without its body"),
    ],
)
def test_what_is_left_half_said_is_answered_and_closed(port: int, editorial_library: Library, sent: bytes, statuses: list[int]):
    with _connected(port, sent) as connection:
        said = _said(connection)
    assert _statuses(said) == statuses
    if statuses:
        problem = json.loads(said.rpartition(b"\r\n\r\n")[2])
        assert (problem["status"], problem["code"]) == (408, "too_slow")
        assert b"application/problem+json" in said
    while list((editorial_library.folder / "jobs").glob(".new-*")):  # until the test's own time is over
        time.sleep(0.01)


def test_a_head_that_comes_letter_by_letter_is_given_up(port: int):
    started = time.monotonic()
    with _connected(port) as connection, contextlib.suppress(ConnectionError):
        for i in range(len(HEALTH) - 1):
            connection.sendall(HEALTH[i : i + 1])
            time.sleep(PATIENCE / 10)
    assert time.monotonic() - started < len(HEALTH) * PATIENCE / 10


def test_a_request_that_is_slow_but_living_is_answered(port: int):
    """Each piece of a body is enough for one stretch of patience; together they take several."""
    question = json.dumps({"question": "What does the otter eat?", "documents": []}).encode() + b" " * 5000
    head = ASK.replace(b"Content-Length: %d" % len(QUESTION), b"Connection: close\r\nContent-Length: %d" % len(question))
    pieces = [question[i : i + 1100] for i in range(0, len(question), 1100)]
    with _connected(port, head, *pieces, pause=0.7 * PATIENCE) as connection:
        assert _statuses(_said(connection)) == [200]


def test_requests_are_answered_while_hundreds_are_half_sent(port: int):
    with contextlib.ExitStack() as ending:
        half = [ending.enter_context(_connected(port, sent)) for sent in (HEALTH[:20], ASK + b"{") for _ in range(100)]
        for _ in range(20):
            with _connected(port, HEALTH.replace(b"\r\n\r\n", b"\r\nConnection: close\r\n\r\n")) as connection:
                assert _statuses(_said(connection)) == [200]
        assert {tuple(_statuses(_said(connection))) for connection in half} == {(408,)}


def test_an_event_stream_that_is_longer_than_patience_is_not_cut(port: int):
    head = ASK.replace(b"Content-Type", b"Accept: text/event-stream\r\nConnection: close\r\nContent-Type")
    with _connected(port, head + QUESTION, pause=2 * PATIENCE) as connection:
        said = _said(connection)
    assert _statuses(said) == [200]
    assert b"event: answer" in said


def test_a_client_that_takes_nothing_of_a_large_response_is_left(port: int):
    """What one asks for many times over one connection, and does not read, stands in the way of the server alone for so long."""
    with _connected(port) as connection:
        connection.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 2048)
        text = b"GET /documents/car-t-resistance-editorial/text HTTP/1.1\r\nHost: localhost\r\n\r\n"
        with pytest.raises(ConnectionError):
            _say_for_ever(connection, text)


def _say_for_ever(connection: socket.socket, what: bytes) -> None:
    while True:
        connection.sendall(what)
        time.sleep(0.001)
