"""Nothing runs: 200 payloads through every place where the chat shows what somebody else wrote, in every state on the way there."""

import json
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

import pytest
from chats import Chat, OpenChat, Reply, Site, event, host, site_of, streamed
from payloads import PAYLOADS

from index.library import Library
from index.reading import read_document

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


@pytest.fixture(scope="module")
def answered(server: str) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(streamed(server, "CD19").rpartition(b"data: ")[2])
    return found


# Each question in a new conversation: its answer, and the texts inside the chat once its first footnote, if there is one, has the focus.
ASK = """async (chat, [questions, selectors]) => {
  const inside = (selector) => [...chat.shadowRoot.querySelectorAll(selector)];
  const found = [];
  for (const question of questions) {
    chat.clear();
    const answer = await chat.ask(question);
    const footnotes = inside('.sentence .footnote');
    footnotes[0]?.focus();
    found.push([answer, footnotes.length, ...selectors.map((selector) => inside(selector).map((one) => one.textContent))]);
    await new Promise((done) => setTimeout(done)); // what would run later does
  }
  return found;
}"""


def _asked(chat: Chat, questions: Iterable[str], *selectors: str) -> list[list[Any]]:
    """All in one go of the page, see `ASK`: the answer, how many footnotes its sentences have, and a list of texts for each selector."""
    found: list[list[Any]] = chat.element.evaluate(ASK, [list(questions), selectors])
    return found


def _laced(answer: dict[str, Any], payload: str) -> dict[str, Any]:
    """An answer with a payload in every text of it."""
    texts = {"question": payload, "standalone_question": f"{payload}?", "text": payload, "notes": [payload], "id": payload}
    document = {"id": payload, "title": payload, "source": payload, "sha256": payload}
    citation = {**answer["citations"][0], "document": document, "section": [payload], "url": payload}
    citation |= {"quote": payload, "prefix": payload, "suffix": payload}
    sentence = {"text": payload, "start": 0, "end": 9, "citations": [1], "support": "verbatim", "highlights": [[1, 3]], "context": False}
    conflict = {"citations": [1, 1], "kind": "numbers"}
    return {**answer, **texts, "sentences": [sentence], "citations": [citation], "conflicts": [conflict]}


def _abstained(answer: dict[str, Any], payload: str) -> dict[str, Any]:
    """An abstention with a payload in every text of it."""
    laced = _laced(answer, payload)
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
    answers = [_laced(answered, payload) for payload in PAYLOADS]
    for payload, answer in zip(PAYLOADS, answers, strict=True):
        way = [event("standalone_question", {"standalone_question": f"{payload}?"}), event("sentence", answer["sentences"][0])]
        content = b"".join([*way, event("answer", answer)])
        site.replies.append(Reply(*(content[at : at + 5] for at in range(0, 300, 5)), content[300:]))
    shown = ".question, .sentence, .sentence strong", "article .note", "blockquote", ".card mark", ".card > p"
    asked = _asked(chat, PAYLOADS, *shown)
    for payload, answer, (given, footnotes, said, notes, quotes, quoted, card) in zip(PAYLOADS, answers, asked, strict=True):
        assert (given, footnotes) == (answer, 1)
        assert said == [f"You asked: {payload}", f"{payload}1", payload[1:3]]
        assert notes == [f"Understood as: {payload}?", "The sources disagree", payload]
        assert quotes == [f"{payload}1 {payload} › {payload}"] * 2
        assert quoted == [payload]
        start, end = answer["citations"][0]["start"], answer["citations"][0]["end"]
        place = f"{payload} › {payload}, characters {start}–{end}"
        assert card == [f"… {payload * 3} …", place]


def test_an_abstention_made_of_payloads_is_shown_letter_by_letter(watch: Callable[[Site], Chat], site: Site, answered: dict[str, Any]):
    chat = watch(site)
    answers = [_abstained(answered, payload) for payload in PAYLOADS]
    site.replies += [Reply(event("answer", answer)) for answer in answers]
    asked = _asked(chat, PAYLOADS, ".abstained > p, .closest > p:first-child")
    for payload, answer, (given, _, shown) in zip(PAYLOADS, answers, asked, strict=True):
        assert given == answer
        assert shown[::2] == [payload, payload]


@pytest.mark.parametrize("kind", ["problem", "event"])
def test_an_error_made_of_payloads_is_shown_letter_by_letter(watch: Callable[[Site], Chat], site: Site, kind: str):
    chat = watch(site)
    for payload in PAYLOADS:
        said = {"detail": payload}
        problem = Reply(json.dumps(said).encode(), status=422, kind="application/problem+json")
        site.replies.append(problem if kind == "problem" else Reply(event("error", said)))
    for payload, (answer, _, shown) in zip(PAYLOADS, _asked(chat, PAYLOADS, ".problem"), strict=True):
        assert answer is None
        assert shown == [payload]


def test_a_source_made_of_payloads_is_opened_at_no_address_but_the_servers(open_chat: OpenChat, site: Site, answered: dict[str, Any]):
    chat = open_chat(site)
    site.replies += [Reply(event("answer", _laced(answered, payload))) for payload in PAYLOADS]
    opened = chat.element.evaluate(
        """async (chat, payloads) => {
          const opened = [];
          window.open = (url, ...rest) => void opened.push([new URL(url).origin, new URL(url).pathname, ...rest]);
          for (const payload of payloads) {
            chat.clear();
            await chat.ask(payload);
            const [footnote, ...others] = chat.shadowRoot.querySelectorAll('.sentence .footnote');
            footnote.click();
            opened.push(...others);
          }
          return opened;
        }""",
        PAYLOADS,
    )
    assert opened == [[site.url, "/", "_blank", "noopener,noreferrer"]] * len(PAYLOADS)


# Documents that are indexed


@pytest.fixture(scope="module")
def laced(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory, start_server: Callable[..., Any]) -> Iterator[Site]:
    """A site before a real server over documents whose file name, title, section and text are payloads."""
    home = tmp_path_factory.mktemp("payloads")
    shutil.copytree(encoder_folder, home / encoder_folder.name)
    library = Library.create(home)
    for number, payload in enumerate(PAYLOADS):
        name = payload.replace("/", "∕")[:80]
        text = f"# {payload}\n\n## {payload}\n\nThe quokka{number} digs {number} burrows {payload} in the sand.\n"
        library.add(read_document(f"{number} {name}.md", text.encode()))
    library.publish()
    library.close()
    server = start_server("--library", home)
    with site_of(server.url, {"/open.html": ({}, host())}) as site:
        yield site
    server.process.terminate()
    server.process.wait()


def test_documents_made_of_payloads_are_asked_and_shown_letter_by_letter(watch: Callable[[Site], Chat], laced: Site):
    """Through the real server: what is indexed, found, quoted or offered as closest, and the question itself."""
    chat = watch(laced)
    quoted = 0
    asked = {number: f"How many burrows does the quokka{number} dig? {payload}" for number, payload in [*enumerate(PAYLOADS)][::4]}
    shown = _asked(chat, asked.values(), ".sentence", ".closest > p:first-child", ".card mark")
    for number, (answer, _, sentences, closest, card) in zip(asked, shown, strict=True):
        assert answer
        assert sentences == [f"{one['text']}{one['citations'][0]}" for one in answer["sentences"]]
        assert closest == [one["text"] for one in answer["closest"]]
        if answer["citations"]:
            assert card == [answer["citations"][0]["quote"]]
        found = [*answer["citations"], *answer["closest"]]
        quoted += any(one["document"]["source"].startswith(f"{number} ") for one in found)
    assert quoted > 0.9 * len(asked)
