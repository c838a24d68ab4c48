"""The reading room in a real browser: an answer beside its source, nothing in it runs, and nothing leaves the server's address."""

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import urlencode, urlsplit

import httpx2
import pytest
from chats import ABSTAINED, COCKTAIL, WAIT, Chat
from playwright.sync_api import Browser, Page, Request, Route, expect

import api

VIEWS = ["/?view=library&document=car-t-resistance-editorial", "/?view=search&q=CD19", "/?view=review"]
PAYLOADS = [
    "<img src=x onerror=\"window.ran='question'\"> What is CD19?",
    "<script>window.ran='question'</script> What is CD19?",
    '"><svg onload="window.ran=\'question\'"> What is CD19?',
    "javascript:window.ran='question' What is CD19?",
    "{{constructor.constructor('window.ran=1')()}} What is CD19?",
]


@pytest.fixture
def requests(page: Page) -> list[Request]:
    """Every request that the page makes, from before it is opened."""
    made: list[Request] = []
    page.on("request", lambda request: made.append(request))
    return made


@pytest.fixture
def complaints(page: Page) -> list[str]:
    """What the browser complains of: errors of scripts, messages of its console, dialogs that were opened."""
    heard: list[str] = []
    page.on("pageerror", lambda error: heard.append(f"error: {error}"))
    page.on("console", lambda message: heard.append(f"{message.type}: {message.text}"))
    page.on("dialog", lambda dialog: (heard.append(f"dialog: {dialog.message}"), dialog.dismiss()))
    return heard


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    context = browser.new_context(base_url=server)
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


@pytest.fixture
def opened(page: Page, requests: list[Request], complaints: list[str]) -> Chat:
    """The chat on the page."""
    page.goto("/")
    expect(page.locator("#library")).not_to_be_empty(timeout=WAIT)
    return Chat(page)


def texts(page: Page, selector: str) -> list[str]:
    """The text of each element exactly, white space included."""
    found: list[str] = page.locator(selector).evaluate_all("elements => elements.map(element => element.textContent)")
    return found


def test_an_answer_is_read_beside_its_first_citation_and_the_address_names_it(opened: Chat):
    answer = opened.ask(COCKTAIL)
    expect(opened.page.locator("#document mark.current")).to_have_text(answer["citations"][0]["quote"], timeout=WAIT)
    assert opened.page.url.endswith(f"/?answer={answer['id']}&{urlencode({'ask': COCKTAIL})}")
    expect(opened.page.locator("#document h2")).to_have_text(answer["citations"][0]["document"]["title"])


def test_an_abstention_opens_no_document_and_its_closest_passages_can_be_read(opened: Chat):
    answer = opened.ask(ABSTAINED)
    expect(opened.page.locator("#document")).to_be_hidden()
    expect(opened.page.locator("#welcome")).to_be_visible()
    opened(".closest button").first.click()
    expect(opened.page.locator("#document mark.current").first).to_be_in_viewport(timeout=WAIT)
    assert "".join(texts(opened.page, "#document mark")) == answer["closest"][0]["text"]


def test_who_looks_at_something_else_is_not_called_away_by_an_answer_and_finds_what_was_read(opened: Chat):
    page = opened.page
    opened.send(COCKTAIL)
    page.get_by_role("link", name="Search", exact=True).click()
    expect(opened("article .actions")).to_be_attached(timeout=WAIT)
    assert page.url.endswith("/?view=search")
    page.get_by_role("link", name="Read", exact=True).click()
    expect(page.locator("#document mark.current")).to_have_text(opened.answers[0]["citations"][0]["quote"], timeout=WAIT)


def test_the_page_says_what_is_wrong_with_a_question(opened: Chat):
    opened.send("?!")
    expect(opened(".problem")).to_have_text("The question holds no word. Write what you want to know.", timeout=WAIT)
    assert opened.ask(COCKTAIL)["status"] == "answered"


def test_the_page_says_when_the_server_does_not_answer(opened: Chat):
    """The connection is cut as a network would cut it; the page goes on afterwards."""
    page = opened.page

    def cut(route: Route) -> None:
        route.abort("connectionreset")

    page.route("**/search**", cut)
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label("What to look for").fill("CD19")
    page.keyboard.press("Enter")
    expect(page.locator("#search-view .problem")).to_have_text("The server did not answer.", timeout=WAIT)
    page.unroute("**/search**", cut)
    page.keyboard.press("Enter")
    expect(page.locator(".found > li").first).to_be_visible(timeout=WAIT)
    assert page.locator("#search-view .problem").count() == 0


def test_the_page_tells_which_documents_there_are(opened: Chat):
    assert opened.page.locator("#library").text_content() == "In the library: 2 documents."
    assert opened.page.locator("#welcome li").count() == 2


