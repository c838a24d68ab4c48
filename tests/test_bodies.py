"""Request bodies: what is not plain JSON in UTF-8, not what was asked for, or too large is refused, and never repeated."""

import contextlib
import gzip
import json
import random
import select
import socket
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from httpx2 import Response
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from starlette.testclient import TestClient

from index.library import Library

Problem = Callable[..., dict[str, Any]]

MARKER = "MARKER-7f3a"
JSON = {"Content-Type": "application/json"}
WHOLE = '{"question": "What is a CD19‐ relapse?", "history": [{"role": "user", "content": "é🦘"}], "documents": [], "limit": 4}'.encode()
MEGABYTE = 2**20


def post(client: TestClient, body: bytes, **headers: str) -> Response:
    return client.post("/ask", content=body, headers={**JSON, **headers})


def body_with(**members: Any) -> bytes:
    return json.dumps({"question": "CD19", **members}).encode()


# What is not JSON


def test_a_whole_body_is_answered(client: TestClient):
    assert post(client, WHOLE).status_code == 200


def test_a_body_cut_short_at_any_byte_is_refused(client: TestClient, problem: Problem):
    for end in range(1, len(WHOLE)):
        problem(post(client, WHOLE[:end]), 400, "json_invalid")


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(b"[" * 100_000, id="100,000 brackets"),
        pytest.param(b"[" * 100_000 + b"]" * 100_000, id="100,000 brackets and their ends"),
        pytest.param(b'{"a":' * 1000 + b"1" + b"}" * 1000, id="1,000 objects"),
        pytest.param(b'{"a":' * 60 + b"1" + b"}" * 60, id="60 objects"),
        pytest.param(b'{"question":"CD19","a":' + b"[" * 32 + b"]" * 32 + b"}", id="33 levels"),
        pytest.param(b'{"question":NaN}', id="NaN for a text"),
        pytest.param(b'{"question":"CD19","limit":NaN}', id="NaN"),
        pytest.param(b'{"question":"CD19","limit":Infinity}', id="Infinity"),
        pytest.param(b'{"question":"CD19","limit":-Infinity}', id="-Infinity"),
        pytest.param(b'{"question":"CD19","limit":' + b"9" * 5000 + b"}", id="5,000 digits"),
        pytest.param(b'{"question":"CD19","question":"CD22"}', id="a name twice"),
        pytest.param(b'{"question":"CD19","history":[{"role":"user","role":"user","content":""}]}', id="a name twice, deep inside"),
        pytest.param(b'{"question":"CD19","quest\\u0069on":"CD22"}', id="a name twice, once escaped"),
        pytest.param(b'{"question":"\xff"}', id="not UTF-8"),
        pytest.param(b'{"question":"\xc0\xaf"}', id="overlong UTF-8"),
        pytest.param(b'{"question":"\xed\xa0\x80"}', id="a surrogate in UTF-8"),
        pytest.param('{"question":"CD19"}'.encode("utf-16"), id="UTF-16"),
        pytest.param('{"question":"CD19"}'.encode("utf-16-be"), id="UTF-16 without a mark"),
        pytest.param('{"question":"CD19"}'.encode("utf-32"), id="UTF-32"),
        pytest.param(b"\xef\xbb\xbf" + b'{"question":"CD19"}', id="byte order mark"),
        pytest.param(b"{'question':'CD19'}", id="single quotes"),
        pytest.param(b'{"question":"CD19",}', id="a comma too many"),
        pytest.param(b'{"question":"CD19"} x', id="something behind"),
        pytest.param(b'{"question":"CD19"}{"question":"CD19"}', id="two values"),
        pytest.param(b'{"question":"line\nbreak"}', id="a bare line break"),
        pytest.param(b'{"question":"\x1b"}', id="a bare control character"),
        pytest.param(b"question=CD19", id="a form"),
        pytest.param(b" ", id="a space"),
        pytest.param(f'{{"{MARKER}": {MARKER}}}'.encode(), id="a marker"),
    ],
)
def test_what_is_not_plain_json_in_utf8_is_refused(client: TestClient, problem: Problem, body: bytes):
    members = problem(post(client, body), 400, "json_invalid")
    assert members["detail"] == "The body is not JSON as RFC 8259 has it, in UTF-8."
    assert "errors" not in members
    assert MARKER not in str(members)


