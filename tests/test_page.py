"""The page in a real browser: what it shows is what the answer says, nothing in it runs, and nothing leaves the server's address."""

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any

import httpx2
import pytest
from chats import WAIT
from playwright.sync_api import Browser, Page, Request, Route, expect

COCKTAIL = "How many patients achieved an objective response with CAR19/22?"
SEVERAL = "CD19"
ABSTAINED = "What is the capital of France?"
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
def opened(page: Page, requests: list[Request], complaints: list[str]) -> Page:
    page.goto("/")
    expect(page.locator("#library")).not_to_be_empty(timeout=WAIT)
    return page


def ask(page: Page, question: str) -> dict[str, Any]:
    """Ask as a visitor does; the answer that the page got."""
    page.get_by_label("Your question").fill(question)
    with page.expect_response("**/ask") as asked:
        page.get_by_role("button", name="Ask").click()
    answer: dict[str, Any] = json.loads(asked.value.body())
    expect(page.locator("#answer")).to_have_attribute("aria-busy", "false", timeout=WAIT)
    return answer


def texts(page: Page, selector: str) -> list[str]:
    """The text of each element exactly, white space included."""
    found: list[str] = page.locator(selector).evaluate_all("elements => elements.map(element => element.textContent)")
    return found


@pytest.mark.parametrize("question", [COCKTAIL, SEVERAL])
def test_the_page_shows_each_sentence_and_beneath_it_the_quote_in_its_place(opened: Page, question: str):
    answer = ask(opened, question)
    citations = answer["citations"]
    assert answer["status"] == "answered"
    assert texts(opened, "#answer .sentence") == [f"{one['text']} [{one['citations'][0]}]" for one in answer["sentences"]]
    assert texts(opened, "#answer .footnotes mark") == [citation["quote"] for citation in citations]
    assert texts(opened, "#answer .footnotes .context") == [f"… {one['prefix']}{one['quote']}{one['suffix']} …" for one in citations]
    assert opened.locator(".abstained").count() == 0


def test_what_answers_most_shortly_is_set_off_in_its_sentence(opened: Page):
    answer = ask(opened, "How long did the response to pembrolizumab last?")
    marked = [one["text"][start:end] for one in answer["sentences"] for start, end in one["highlights"]]
    assert "10 months" in marked
    assert texts(opened, "#answer .sentence strong") == marked
    assert texts(opened, "#answer .sentence") == [f"{one['text']} [{one['citations'][0]}]" for one in answer["sentences"]]


def test_a_footnote_mark_leads_to_its_footnote(opened: Page):
    answer = ask(opened, SEVERAL)
    assert len(answer["citations"]) == 4
    for citation in answer["citations"]:
        opened.get_by_label(f"Footnote {citation['number']}").click()
        target = opened.locator("li:target")
        assert target.get_attribute("id") == f"footnote-{citation['number']}"
        assert target.locator("mark").text_content() == citation["quote"]


def test_a_footnote_names_its_source_and_leads_to_the_text_that_holds_the_quote(opened: Page, editorial: str):
    (citation,) = ask(opened, COCKTAIL)["citations"]
    note = opened.locator(".footnotes li")
    assert "Novel CD19 CAR-T or dual CAR-T cells to overcome CD19- relapse" in (note.text_content() or "")
    assert "documents/car-t-resistance-editorial.txt, characters 6163–6497" in (note.text_content() or "")
    link = note.get_by_role("link")
    assert link.get_attribute("href") == citation["url"]
    with opened.expect_navigation():
        link.click()
    assert opened.url.endswith(
        f"/documents/car-t-resistance-editorial/text?version=bea0093e274ccd0c#char={citation['start']},{citation['end']}"
    )
    shown = httpx2.get(opened.url.partition("#")[0]).content.decode("utf-8")
    assert shown == editorial
    assert shown[citation["start"] : citation["end"]] == citation["quote"]


def test_an_abstention_looks_different_and_shows_the_closest_passages(opened: Page):
    answer = ask(opened, ABSTAINED)
    assert answer["status"] == "abstained"
    box = opened.locator("#answer .abstained")
    assert box.count() == 1
    assert texts(opened, "#answer .abstained > p") == [answer["text"], "The closest passages, which are not an answer:"]
    assert texts(opened, "#answer .abstained li p") == [near["text"] for near in answer["closest"]] != []
    assert opened.locator(".footnotes, .sentence, mark").count() == 0
    assert box.evaluate("element => getComputedStyle(element).borderLeftWidth") == "3px"


def test_a_new_answer_takes_the_place_of_the_last_one(opened: Page):
    first = ask(opened, COCKTAIL)
    ask(opened, ABSTAINED)
    assert first["text"] not in (opened.locator("#answer").text_content() or "")
    again = ask(opened, COCKTAIL)
    assert again == first
    assert opened.locator(".abstained").count() == 0