def test_nothing_is_requested_from_elsewhere_and_nothing_is_complained_of(
    opened: Chat, requests: list[Request], complaints: list[str], server: str
):
    """The browser finds no fault with the page, its policy included, and asks no other address."""
    for question in (COCKTAIL, ABSTAINED):
        opened.ask(question)
    for view in VIEWS:
        opened.page.goto(view)
        expect(opened.page.locator("main")).to_be_visible()
    names = {urlsplit(request.url).path for request in requests if not request.url.startswith("data:")}
    scripts = {f"/{path.name}" for path in (Path(api.__file__).parent / "page").glob("*.[jc]s*")}
    document = "/documents/car-t-resistance-editorial"
    asked = {"/", "/ask", "/search", "/documents", "/collections", "/widget.js", document, f"{document}/text", f"{document}/versions"}
    assert names == asked | scripts
    _nothing_ran(opened.page, requests, complaints, server)


# Nothing runs


@pytest.mark.parametrize("question", PAYLOADS)
def test_a_question_made_of_markup_runs_nothing(opened: Chat, requests: list[Request], complaints: list[str], server: str, question: str):
    answer = opened.ask(question)
    page = opened.page
    page.reload()
    page.get_by_role("link", name="Review", exact=True).click()
    expect(page.locator("#reviewed h2")).to_have_text(question)
    assert page.locator(".questions a").all_text_contents() == [answer["question"]]
    page.goto(f"/?{urlencode({'view': 'search', 'q': question})}")
    expect(page.locator(".found > li").first).to_be_visible(timeout=WAIT)
    assert page.get_by_label("What to look for").input_value() == question
    _nothing_ran(page, requests, complaints, server)


def test_a_document_made_of_markup_runs_nothing_and_is_shown_as_it_stands(
    opened: Chat, requests: list[Request], complaints: list[str], server: str, hostile: str
):
    """Title and text with an image, a script and a link: every view shows them letter by letter."""
    page, answer = opened.page, opened.ask("What digs burrows over two lines?")
    (citation,) = answer["citations"]
    assert (citation["document"]["id"], hostile[citation["start"] : citation["end"]]) == ("hostile", citation["quote"])
    assert "<img src=x onerror=" in citation["quote"]
    expect(page.locator("#document mark.current").first).to_be_visible(timeout=WAIT)
    assert "".join(texts(page, "#document mark")) == citation["quote"]
    assert texts(page, "#document .text") == [hostile]
    assert texts(page, "#document h2") == [citation["document"]["title"]]
    page.get_by_role("link", name="Review", exact=True).click()
    assert texts(page, "#reviewed mark") == [citation["quote"]]
    page.goto("/?view=library&document=hostile")
    expect(page.locator("#anatomy h2")).to_have_text(citation["document"]["title"], timeout=WAIT)
    (detail,) = [httpx2.get(f"{server}/documents/hostile").json()]
    assert texts(page, ".passages .content") == [hostile[one["start"] : one["end"]] for one in detail["split"]] != []
    page.goto(f"/?{urlencode({'view': 'search', 'q': 'burrows'})}")
    expect(page.locator(".found > li").first).to_be_visible(timeout=WAIT)
    assert "<script>" in "".join(texts(page, ".found .content"))
    _nothing_ran(page, requests, complaints, server)


def test_a_document_opened_by_itself_runs_nothing(page: Page, requests: list[Request], complaints: list[str], server: str, hostile: str):
    page.goto("/documents/hostile/text")
    assert page.evaluate("document.body.textContent") == hostile
    assert page.evaluate("document.contentType") == "text/plain"
    _nothing_ran(page, requests, complaints, server)


def _nothing_ran(page: Page, requests: list[Request], complaints: list[str], server: str) -> None:
    """No script of a document or question ran, no element or handler of theirs was made, no other address was asked."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")  # what was put in has been laid out by now
    assert page.evaluate("window.ran") is None
    assert page.locator("main :is(img, script, iframe, object, embed, style, base)").count() == 0
    attributes = page.locator("main *").evaluate_all("all => all.flatMap(one => one.getAttributeNames())")
    assert [name for name in attributes if name.startswith("on") or name == "style"] == []
    links = page.locator("main a[href]").evaluate_all("all => all.map(one => one.href)")
    assert [href for href in links if not href.startswith(f"{server}/")] == []
    assert [request.url for request in requests if not request.url.startswith((f"{server}/", "data:"))] == []
    assert complaints == []


class Elsewhere(BaseHTTPRequestHandler):
    """Another site, whose page puts two pages into frames: the one it is asked for, and one of its own."""

    def do_GET(self) -> None:
        framed = self.path.partition("?")[2]
        content = f'<iframe src="{framed}"></iframe><iframe src="/own"></iframe>' if framed else "<p id=ask>Framed.</p>"
        self.send_response(200)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(content.encode())

    def log_message(self, *arguments: object) -> None:
        """Nothing on standard error."""


def test_no_other_page_may_frame_this_one(page: Page, server: str):
    """The browser shows the other site's own page in its frame and leaves the one for Footnote empty."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Elsewhere) as elsewhere:
        Thread(target=elsewhere.serve_forever, daemon=True).start()
        page.goto(f"http://127.0.0.1:{elsewhere.server_port}/?{server}/", wait_until="load")
        shown = [page.frame_locator("iframe").nth(number).locator("#read-view, #ask").count() for number in (0, 1)]
        elsewhere.shutdown()
    assert shown == [0, 1]