def test_thirty_two_levels_are_read_and_refused_only_for_what_they_hold(client: TestClient, problem: Problem):
    members = problem(post(client, b'{"question":"CD19","a":' + b"[" * 31 + b"]" * 31 + b"}"), 422, "invalid")
    assert members["errors"] == [{"where": "body.(unknown)", "what": "Extra inputs are not permitted"}]


# What is JSON but not a question


@pytest.mark.parametrize("body", [b"", b"null", b"[]", b'"CD19"', b"0", b"true", b"{}", b'[{"question":"CD19"}]'])
def test_a_body_that_is_no_question_is_invalid(client: TestClient, problem: Problem, body: bytes):
    (fault,) = problem(post(client, body), 422, "invalid")["errors"]
    assert fault["where"] in ("body", "body.question")


@pytest.mark.parametrize(
    ("body", "where"),
    [
        pytest.param(b'{"question":"CD19 \\ud800"}', "body.question", id="a high surrogate"),
        pytest.param(b'{"question":"CD19 \\udc00"}', "body.question", id="a low surrogate"),
        pytest.param(b'{"question":"CD19 \\udd98\\ud83e"}', "body.question", id="a pair reversed"),
        pytest.param(b'{"question":"CD19 \\u0000"}', "body.question", id="NUL"),
        pytest.param(b'{"question":"CD19","documents":["\\ud800"]}', "body.documents.0", id="a surrogate in an id"),
        pytest.param(b'{"question":"CD19","documents":["a","\\u0000"]}', "body.documents.1", id="NUL in an id"),
        pytest.param(b'{"question":"CD19","history":[{"role":"user","content":"\\udfff"}]}', "body.history.0.content", id="in the history"),
        pytest.param(
            b'{"question":"CD19","history":[{"role":"user","content":"\\u0000"}]}', "body.history.0.content", id="NUL in the history"
        ),
        pytest.param(b'{"question":"CD19","\\ud800":1}', "body", id="a surrogate in a name"),
        pytest.param(b'{"question":"CD19","\\u0000":1}', "body.(unknown)", id="NUL in a name"),
    ],
)
def test_nul_and_lone_surrogates_are_invalid(client: TestClient, problem: Problem, body: bytes, where: str):
    assert problem(post(client, body), 422, "invalid")["errors"][0]["where"] == where


@pytest.mark.parametrize("character", ["\x01", "\x07", "\x1b", "\x7f", "\x85", "\ufffe", "\uffff", "\u202e", "\u2028", "🦘", "\U000e0041"])
def test_other_odd_characters_are_taken_as_they_are(client: TestClient, character: str):
    """A pair of surrogates is the one character it stands for; controls are escaped or kept, never dropped."""
    response = post(client, json.dumps({"question": f"CD19{character} relapse"}).encode())
    assert response.status_code == 200
    assert response.json()["question"] == f"CD19{character} relapse"


@pytest.mark.parametrize("limit", [1, 20])
def test_a_limit_at_its_bounds_is_taken(client: TestClient, limit: int):
    assert post(client, body_with(limit=limit)).status_code == 200


@pytest.mark.parametrize(
    ("limit", "rule"),
    [
        pytest.param("0", "greater than or equal to 1", id="0"),
        pytest.param("-1", "greater than or equal to 1", id="-1"),
        pytest.param("21", "less than or equal to 20", id="21"),
        pytest.param("2147483648", "less than or equal to 20", id="2^31"),
        pytest.param("9223372036854775808", "less than or equal to 20", id="2^63"),
        pytest.param("9" * 400, "less than or equal to 20", id="400 digits"),
        pytest.param("-" + "9" * 400, "greater than or equal to 1", id="400 digits below 0"),
        pytest.param("1e400", "integer", id="1e400"),
        pytest.param("4.0", "integer", id="4.0"),
        pytest.param("4.5", "integer", id="4.5"),
        pytest.param("true", "integer", id="true"),
        pytest.param('"4"', "integer", id="a digit in quotes"),
        pytest.param("null", "integer", id="null"),
        pytest.param("[4]", "integer", id="a list"),
    ],
)
def test_a_limit_that_is_no_number_within_its_bounds_is_invalid(client: TestClient, problem: Problem, limit: str, rule: str):
    members = problem(post(client, f'{{"question":"CD19","limit":{limit}}}'.encode()), 422, "invalid")
    assert [fault["where"] for fault in members["errors"]] == ["body.limit"]
    assert rule in members["errors"][0]["what"]


