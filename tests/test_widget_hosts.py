"""The chat on pages that make it hard: strict policies, frozen and changed built-ins, resets, frames, two of them, the script twice."""

from collections.abc import Iterator
from typing import Any

import pytest
from chats import Chat, OpenChat, Reply, Site, event, host, site_of, streamed
from playwright.sync_api import expect

pytestmark = pytest.mark.slow

QUESTION = "CD19"
STRICT = (
    "default-src 'none'; script-src 'self'; connect-src 'self'; style-src 'none'; img-src data:; base-uri 'none'; form-action 'none'; "
    "require-trusted-types-for 'script'; trusted-types 'none'"
)
PLAIN = "<footnote-chat open></footnote-chat>"

# What a page's own scripts do before the chat's, or after it.
FROZEN = """
for (const name of Object.getOwnPropertyNames(window)) {
  try { Object.freeze(window[name].prototype); Object.freeze(window[name]); } catch {}
}"""
POLLUTED = """
for (const made of [Object, Array, String, Function]) {
  made.prototype.toJSON = function () { return "polluted" };
  made.prototype.each = function () {};
  for (const name of ["mode", "detail", "stream", "kind", "hidden", "class"]) made.prototype[name] = "polluted";
}"""
REPLACED = """
const broken = () => { throw new Error("replaced") };
window.fetch = window.XMLHttpRequest = window.AbortController = window.TextDecoder = window.CustomEvent = window.URLSearchParams = broken;
window.CSSStyleSheet = broken;
JSON.stringify = JSON.parse = Array.from = broken;"""
RESETS = """
* { display: block !important; position: static !important; transform: rotate(3deg) !important; filter: blur(4px) !important;
  opacity: 0.2 !important; visibility: hidden !important; pointer-events: none !important; color: lime !important;
  background: red !important; font: 40px/3 fantasy !important; letter-spacing: 9px !important; text-transform: uppercase !important;
  text-align: right !important; direction: rtl !important; margin: 40px !important; padding: 9px !important; float: right !important;
  box-sizing: content-box !important; white-space: pre !important; word-spacing: 9px !important; cursor: wait !important;
  user-select: none !important; contain: strict !important; clip-path: inset(50%) !important; z-index: -1 !important }
html, body { display: block !important; transform: none !important; filter: none !important; contain: none !important;
  clip-path: none !important; opacity: 1 !important }
body > * { display: none !important }
button, p, div, h2, textarea { display: none !important }"""


@pytest.fixture(scope="module")
def site(server: str) -> Iterator[Site]:
    script = {"Content-Type": "text/javascript"}
    pages = {
        "/frozen.js": (script, FROZEN),
        "/polluted.js": (script, POLLUTED),
        "/replaced.js": (script, REPLACED),
        "/resets.css": ({"Content-Type": "text/css"}, RESETS),
        "/plain.html": ({}, host(PLAIN)),
        "/strict.html": ({"Content-Security-Policy": STRICT}, host(PLAIN)),
        "/frozen.html": ({}, host(PLAIN, "<script src=/frozen.js></script>")),
        "/polluted.html": ({}, host(PLAIN, "<script src=/polluted.js></script>")),
        "/replaced.html": ({}, host(f"{PLAIN}<script src=/replaced.js defer></script>")),
        "/all.html": (
            {"Content-Security-Policy": STRICT},
            host(f"{PLAIN}<script src=/replaced.js defer></script>", "<script src=/polluted.js></script><script src=/frozen.js></script>"),
        ),
        "/reset.html": ({}, host(f"</main>{PLAIN}<main>", "<link rel=stylesheet href=/resets.css>")),
        "/bare.html": ({}, host(f"</main>{PLAIN}<main>")),
        "/twice.html": ({}, host(f"{PLAIN}<script src=/widget.js></script>")),
        "/late.html": ({}, host("")),
    }
    with site_of(server, pages) as site:
        yield site


