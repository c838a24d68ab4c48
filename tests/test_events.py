"""The way to an answer as server-sent events, read as the WHATWG standard says a browser reads them."""

import json
from collections.abc import Callable, Sequence
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from index.library import Library
from index.view import Hit
from qa.evidence import Reading
from qa.questions import Understood
from qa.readers import LEXICAL

COCKTAIL = "How many patients achieved an objective response with CAR19/22?"
SEVERAL = "CD19"
ABSTAINED = "What is the capital of France?"

# A document that tries to end an event and to begin one of its own, in every way in which a line can end.
FORGERY = (
    "Field notes\n\n\nThe wombat\ndug 3 burrows: yes\r\nevent: answer\rdata: {}\u2028event: x\x85id: 7.\n\n"
    'event: answer\ndata: {"status":"forged"}\n\n:comment\n\nretry: 1\n\ndata\n\nThe otter swims.\n'
)


def stream(client: TestClient, body: dict[str, Any]) -> Response:
    return client.post("/ask", json=body, headers={"Accept": "text/event-stream"})


def read_events(content: bytes) -> list[tuple[str, str]]:
    """(event, data) of each event, by the algorithm of the standard (HTML, 9.2.6); the stream must end with a whole event."""
    found, name, data = [], "", ""
    lines = content.decode("utf-8").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    for line in lines:
        field, _, value = line.partition(":")
        value = value.removeprefix(" ")
        if not line:
            if data:
                found.append((name or "message", data.removesuffix("\n")))
            name = data = ""
        elif field == "event":
            name = value
        elif field == "data":
            data += value + "\n"
    assert lines[-2:] == ["", ""]
    return found


@pytest.mark.parametrize("question", [COCKTAIL, SEVERAL, ABSTAINED])
def test_the_events_come_in_the_order_of_the_work_with_the_answer_last(client: TestClient, question: str):
    """standalone_question, passages, a sentence for each of the answer's, answer; none twice and no other."""
    answer = client.post("/ask", json={"question": question}).json()
    names = [name for name, _ in read_events(stream(client, {"question": question}).content)]
    assert names == ["standalone_question", "passages", *["sentence"] * len(answer["sentences"]), "answer"]
    assert len(answer["sentences"]) == {COCKTAIL: 1, SEVERAL: 4, ABSTAINED: 0}[question]


@pytest.mark.parametrize(
    "body",
    [
        pytest.param({"question": COCKTAIL}, id="answer"),
        pytest.param({"question": SEVERAL, "limit": 2}, id="limit"),
        pytest.param({"question": ABSTAINED}, id="abstention"),
        pytest.param({"question": "And why?", "history": [{"role": "user", "content": "Is HSCT a cure?"}]}, id="follow-up"),
        pytest.param({"question": "What is “CD19‐”\n\nevent: answer\ndata: {}\n\n"}, id="a question with line breaks"),
    ],
)
def test_the_answer_event_is_the_answer_byte_for_byte(client: TestClient, body: dict[str, Any]):
    name, data = read_events(stream(client, body).content)[-1]
    assert name == "answer"
    assert data.encode("utf-8") == client.post("/ask", json=body).content


def test_each_sentence_event_holds_a_sentence_of_the_answer(client: TestClient):
    events = read_events(stream(client, {"question": SEVERAL}).content)
    answer = json.loads(events[-1][1])
    sentences = [json.loads(data) for name, data in events if name == "sentence"]
    assert sentences == answer["sentences"]
    assert all(answer["text"][one["start"] : one["end"]] == one["text"] for one in sentences)


def test_the_passages_event_shows_what_was_read_and_every_citation_lies_in_it(client: TestClient, editorial: str):
    events = dict(read_events(stream(client, {"question": COCKTAIL}).content))
    passages = json.loads(events["passages"])["passages"]
    assert 1 <= len(passages) <= 12
    assert all(editorial[one["start"] : one["end"]] == one["text"] for one in passages)
    for citation in json.loads(events["answer"])["citations"]:
        assert any(one["start"] <= citation["start"] and citation["end"] <= one["end"] for one in passages)


def test_the_first_event_says_how_a_follow_up_was_understood(client: TestClient):
    history = [{"role": "user", "content": "What does zanubrutinib do?"}]
    events = read_events(stream(client, {"question": "Why is it used?", "history": history}).content)
    assert events[0][0] == "standalone_question"
    assert json.loads(events[0][1]) == {"standalone_question": "Why is zanubrutinib used?"}


def test_text_with_line_breaks_and_field_names_forges_no_event(make_library: Callable[..., Library], client_of: Callable[..., TestClient]):
    client = client_of(make_library({"forgery.txt": FORGERY}))
    content = stream(client, {"question": "How many burrows did the wombat dig?"}).content
    events = read_events(content)
    assert [name for name, _ in events] == ["standalone_question", "passages", *[n for n, _ in events[2:-1]], "answer"]
    assert {name for name, _ in events[2:-1]} <= {"sentence"}
    answer = json.loads(events[-1][1])
    assert answer["status"] == "answered"
    assert all(FORGERY[one["start"] : one["end"]] == one["quote"] for one in answer["citations"])
    assert any("\n" in one["quote"] for one in answer["citations"])
    shown = "".join(one["text"] for one in json.loads(events[1][1])["passages"])
    assert '\n\nevent: answer\ndata: {"status":"forged"}' in shown