@pytest.mark.parametrize(
    ("at_bound", "over", "where"),
    [
        pytest.param({"question": "a" * 2000}, {"question": "a" * 2001}, "body.question", id="question"),
        pytest.param({"question": "🦘" * 1999 + "a"}, {"question": "🦘" * 2000 + "a"}, "body.question", id="question in code points"),
        pytest.param(
            {"history": [{"role": "user", "content": "Who?"}] * 100},
            {"history": [{"role": "user", "content": "Who?"}] * 101},
            "body.history",
            id="messages",
        ),
        pytest.param(
            {"history": [{"role": "user", "content": "a" * 20_000}]},
            {"history": [{"role": "user", "content": "a" * 20_001}]},
            "body.history.0.content",
            id="a message",
        ),
        pytest.param(
            {"documents": ["car-t-resistance-editorial"] * 1000},
            {"documents": ["car-t-resistance-editorial"] * 1001},
            "body.documents",
            id="documents",
        ),
    ],
)
def test_a_field_is_taken_whole_up_to_its_bound_and_refused_beyond(
    client: TestClient, problem: Problem, at_bound: dict[str, Any], over: dict[str, Any], where: str
):
    answer = post(client, body_with(**at_bound))
    assert answer.status_code == 200
    assert answer.json()["question"] == at_bound.get("question", "CD19")
    assert [fault["where"] for fault in problem(post(client, body_with(**over)), 422, "invalid")["errors"]] == [where]


@pytest.mark.parametrize("question", ["", " ", "\t\r\n", "\u200b", "\u00a0\u3000", "?!", "…", "\u0301", "🦘"])
def test_a_question_without_a_word_is_not_asked(client: TestClient, problem: Problem, question: str):
    members = problem(post(client, json.dumps({"question": question}).encode()), 422, "question_invalid")
    assert members["detail"] == "The question holds no word. Write what you want to know."


@pytest.mark.parametrize("question", ["the of and", "Why?", "و", "为什么", "5"])
def test_a_question_of_a_word_that_says_little_is_asked(client: TestClient, question: str):
    assert post(client, json.dumps({"question": question}).encode()).json()["question"] == question


@pytest.mark.parametrize(
    "members",
    [
        pytest.param({"Question": "x"}, id="other case"),
        pytest.param({"stream": True}, id="a name of other interfaces"),
        pytest.param({"__proto__": {}}, id="prototype"),
        pytest.param({"history": [{"role": "user", "content": "x", "name": "x"}]}, id="in a message"),
        pytest.param({MARKER: MARKER}, id="a marker"),
    ],
)
def test_unknown_names_are_refused_and_not_repeated(client: TestClient, problem: Problem, members: dict[str, Any]):
    (fault,) = problem(post(client, body_with(**members)), 422, "invalid")["errors"]
    assert fault["where"] in ("body.(unknown)", "body.history.0.(unknown)")
    assert fault["what"] == "Extra inputs are not permitted"


# What is not sent as JSON


@pytest.mark.parametrize(
    "media_type",
    [
        "application/json",
        "application/json; charset=utf-8",
        'application/json;charset="UTF-8"',
        "APPLICATION/JSON",
        " application/json ",
    ],
)
def test_json_is_read_however_its_type_is_written(client: TestClient, media_type: str):
    response = client.post("/ask", content=b'{"question":"CD19"}', headers={"Content-Type": media_type})
    assert response.status_code == 200


@pytest.mark.parametrize(
    "media_type",
    [
        None,
        "",
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/json; charset=latin-1",
        "application/json; charset=utf-16",
        "application/json; boundary=x",
        "application/jsonx",
        "application/ld+json",
        "text/json",
        "text/plain; application/json",
        "text/plain, application/json",
        MARKER,
    ],
)
def test_what_is_not_said_to_be_json_in_utf8_is_not_read(client: TestClient, problem: Problem, media_type: str | None):
    """A page elsewhere can make a browser send a form or text, but not JSON, in a visitor's name (CVE-2021-32677)."""
    headers = {} if media_type is None else {"Content-Type": media_type}
    members = problem(client.post("/ask", content=b'{"question":"CD19"}', headers=headers), 415, "media_type")
    assert MARKER not in str(members)