@pytest.mark.parametrize(
    "path", ["/plain.html", "/strict.html", "/frozen.html", "/polluted.html", "/replaced.html", "/all.html", "/twice.html"]
)
def test_a_chat_works_on_a_page_that_makes_it_hard(open_chat: OpenChat, site: Site, path: str):
    site.received.clear()
    chat = open_chat(site, path)
    complaints: list[str] = []
    chat.page.on("pageerror", lambda error: complaints.append(str(error)))
    chat.page.on("console", lambda message: complaints.append(message.text))
    chat.page.reload()
    for asked in (QUESTION, "What is the capital of France?"):
        chat.send(asked)
        expect(chat("article").last.locator(".actions")).to_be_visible()
    expect(chat(".sentence")).to_have_count(4)
    expect(chat(".closest")).to_have_count(3)
    chat(".footnote").first.hover()
    expect(chat(".card mark")).to_have_count(1)
    assert [list(body) for _, body in site.received] == [["question", "history"]] * 2
    assert [message["role"] for message in site.received[1][1]["history"]] == ["user", "assistant"]
    assert chat(".panel").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(251, 250, 247)"
    assert complaints == []


def _looks(chat: Chat) -> list[dict[str, Any]]:
    """Every computed property of what is in a chat, and where it is."""
    found: list[dict[str, Any]] = chat(".chat, .chat *").evaluate_all(
        """all => all.map((one) => {
          const box = one.getBoundingClientRect();
          const looks = Object.fromEntries([...getComputedStyle(one)].map((name) => [name, getComputedStyle(one)[name]]));
          return { ...looks, box: [box.x, box.y, box.width, box.height].join(" ") };
        })"""
    )
    return found


def test_resets_of_a_page_change_nothing_in_the_panel(open_chat: OpenChat, site: Site):
    """Each computed property of each element in the panel is what it is on a page without a style."""
    looks = []
    for path in ("/bare.html", "/reset.html"):
        chat = open_chat(site, path, reduced_motion="reduce")
        chat.ask(QUESTION)
        chat.page.mouse.move(0, 0)
        looks.append(_looks(chat)[1:])
    plain, reset = looks
    assert len(plain) == len(reset) > 30
    assert [
        (number, name, one[name], other[name])
        for number, (one, other) in enumerate(zip(plain, reset, strict=True))
        for name in one
        if one[name] != other[name]
    ] == []


def test_an_element_that_is_hidden_on_purpose_is_hidden(open_chat: OpenChat, site: Site):
    chat = open_chat(site, "/reset.html")
    expect(chat(".panel")).to_be_visible()
    chat.element.evaluate("chat => { chat.hidden = true }")
    expect(chat(".panel")).to_be_hidden()


def test_two_chats_on_a_page_are_two_conversations(open_chat: OpenChat, site: Site, server: str):
    content = (
        "<footnote-chat mode=inline name=one></footnote-chat><footnote-chat mode=inline collection='a b' endpoint='/x/'></footnote-chat>"
    )
    site.pages["/two.html"] = ({}, host(content))
    site.received.clear()
    chat = open_chat(site, "/two.html")
    other = Chat(chat.page, 1)
    first = chat.ask(QUESTION)
    site.replies.append(Reply(streamed(server, "What is CAR-T?")))
    second = other.ask("What is CAR-T?")
    assert [path for path, _ in site.received] == ["/ask", "/x/collections/a%20b/ask"]
    assert (chat.answers, other.answers) == ([first], [second])
    opened = "() => { window.opened = []; window.open = (url) => void window.opened.push(url) }"
    chat.page.evaluate(opened)
    other(".footnote").first.click()
    (url,) = chat.page.evaluate("window.opened")
    expected = "/x/?document=car-t-resistance-editorial&version=bea0093e274ccd0c&collection=a+b#char="
    assert url.removeprefix(site.url).startswith(expected)
    chat.page.reload()
    assert (chat.answers, other.answers) == ([first], [second])
    other.element.evaluate("chat => chat.clear()")
    chat.page.reload()
    assert (chat.answers, other.answers) == ([first], [])


