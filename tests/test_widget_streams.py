"""Answers on their way into the chat: streams in awkward pieces, held up, stopped, cut in the middle, and refused."""

import json
import re
import socket
from collections.abc import Callable
from typing import Any

import pytest
from chats import Chat, OpenChat, Reply, Site, event, host, streamed
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

QUESTION = "CD19"
PROBLEM = "application/problem+json"
BROKE_OFF = "The answer broke off. What stands here is incomplete."


@pytest.fixture(scope="module")
def whole(server: str) -> bytes:
    """The stream of an answer with four sentences."""
    return streamed(server, QUESTION)


@pytest.fixture(scope="module")
def answer(whole: bytes) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(whole.rpartition(b"data: ")[2])
    return found


def _pieces(content: bytes, size: int) -> list[bytes]:
    return [content[at : at + size] for at in range(0, len(content), size)]


AWKWARD: dict[str, Callable[[bytes], list[bytes]]] = {
    "in one piece": lambda content: [content],
    "byte by byte": lambda content: _pieces(content, 1),
    "seven bytes at a time": lambda content: _pieces(content, 7),
    "cut inside each character that is more than a byte": lambda content: re.split(rb"(?<=[\xc2-\xf4])", content),
    "lines end with CR": lambda content: _pieces(content.replace(b"\n", b"\r"), 1000),
    "lines end with CR LF": lambda content: _pieces(content.replace(b"\n", b"\r\n"), 1000),
    "cut between CR and LF": lambda content: re.split(rb"(?<=\r)", content.replace(b"\n", b"\r\n")),
    "the last line ends with CR": lambda content: [content[:-1].replace(b"\n", b"\r"), b"\r"],
    "a byte order mark before it": lambda content: [b"\xef\xbb", b"\xbf" + content],
    "comments and other fields between": lambda content: [content.replace(b"event: ", b": alive\nid: 7\nretry: 1\nevents: x\nevent:")],
    "events of other names and without data": lambda content: [b"event: answer\n\nevent: other\ndata: {}\n\ndata: 1\n\n" + content],
    "data in two lines": lambda content: [content.replace(b',"sentences":', b',\ndata: "sentences":')],
}


@pytest.mark.parametrize("awkward", AWKWARD)
def test_a_stream_is_read_whatever_pieces_it_comes_in(chat: Chat, site: Site, whole: bytes, answer: dict[str, Any], awkward: str):
    site.replies.append(Reply(*AWKWARD[awkward](whole)))
    assert chat.ask(QUESTION) == answer
    assert chat.texts(".sentence") == [f"{one['text']}{one['citations'][0]}" for one in answer["sentences"]]
    assert chat(".problem, .incomplete").count() == 0


@pytest.mark.parametrize(
    "said", ["x\n\nevent: answer\ndata: {}\n\n", "x\r\rdata: 1", "a\u2028b\u2029c", "\ufeffid: 3", "wombat \U0001f998 é", ": c"]
)
def test_what_looks_like_the_stream_itself_stays_text(chat: Chat, site: Site, answer: dict[str, Any], said: str):
    first = {**answer["sentences"][0], "text": said, "highlights": []}
    changed = {**answer, "sentences": [first]}
    site.replies.append(Reply(*_pieces(event("sentence", first) + event("answer", changed), 3)))
    assert chat.ask(QUESTION) == changed
    assert chat.texts(".sentence") == [f"{said}1"]


def test_sentences_appear_as_they_come_and_their_footnotes_wait_for_the_answer(
    chat: Chat, site: Site, whole: bytes, answer: dict[str, Any]
):
    *before, last = re.split(rb"(?=event: answer)", whole)
    site.replies.append(held := Reply(*before, last, held=1))
    chat.send(QUESTION)
    expect(chat(".sentence")).to_have_count(4)
    assert chat.answers == []
    assert chat(".footnote").evaluate_all("all => all.map((one) => one.ariaDisabled)") == ["true"] * 4
    chat(".footnote").first.hover()
    chat(".footnote").first.click(force=True)
    expect(chat(".card")).to_be_hidden()
    assert len(chat.page.context.pages) == 1
    assert chat.texts("[type=submit]") == ["Stop"]
    held.go_on.set()
    expect(chat(".actions")).to_be_visible()
    assert chat.answers == [answer]
    assert chat(".footnote").evaluate_all("all => all.map((one) => one.ariaDisabled)") == ["false"] * 4
    assert chat.texts("[type=submit]") == ["Ask"]


