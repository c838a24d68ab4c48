"""Nothing runs: 200 payloads through every place where the chat shows what somebody else wrote, in every state on the way there."""

import json
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from chats import Chat, OpenChat, Reply, Site, event, host, site_of
from payloads import PAYLOADS, laced_answer

pytestmark = pytest.mark.slow

# Everything the chat may be made of; the observer notes what else is ever there.
ELEMENTS = (
    """article blockquote button div footer form h2 header input mark option p path section select span strong svg textarea""".split()
)
ATTRIBUTES = """aria-controls aria-current aria-describedby aria-disabled aria-expanded aria-hidden aria-label aria-labelledby aria-live
aria-pressed autocomplete class d data-answer data-number dir hidden id lang maxlength placeholder readonly role rows tabindex title type
value viewBox""".split()
WATCH = """(chat, [elements, attributes]) => {
  window.strange = [];
  const look = (one) => {
    if (one.nodeType !== 1) return;
    if (!elements.includes(one.localName)) window.strange.push(one.localName);
    window.strange.push(...one.getAttributeNames().filter((name) => !attributes.includes(name)));
    one.childNodes.forEach(look);
  };
  const seen = (changes) => changes.forEach((change) => (change.addedNodes.forEach(look), look(change.target)));
  chat.shadowRoot.childNodes.forEach(look);
  new MutationObserver(seen).observe(chat.shadowRoot, { childList: true, subtree: true, attributes: true });
  window.all = document.querySelectorAll('*').length;
}"""


@pytest.fixture
def watch(open_chat: OpenChat) -> Iterator[Callable[[Site], Chat]]:
    """Opens a chat that is watched; when the test is done, nothing may have run, been made or been fetched."""
    watched: list[tuple[Chat, Site, list[str], list[str]]] = []

    def opened(site: Site) -> Chat:
        chat = open_chat(site)
        fetched: list[str] = []
        complaints: list[str] = []
        chat.page.on("request", lambda request: fetched.append(request.url))
        chat.page.on("pageerror", lambda error: complaints.append(str(error)))
        chat.page.on("console", lambda message: complaints.append(message.text))
        chat.page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
        chat.element.evaluate(WATCH, [ELEMENTS, ATTRIBUTES])
        watched.append((chat, site, fetched, complaints))
        return chat

    yield opened
    for chat, site, fetched, complaints in watched:
        chat.page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")  # what was put in is laid out by now
        assert chat.page.evaluate("[window.ran, window.strange, document.querySelectorAll('*').length - window.all]") == [None, [], 0]
        assert {url.removeprefix(site.url) for url in fetched} <= {"/ask"}
        assert [one for one in complaints if "status of 422" not in one] == []


def _shown(chat: Chat, questions: Sequence[str], *selectors: str, focus: str = "") -> list[list[Any]]:
    """Ask each of the questions alone: [the answer, the texts of each selector …], once what `focus` selects has the focus."""
    found: list[list[Any]] = chat.element.evaluate(
        """async (chat, [questions, selectors, focus]) => {
          const rows = [];
          for (const question of questions) {
            chat.clear();
            const answer = await chat.ask(question);
            if (focus) chat.shadowRoot.querySelector(focus)?.focus();
            await new Promise((done) => setTimeout(done));
            const texts = (selector) => [...chat.shadowRoot.querySelectorAll(selector)].map((one) => one.textContent);
            rows.push([answer, ...selectors.map(texts)]);
          }
          return rows;
        }""",
        [list(questions), list(selectors), focus],
    )
    return found


def _abstained(answer: dict[str, Any], payload: str) -> dict[str, Any]:
    """An abstention with a payload in every text of it."""
    laced = laced_answer(answer, payload)
    nothing: dict[str, Any] = {"status": "abstained", "reason": payload, "sentences": [], "citations": [], "conflicts": []}
    return {**laced, **nothing, "closest": [{**laced["citations"][0], "text": payload}]}


def test_there_are_200_payloads():
    assert len(set(PAYLOADS)) >= 200


def test_they_run_where_they_are_taken_for_markup(open_chat: OpenChat, site: Site):
    """What the tests below look for does happen in a page that takes such texts for markup."""
    chat = open_chat(site)
    chat.element.evaluate(WATCH, [ELEMENTS, ATTRIBUTES])
    run = chat.element.evaluate(
        """async (chat, payloads) => {
          const log = chat.shadowRoot.querySelector('[role=log]');
          log.innerHTML = payloads.filter((one) => !one.includes('evil')).join('');
          await new Promise((done) => setTimeout(done, 500));
          return [window.ran, window.strange.length];
        }""",
        PAYLOADS[:30],
    )
    assert run[0] == 1
    assert run[1] > 5