@pytest.mark.parametrize(
    ("encoding", "body"),
    [
        pytest.param("gzip", gzip.compress(b'{"question":"CD19"}'), id="gzip"),
        pytest.param("gzip", b'{"question":"CD19"}', id="gzip in name only"),
        pytest.param("gzip", gzip.compress(b" " * 100 * MEGABYTE), id="a bomb"),
        pytest.param("deflate", b'{"question":"CD19"}', id="deflate"),
        pytest.param("identity, gzip", b'{"question":"CD19"}', id="two"),
        pytest.param(MARKER, b'{"question":"CD19"}', id="a marker"),
    ],
)
def test_an_encoded_body_is_not_read(client: TestClient, problem: Problem, encoding: str, body: bytes):
    members = problem(post(client, body, **{"Content-Encoding": encoding}), 415, "content_encoding")
    assert MARKER not in str(members)


# What is too large


def test_a_body_is_read_up_to_the_limit_and_refused_beyond(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient], problem: Problem
):
    client = client_of(make_library({"wombat.txt": "The wombat digs burrows.\n"}), largest_body=2000)
    body = b'{"question":"What digs?"}'
    assert post(client, body + b" " * (2000 - len(body))).status_code == 200
    members = problem(post(client, body + b" " * (2001 - len(body))), 413, "too_large")
    assert members["detail"] == "The body is over the limit of 2000 bytes (FOOTNOTE_LARGEST_BODY)."


def test_a_body_without_a_length_is_read_up_to_the_limit_and_refused_beyond(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient], problem: Problem
):
    client = client_of(make_library({"wombat.txt": "The wombat digs burrows.\n"}), largest_body=2000)
    taken = 0

    def pieces(count: int) -> Iterator[bytes]:
        nonlocal taken
        for piece in (b'{"question":"What digs?"', *[b" " * 100] * count, b"}"):
            taken += 1
            yield piece

    assert client.post("/ask", content=pieces(19), headers=JSON).status_code == 200
    problem(client.post("/ask", content=pieces(20), headers=JSON), 413, "too_large")


def test_a_question_of_a_megabyte_is_too_large_and_not_cut(client: TestClient, problem: Problem):
    problem(post(client, body_with(question="a" * MEGABYTE)), 413, "too_large")


def test_the_type_is_looked_at_before_the_size(client: TestClient, problem: Problem):
    problem(client.post("/ask", content=b"a" * 2 * MEGABYTE, headers={"Content-Type": "text/plain"}), 415, "media_type")