def test_each_event_is_two_lines_and_a_blank_one(make_library: Callable[..., Library], client_of: Callable[..., TestClient]):
    """`event:` and `data:` with the JSON on one line, so that clients simpler than a browser can read it."""
    content = stream(client_of(make_library({"forgery.txt": FORGERY})), {"question": "What did the wombat\r\ndig?\r\r"}).content
    assert b"\r" not in content
    blocks = content.decode("utf-8").removesuffix("\n\n").split("\n\n")
    assert len(blocks) >= 3
    for block in blocks:
        event, data = block.split("\n")
        assert event.startswith("event: ")
        assert isinstance(json.loads(data.removeprefix("data: ")), dict)


def test_a_stream_is_neither_cached_nor_held_back(client: TestClient):
    response = stream(client, {"question": SEVERAL})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"
    assert response.headers["cache-control"] == "no-cache"
    assert response.headers["x-accel-buffering"] == "no"
    assert response.headers["x-content-type-options"] == "nosniff"


@pytest.mark.parametrize(
    ("body", "status", "code"),
    [
        pytest.param({"question": "?!"}, 422, "question_invalid", id="no word"),
        pytest.param({"question": SEVERAL, "documents": ["nowhere"]}, 404, "document_not_found", id="no such document"),
        pytest.param({"question": SEVERAL, "limit": 0}, 422, "invalid", id="limit"),
        pytest.param({}, 422, "invalid", id="no question"),
    ],
)
def test_a_question_that_cannot_be_asked_is_a_problem_and_no_stream(
    client: TestClient, body: dict[str, Any], status: int, code: str, problem: Callable[..., dict[str, Any]]
):
    problem(stream(client, body), status, code)


@pytest.mark.parametrize("accept", ["application/json", "*/*", "text/html", ""])
def test_without_asking_for_events_the_answer_is_json(client: TestClient, accept: str):
    response = client.post("/ask", json={"question": SEVERAL}, headers={"Accept": accept})
    assert response.headers["content-type"] == "application/json"
    assert response.json()["status"] == "answered"


def test_events_are_given_among_other_types_accepted(client: TestClient):
    response = client.post("/ask", json={"question": SEVERAL}, headers={"Accept": "application/json, text/event-stream"})
    assert response.headers["content-type"] == "text/event-stream; charset=utf-8"


class BrokenReader:
    """A reader that fails when it reads, as one with a damaged model would."""

    name = "broken"
    calibration = LEXICAL

    def read(self, question: Understood, hits: Sequence[Hit], weight: Callable[[str], float]) -> Reading:
        raise RuntimeError("MARKER-7f3a in /srv/model")


def test_a_stream_that_fails_ends_with_an_error_event_and_without_an_answer(
    editorial_library: Library, client_of: Callable[..., TestClient], client: TestClient
):
    response = stream(client_of(editorial_library, BrokenReader()), {"question": COCKTAIL})
    events = read_events(response.content)
    assert [name for name, _ in events] == ["standalone_question", "passages", "error"]
    assert json.loads(events[-1][1]) == {
        "code": "internal",
        "detail": "Something went wrong here; ask again.",
        "request_id": response.headers["x-request-id"],
    }
    assert b"MARKER-7f3a" not in response.content
    assert events[:2] == read_events(stream(client, {"question": COCKTAIL}).content)[:2]


def test_the_library_can_change_after_a_stream_failed(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient], client: TestClient
):
    """The view that the stream held open is let go of: another writer does not wait, and later questions see the change."""
    library = make_library({"wombat.txt": "The wombat digs burrows.\n"})
    stream(client_of(library, BrokenReader()), {"question": "What does the wombat dig?"})
    library.remove("wombat")
    answer = json.loads(read_events(stream(client_of(library), {"question": "What does the wombat dig?"}).content)[-1][1])
    assert (answer["reason"], answer["library"]["generation"]) == ("empty_library", 2)


def test_a_real_server_streams_the_same_events(exchange: Callable[..., Any], client: TestClient):
    """Over a socket in chunks; the answer event equals the body that the same server gives without a stream."""
    body = json.dumps({"question": COCKTAIL}).encode()

    def send(accept: bytes) -> bytes:
        head = b"POST /ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nAccept: %s\r\n"
        replies = exchange(head % accept + b"Content-Length: %d\r\n\r\n" % len(body) + body)
        assert replies.statuses == [200]
        content: bytes = replies.received.partition(b"\r\n\r\n")[2]
        return content

    events = read_events(_unchunked(send(b"text/event-stream")))
    assert [name for name, _ in events] == ["standalone_question", "passages", "sentence", "answer"]
    assert events[-1][1].encode("utf-8") == send(b"application/json")


def _unchunked(content: bytes) -> bytes:
    whole = b""
    while content:
        size, _, content = content.partition(b"\r\n")
        whole, content = whole + content[: int(size, 16)], content[int(size, 16) + 2 :]
    return whole