def test_a_screen_reader_hears_each_sentence_once(chat: Chat, site: Site, whole: bytes, answer: dict[str, Any]):
    chat.element.evaluate(
        """chat => {
          window.added = [];
          const heard = (changes) => changes.forEach((change) => change.addedNodes.forEach((one) => window.added.push(one.textContent)));
          new MutationObserver(heard).observe(chat.shadowRoot.querySelector('[role=log]'), { childList: true, subtree: true });
        }"""
    )
    site.replies.append(Reply(*re.split(rb"(?=event: )", whole)))
    chat.ask(QUESTION)
    added = chat.page.evaluate("window.added")
    for sentence in answer["sentences"]:
        assert sum(sentence["text"] in text for text in added) == 1


def test_an_answer_that_differs_from_what_was_streamed_takes_its_place(chat: Chat, site: Site, answer: dict[str, Any]):
    other = {**answer["sentences"][0], "text": "Something else."}
    site.replies.append(Reply(event("sentence", other), event("sentence", other), event("answer", answer)))
    chat.ask(QUESTION)
    assert chat.texts(".sentence") == [f"{one['text']}{one['citations'][0]}" for one in answer["sentences"]]


def test_an_answer_can_be_stopped_and_asked_for_again(chat: Chat, site: Site, whole: bytes, answer: dict[str, Any]):
    *before, last = re.split(rb"(?=event: answer)", whole)
    site.replies.append(held := Reply(*before, last, held=1))
    chat.send(QUESTION)
    expect(chat(".sentence")).to_have_count(4)
    chat("[type=submit]").click()
    expect(chat(".problem")).to_have_text("Stopped. What stands here is incomplete.")
    assert (chat(".incomplete .sentence").count(), chat.answers, chat.texts("[type=submit]")) == (4, [], ["Ask"])
    held.go_on.set()
    chat.element.get_by_role("button", name="Ask again").click()
    expect(chat(".actions")).to_be_visible()
    assert (chat("article").count(), chat.answers, chat.focused()) == (1, [answer], "Your question")
    assert [body["history"] for _, body in site.received] == [[], []]


def test_a_question_asked_by_a_program_stops_the_one_before(chat: Chat, site: Site, answer: dict[str, Any]):
    site.replies.append(held := Reply(b"", held=0))
    chat.element.evaluate("chat => { window.first = chat.ask('first') }")
    while not site.received:
        chat.page.wait_for_timeout(20)
    assert chat.element.evaluate("async (chat) => [await chat.ask('CD19'), await window.first]") == [answer, None]
    held.go_on.set()
    assert (chat.answers, chat.texts("[type=submit]")) == ([answer], ["Ask"])


# Cut in the middle


def _place(content: bytes, mark: bytes, after: int = 0) -> bytes:
    return content[: content.index(mark) + after]


def _first_sentence(content: bytes) -> int:
    """Where the line of the first sentence ends."""
    return content.index(b"\n\n", content.index(b"event: sentence"))


CUTS: dict[str, tuple[Callable[[bytes], bytes], int]] = {
    "before anything": (lambda content: b"", 0),
    "in the name of the first event": (lambda content: content[:9], 0),
    "after the question": (lambda content: _place(content, b"event: passages"), 0),
    "in the first sentence": (lambda content: _place(content, b"event: sentence", 60), 0),
    "before the blank line of the first sentence": (lambda content: content[: _first_sentence(content) + 1], 0),
    "after the first sentence": (lambda content: content[: _first_sentence(content) + 2], 1),
    "before the answer": (lambda content: _place(content, b"event: answer"), 4),
    "in the answer": (lambda content: content[:-200], 4),
    "in a character of the answer": (lambda content: content[: content.rindex(b"\xe2") + 1], 4),
    "before the last line end": (lambda content: content[:-1], 4),
}