@pytest.mark.parametrize(
    ("head", "piece"),
    [
        pytest.param(b"Content-Length: 314572800", b"a" * 65536, id="300 MB"),
        pytest.param(b"Transfer-Encoding: chunked", b"10000\r\n" + b"a" * 65536 + b"\r\n", id="without an end"),
    ],
)
def test_a_huge_body_is_refused_early_and_does_not_fill_the_servers_memory(running: Any, head: bytes, piece: bytes):
    """The server answers 413 while the client still sends, takes less than 32 MB of memory for it, and closes the connection."""
    before = most = running.resident()
    received, left = b"", 300 * MEGABYTE
    with socket.create_connection(running.address, timeout=120) as connection:
        connection.sendall(b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n" + head + b"\r\n\r\n")
        while left > 0:
            try:
                if select.select([connection], [], [], 0)[0]:
                    if not (content := connection.recv(65536)):
                        break
                    received += content
                connection.sendall(piece)
            except (ConnectionResetError, BrokenPipeError):
                with contextlib.suppress(ConnectionResetError):
                    received += connection.recv(65536)
                break
            left -= len(piece)
            most = max(most, running.resident())
    assert received.startswith(b"HTTP/1.1 413 ")
    assert b'"code":"too_large"' in received
    assert most - before < 32 * MEGABYTE
    assert left > 0


def test_a_client_that_leaves_amid_its_body_disturbs_nobody(running: Any, exchange: Callable[[bytes], Any]):
    for _ in range(20):
        with socket.create_connection(running.address) as connection:
            connection.sendall(b"POST /ask HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: 100\r\n\r\n{")
    assert exchange(b"GET /health HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").statuses == [200]
    assert b"Traceback" not in running.log.read_bytes()


# Anything at all

NAMES = st.sampled_from(
    ["question", "history", "documents", "limit", "role", "content", MARKER, f"{MARKER}\0", f"\ud800{MARKER}", "__proto__"]
)
MARKED = st.sampled_from(
    [MARKER, f"{MARKER} CD19?", f"\0{MARKER}", f"{MARKER}\ud800", f"<b>{MARKER}", f"\x1b[2J{MARKER}", MARKER * 300, "", "?"]
)
NUMBERS = st.one_of(st.integers(-2, 22), st.integers(), st.floats(allow_nan=True, allow_infinity=True), st.just(10**4000))
VALUES = st.recursive(
    st.one_of(MARKED, NUMBERS, st.booleans(), st.none()),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(NAMES, inner, max_size=3)),
    max_leaves=6,
)
QUESTIONS = st.fixed_dictionaries(
    {"question": st.one_of(st.just("CD19"), st.just(f"{MARKER} CD19?"), MARKED, VALUES)},
    optional={
        "limit": st.one_of(st.integers(1, 20), VALUES),
        "documents": st.one_of(st.lists(MARKED, max_size=2), VALUES),
        "history": st.one_of(
            st.lists(st.fixed_dictionaries({"role": st.sampled_from(["user", "assistant", MARKER]), "content": MARKED}), max_size=2), VALUES
        ),
        MARKER: VALUES,
    },
)
GOOD = st.fixed_dictionaries(
    {"question": st.sampled_from(["CD19", f"{MARKER} CD19?", "\x1b[2J CD19 \u2028"])},
    optional={"limit": st.integers(1, 20), "history": st.just([{"role": "user", "content": MARKER}])},
)
TYPES = st.sampled_from(["application/json"] * 8 + [f"text/{MARKER}", f"application/json; charset={MARKER}"])
ACCEPTED = st.sampled_from(["application/json", "text/event-stream", MARKER])


@example(value={"question": MARKER, MARKER: MARKER}, damage=0, media_type="application/json", accepted="*/*")
@example(value={"question": f"What does {MARKER} do?"}, damage=0, media_type="application/json", accepted="text/event-stream")
@given(value=st.one_of(GOOD, QUESTIONS, QUESTIONS, VALUES), damage=st.integers(0, 8), media_type=TYPES, accepted=ACCEPTED)
@settings(max_examples=300, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_sent_it_is_answered_or_refused_and_never_repeated(
    client: TestClient, problem: Problem, value: Any, damage: int, media_type: str, accepted: str
):
    """Never a 5xx; what is refused is a problem document without a piece of the input, from values and from names alike."""
    body = _damaged(json.dumps(value).encode(), damage)
    response = client.post("/ask", content=body, headers={"Content-Type": media_type, "Accept": accepted})
    if response.status_code == 200:
        content = response.text.split("event: answer\ndata: ")[-1] if accepted == "text/event-stream" else response.text
        answer = json.loads(content)
        assert answer["question"] == json.loads(body)["question"]
        text = client.get("/documents/car-t-resistance-editorial/text").text
        assert all(text[one["start"] : one["end"]] == one["quote"] for one in answer["citations"])
        return
    members = problem(response, response.status_code)
    assert response.status_code in (400, 404, 413, 415, 422)
    assert "MARKER" not in response.text
    assert "7f3a" not in response.text.replace(members["request_id"], "")


def _damaged(body: bytes, seed: int) -> bytes:
    """The body as it is for most seeds; cut, or with a byte changed, put in or left out, for the others."""
    place = random.Random(seed * 1000 + len(body)).randrange(len(body))
    match seed:
        case 1:
            return body[:place]
        case 2:
            return body[:place] + bytes([body[place] ^ 0x80]) + body[place + 1 :]
        case 3:
            return body[:place] + body[place + 1 :]
        case _:
            return body


@given(
    query=st.dictionaries(st.sampled_from(["q", "limit", "document", MARKER]), MARKED.filter(lambda text: text.isprintable()), max_size=4)
)
@settings(max_examples=100, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
def test_whatever_is_searched_for_it_is_answered_or_refused_and_never_repeated(client: TestClient, problem: Problem, query: dict[str, str]):
    response = client.get("/search", params=query)
    if response.status_code != 200:
        problem(response, response.status_code)
        assert response.status_code in (404, 422)
        assert "MARKER" not in response.text