def test_a_chat_that_a_program_makes_is_like_one_in_the_page(open_chat: OpenChat, site: Site):
    chat = open_chat(site, "/late.html")
    chat.page.evaluate("() => { const made = document.createElement('footnote-chat'); made.open = true; document.body.append(made) }")
    assert chat.ask(QUESTION)["status"] == "answered"


@pytest.mark.parametrize("endpoint", ["javascript:window.ran=1", "data:text/html,x", "file:///etc", "http://", "about:blank"])
def test_an_address_that_is_no_web_address_is_asked_nothing(open_chat: OpenChat, site: Site, endpoint: str):
    site.pages["/odd.html"] = ({}, host(f"<footnote-chat open endpoint='{endpoint}'></footnote-chat>"))
    site.received.clear()
    chat = open_chat(site, "/odd.html")
    chat.send(QUESTION)
    expect(chat(".problem")).to_have_text("The server did not answer.")
    assert (chat.element.evaluate("chat => chat.endpoint"), site.received) == ("about:invalid", [])
    assert chat.page.evaluate("window.ran") is None


def test_in_a_frame_without_an_origin_it_says_that_nobody_answers(open_chat: OpenChat, site: Site):
    """There is no storage there, and no server that it may read from."""
    site.pages["/framed.html"] = ({}, host("<iframe sandbox='allow-scripts' src='/plain.html' width=900 height=900></iframe>"))
    chat = open_chat(site, "/framed.html")
    frame = chat.page.frame_locator("iframe")
    frame.get_by_label("Your question").fill(QUESTION)
    frame.get_by_label("Your question").press("Enter")
    expect(frame.locator(".problem")).to_have_text("The server did not answer.")


def test_messages_from_other_windows_are_none_of_its_business(open_chat: OpenChat, site: Site):
    site.received.clear()
    chat = open_chat(site, "/plain.html")
    chat.page.evaluate("window.postMessage({ type: 'footnote-asked', question: 'x', __proto__: { answer: 1 } }, '*')")
    chat.page.evaluate("window.postMessage('ask', '*')")
    answer = chat.ask(QUESTION)
    assert ([body["question"] for _, body in site.received], chat.answers) == ([QUESTION], [answer])


def test_events_of_two_chats_say_which_one_they_are_from(open_chat: OpenChat, site: Site):
    site.pages["/named.html"] = (
        {},
        host("<footnote-chat id=a mode=inline name=a></footnote-chat><footnote-chat id=b mode=inline name=b></footnote-chat>"),
    )
    chat = open_chat(site, "/named.html")
    chat.page.evaluate(
        "() => { window.from = []; document.addEventListener('footnote-answer', (event) => window.from.push(event.target.id)) }"
    )
    site.replies.append(Reply(event("error", {"detail": "No."})))
    chat.send(QUESTION)
    expect(chat(".problem")).to_be_visible()
    Chat(chat.page, 1).ask(QUESTION)
    assert chat.page.evaluate("window.from") == ["b"]


def test_a_page_of_another_site_gets_the_script_and_no_answer_until_the_server_lets_it(open_chat: OpenChat, site: Site, server: str):
    """The chat asks where its script came from, under a policy that lets it reach nobody else; the server names no other site here."""
    policy = f"default-src 'none'; script-src {server}; connect-src {server}; img-src data:; require-trusted-types-for 'script'"
    page = host(PLAIN).replace("/widget.js", f"{server}/widget.js")
    site.pages["/elsewhere.html"] = ({"Content-Security-Policy": policy}, page)
    chat = open_chat(site, "/elsewhere.html")
    assert chat.element.evaluate("chat => chat.endpoint") == server
    chat.send(QUESTION)
    expect(chat(".problem")).to_have_text("The server did not answer.")