@pytest.mark.parametrize("hung_up", [True, False], ids=["the connection is lost", "the stream just ends"])
@pytest.mark.parametrize("place", CUTS)
def test_a_stream_that_is_cut_says_so_keeps_what_came_and_is_asked_for_again(
    chat: Chat, site: Site, whole: bytes, answer: dict[str, Any], place: str, hung_up: bool
):
    take, sentences = CUTS[place]
    site.replies.append(held := Reply(take(whole), b"", cut=hung_up, held=1))
    chat.send(QUESTION)
    expect(chat(".sentence")).to_have_count(sentences)
    held.go_on.set()
    expect(chat(".problem")).to_have_text(BROKE_OFF)
    assert (chat(".sentence").count(), chat(".incomplete .sentence").count()) == (sentences, sentences)
    assert (chat.answers, chat(".actions").count(), chat.texts("[type=submit]")) == ([], 0, ["Ask"])
    chat.element.get_by_role("button", name="Ask again").click()
    expect(chat(".actions")).to_be_visible()
    assert (chat.answers, chat(".problem, .incomplete").count()) == ([answer], 0)


@pytest.mark.parametrize("data", ["{", "null", "[]", "{}", '{"sentences": []}', '{"sentences": 1, "citations": 2}'])
def test_an_answer_that_is_none_is_taken_for_a_stream_that_was_cut(chat: Chat, site: Site, data: str):
    site.replies.append(Reply(f"event: answer\ndata: {data}\n\n".encode()))
    chat.send(QUESTION)
    expect(chat(".problem")).to_have_text(BROKE_OFF)
    assert chat.answers == []


# Refused


@pytest.mark.parametrize(
    ("reply", "shown"),
    [
        pytest.param(Reply(b'{"detail": "Too much."}', status=413, kind=PROBLEM), "Too much.", id="a problem"),
        pytest.param(Reply(b'{"detail": ["x"]}', status=422, kind=PROBLEM), "The server answered with an error (422).", id="another shape"),
        pytest.param(Reply(b"<h1>Bad", status=502, kind="text/html"), "The server answered with an error (502).", id="a page"),
        pytest.param(Reply(status=500), "The server answered with an error (500).", id="nothing"),
        pytest.param(Reply(event("error", {"detail": "It broke."})), "It broke.", id="an error in the stream"),
        pytest.param(Reply(b"<h1>Log in", kind="text/html"), BROKE_OFF, id="a page of somebody between"),
    ],
)
def test_what_the_server_says_is_wrong_is_shown(chat: Chat, site: Site, answer: dict[str, Any], reply: Reply, shown: str):
    site.replies.append(reply)
    chat.send(QUESTION)
    expect(chat(".problem")).to_have_text(shown)
    chat.element.get_by_role("button", name="Ask again").click()
    expect(chat(".actions")).to_be_visible()
    assert chat.answers == [answer]


def test_a_problem_of_the_real_server_is_shown_in_its_words(chat: Chat):
    chat.send("?!")
    expect(chat(".problem")).to_have_text("The question holds no word. Write what you want to know.")


def test_an_error_after_the_first_sentences_marks_them_as_incomplete(chat: Chat, site: Site, answer: dict[str, Any]):
    site.replies.append(Reply(event("sentence", answer["sentences"][0]), event("error", {"detail": "It broke."})))
    chat.send(QUESTION)
    expect(chat(".problem")).to_have_text("It broke.")
    assert chat.texts(".incomplete .note") == [BROKE_OFF]


def test_a_server_that_is_not_there_is_said_to_be_silent(open_chat: OpenChat, site: Site):
    with socket.socket() as nobody:
        nobody.bind(("127.0.0.1", 0))
        address = f"http://127.0.0.1:{nobody.getsockname()[1]}"
        site.pages["/silent.html"] = ({}, host(f"<footnote-chat open endpoint='{address}'></footnote-chat>"))
        chat = open_chat(site, "/silent.html")
        chat.send(QUESTION)
        expect(chat(".problem")).to_have_text("The server did not answer.")