def test_a_question_is_asked_with_the_return_key_too(opened: Page):
    opened.get_by_label("Your question").fill(COCKTAIL)
    opened.keyboard.press("Enter")
    expect(opened.locator("#answer mark")).to_contain_text("87.7%", timeout=WAIT)


def test_the_page_says_what_is_wrong_with_a_question(opened: Page):
    ask(opened, "?!")
    assert texts(opened, "#answer > *") == ["The question holds no word. Write what you want to know."]
    assert opened.locator("#answer .problem").count() == 1
    expect(opened.get_by_role("button", name="Ask")).to_be_enabled()


def test_the_page_says_when_the_server_does_not_answer(opened: Page, page: Page):
    """The connection is cut as a network would cut it; the page can ask again afterwards."""

    def cut(route: Route) -> None:
        route.abort("connectionreset")

    page.route("**/ask", cut)
    opened.get_by_label("Your question").fill(COCKTAIL)
    opened.get_by_role("button", name="Ask").click()
    expect(opened.locator("#answer .problem")).not_to_be_empty(timeout=WAIT)
    page.unroute("**/ask", cut)
    assert ask(opened, COCKTAIL)["status"] == "answered"
    assert opened.locator("#answer .problem").count() == 0


def test_the_page_tells_how_many_documents_there_are(opened: Page):
    assert opened.locator("#library").text_content() == "In the library: 2 documents."


def test_nothing_is_requested_from_elsewhere_and_nothing_is_complained_of(
    opened: Page, requests: list[Request], complaints: list[str], server: str
):
    """The browser finds no fault with the page, its policy included, and asks no other address."""
    for question in (COCKTAIL, ABSTAINED):
        ask(opened, question)
    paths = [request.url.removeprefix(server) for request in requests if not request.url.startswith("data:")]
    assert sorted(set(paths)) == ["/", "/ask", "/documents", "/page.css", "/page.js", "/reader.js"]
    assert complaints == []


# Nothing runs


@pytest.mark.parametrize("question", PAYLOADS)
def test_a_question_made_of_markup_runs_nothing(opened: Page, requests: list[Request], complaints: list[str], server: str, question: str):
    ask(opened, question)
    _nothing_ran(opened, requests, complaints, server)


def test_a_document_made_of_markup_runs_nothing_and_is_shown_as_it_stands(
    opened: Page, requests: list[Request], complaints: list[str], server: str, hostile: str
):
    """Title and text with an image, a script and a link: the quote shows them letter by letter."""
    answer = ask(opened, "What digs burrows over two lines?")
    (citation,) = answer["citations"]
    assert citation["document"]["id"] == "hostile"
    assert "<img src=x onerror=" in citation["quote"]
    assert "<img src=x onerror=" in citation["document"]["title"]
    assert hostile[citation["start"] : citation["end"]] == citation["quote"]
    assert texts(opened, "#answer mark") == [citation["quote"]]
    assert citation["document"]["title"] in texts(opened, "#answer .place")[0]
    _nothing_ran(opened, requests, complaints, server)


def test_closest_passages_made_of_markup_run_nothing(opened: Page, requests: list[Request], complaints: list[str], server: str):
    answer = ask(opened, "Who won the marsupial world cup in 1998?")
    assert answer["status"] == "abstained"
    assert "hostile" in [near["document"]["id"] for near in answer["closest"]]
    assert any("<script>" in shown for shown in texts(opened, "#answer .abstained li p"))
    _nothing_ran(opened, requests, complaints, server)


def test_a_document_opened_by_itself_runs_nothing(page: Page, requests: list[Request], complaints: list[str], server: str, hostile: str):
    page.goto("/documents/hostile/text")
    assert page.evaluate("document.body.textContent") == hostile
    assert page.evaluate("document.contentType") == "text/plain"
    _nothing_ran(page, requests, complaints, server)


def _nothing_ran(page: Page, requests: list[Request], complaints: list[str], server: str) -> None:
    """No script of a document or question ran, no element or attribute of theirs was made, no other address was asked."""
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")  # what was put in has been laid out by now
    assert page.evaluate("window.ran") is None
    assert page.locator("#answer :is(img, script, svg, iframe, object, embed, style, base, form)").count() == 0
    attributes = page.locator("#answer *").evaluate_all("all => all.flatMap(one => one.getAttributeNames())")
    assert set(attributes) <= {"class", "id", "href", "aria-label"}
    hrefs = page.locator("#answer a").evaluate_all("all => all.map(one => one.getAttribute('href'))")
    assert all(href.startswith(("#footnote-", "/documents/")) for href in hrefs)
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
        shown = [page.frame_locator("iframe").nth(number).locator("#ask").count() for number in (0, 1)]
        elsewhere.shutdown()
    assert shown == [0, 1]