def test_an_answer_made_of_payloads_is_shown_letter_by_letter(watch: Callable[[Site], Chat], site: Site, answered: dict[str, Any]):
    """In question, sentence, highlight, quote, prefix, suffix, title, section, note and conflict, split into pieces of five bytes."""
    chat = watch(site)
    for payload in PAYLOADS:
        answer = laced_answer(answered, payload)
        way = [event("standalone_question", {"standalone_question": f"{payload}?"}), event("sentence", answer["sentences"][0])]
        content = b"".join([*way, event("answer", answer)])
        site.replies.append(Reply(*(content[at : at + 5] for at in range(0, 300, 5)), content[300:]))
    selectors = (".question, .sentence, .sentence strong", "article .note", "blockquote", ".card mark", ".card > p")
    start, end = answered["citations"][0]["start"], answered["citations"][0]["end"]
    for payload, row in zip(PAYLOADS, _shown(chat, PAYLOADS, *selectors, focus=".sentence .footnote"), strict=True):
        assert row == [
            laced_answer(answered, payload),
            [f"You asked: {payload}", f"{payload}1", payload[1:3]],
            [f"Understood as: {payload}?", "The sources disagree", payload],
            [f"{payload}1 {payload} › {payload}"] * 2,
            [payload],
            [f"… {payload * 3} …", f"{payload} › {payload}, characters {start}–{end}"],
        ]


def test_an_abstention_made_of_payloads_is_shown_letter_by_letter(watch: Callable[[Site], Chat], site: Site, answered: dict[str, Any]):
    chat = watch(site)
    site.replies += [Reply(event("answer", _abstained(answered, payload))) for payload in PAYLOADS]
    for payload, row in zip(PAYLOADS, _shown(chat, PAYLOADS, ".abstained > p:first-child, .closest > p:first-child"), strict=True):
        assert row == [_abstained(answered, payload), [payload, payload]]


@pytest.mark.parametrize("kind", ["problem", "event"])
def test_an_error_made_of_payloads_is_shown_letter_by_letter(watch: Callable[[Site], Chat], site: Site, kind: str):
    chat = watch(site)
    for payload in PAYLOADS:
        said = {"detail": payload}
        problem = Reply(json.dumps(said).encode(), status=422, kind="application/problem+json")
        site.replies.append(problem if kind == "problem" else Reply(event("error", said)))
    assert _shown(chat, PAYLOADS, ".problem") == [[None, [payload]] for payload in PAYLOADS]


def test_a_source_made_of_payloads_is_opened_at_no_address_but_the_servers(open_chat: OpenChat, site: Site, answered: dict[str, Any]):
    chat = open_chat(site)
    chat.page.evaluate("() => { window.opened = []; window.open = (...all) => void window.opened.push(all) }")
    site.replies += [Reply(event("answer", laced_answer(answered, payload))) for payload in PAYLOADS]
    chat.element.evaluate(
        """async (chat, payloads) => {
          for (const payload of payloads) {
            chat.clear();
            await chat.ask(payload);
            chat.shadowRoot.querySelector('.sentence .footnote').click();
          }
        }""",
        PAYLOADS,
    )
    opened = chat.page.evaluate("window.opened.map(([url, ...rest]) => [new URL(url).origin, new URL(url).pathname, ...rest])")
    assert opened == [[site.url, "/", "_blank", "noopener,noreferrer"]] * len(PAYLOADS)


# Documents that are indexed


@pytest.fixture(scope="module")
def laced(laced_server: str) -> Iterator[Site]:
    """A site before `laced_server`."""
    with site_of(laced_server, {"/open.html": ({}, host())}) as site:
        yield site


def test_documents_made_of_payloads_are_asked_and_shown_letter_by_letter(watch: Callable[[Site], Chat], laced: Site):
    """Through the real server: what is indexed, found, quoted or offered as closest, and the question itself."""
    chat = watch(laced)
    quoted = 0
    asked = [*enumerate(PAYLOADS)][::4]
    questions = [f"How many burrows does the quokka{number} dig? {payload}" for number, payload in asked]
    rows = _shown(chat, questions, ".sentence", ".closest > p:first-child", ".card mark", focus=".sentence .footnote")
    for (number, _), (answer, sentences, closest, quote) in zip(asked, rows, strict=True):
        assert sentences == [f"{one['text']}{one['citations'][0]}" for one in answer["sentences"]]
        assert closest == [one["text"] for one in answer["closest"]]
        if answer["citations"]:
            assert quote == [answer["citations"][0]["quote"]]
        found = [*answer["citations"], *answer["closest"]]
        quoted += any(one["document"]["source"].startswith(f"{number} ") for one in found)
    assert quoted > 0.9 * len(asked)
