"""A document opened at what was cited: what is marked is the quote, in the very version it was cited from."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest
from chats import PEMBROLIZUMAB, SEVERAL, WAIT, Chat
from made_files import pdf_pages
from playwright.sync_api import Browser, Page, expect

PAGES = ["The heron eats 17 eels in Norfolk.", "The lynx sleeps 10 hours in Sweden.", "The wombat dug 3 burrows in Tasmania."]
OLD, NEW = "The 🦘 otter‐ eats 12 fish.\n<b>It</b> sleeps.\n", "The otter eats 9 fish.\n"


@pytest.fixture(scope="module")
def library(own_server: str) -> str:
    """A server with a collection that holds two versions of one document, and a PDF."""
    httpx2.put(f"{own_server}/collections/zoo").raise_for_status()
    first = httpx2.post(f"{own_server}/collections/zoo/documents", files={"file": ("otter.txt", OLD.encode())}, timeout=60)
    paper = httpx2.post(f"{own_server}/collections/zoo/documents", files={"file": ("paper.pdf", pdf_pages(*PAGES))}, timeout=60)
    assert paper.status_code == 201
    second = httpx2.put(f"{own_server}/collections/zoo/documents/otter", files={"file": ("otter.txt", NEW.encode())}, timeout=60)
    assert (first.status_code, second.is_success) == (201, True)
    return own_server


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1200, "height": 700}, permissions=["clipboard-read", "clipboard-write"])
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


def _place(query: dict[str, str], start: int, end: int) -> str:
    return f"/?{urlencode(query)}#char={start},{end}"


def test_a_citation_opens_at_the_very_characters_also_after_a_reload(page: Page, server: str):
    answer = httpx2.post(f"{server}/ask", json={"question": "What did adding pembrolizumab do?"}, timeout=60).json()
    for citation in answer["citations"]:
        query = {"document": citation["document"]["id"], "version": citation["document"]["sha256"][:16]}
        page.goto(server + _place(query, citation["start"], citation["end"]))
        for _ in range(2):
            expect(page.locator("#document mark")).to_have_text(citation["quote"], timeout=WAIT)
            expect(page.locator("#document mark")).to_be_in_viewport()
            expect(page.locator("#document h2")).to_have_text(citation["document"]["title"])
            page.reload()


def test_another_place_of_the_same_document_is_marked_in_its_turn(page: Page, server: str, editorial: str):
    page.goto(server + _place({"document": "car-t-resistance-editorial"}, 0, 20))
    expect(page.locator("#document mark")).to_have_text(editorial[:20].strip(), timeout=WAIT)
    page.evaluate("window.location.hash = '#char=12302,12419'")
    expect(page.locator("#document mark")).to_have_text(editorial[12302:12419])
    assert page.locator("#document .text").evaluate("one => one.textContent") == editorial


def test_an_earlier_version_of_a_collection_is_shown_as_it_was_and_says_so(page: Page, library: str):
    versions = httpx2.get(f"{library}/collections/zoo/documents/otter/versions").json()["versions"]
    query = {"collection": "zoo", "document": "otter", "version": versions[0]["sha256"][:16]}
    page.goto(library + _place(query, 4, 12))
    expect(page.locator("#document mark")).to_have_text("🦘 otter‐", timeout=WAIT)
    assert page.locator("#document .text").evaluate("one => one.textContent") == OLD
    expect(page.locator("#document .note")).to_contain_text("earlier version")
    page.goto(library + _place({**query, "version": versions[1]["sha256"][:16]}, 4, 9))
    expect(page.locator("#document mark")).to_have_text("otter", timeout=WAIT)
    expect(page.locator("#document .note")).to_have_count(0)


def test_from_an_earlier_version_the_present_one_is_a_step_away(page: Page, library: str):
    versions = httpx2.get(f"{library}/collections/zoo/documents/otter/versions").json()["versions"]
    page.goto(library + _place({"collection": "zoo", "document": "otter", "version": versions[0]["sha256"][:16]}, 4, 12))
    page.get_by_role("button", name="Read the present one").click()
    expect(page.locator("#document .text")).to_have_text(NEW.strip(), timeout=WAIT)
    assert page.url == f"{library}/?collection=zoo&document=otter"


# From citation to citation


def _marked(page: Page) -> tuple[str, int]:
    """The text of the marks that are current, and how many marks there are."""
    return "".join(page.locator("#document mark.current").all_text_contents()), page.locator("#document mark").count()


@pytest.fixture
def several(page: Page, server: str) -> tuple[Chat, dict[str, Any]]:
    """A chat whose answer has four citations in one document, and the answer."""
    page.goto(server)
    chat = Chat(page)
    return chat, chat.ask(SEVERAL)


def test_all_citations_are_marked_and_keys_go_from_one_to_the_next_and_back(several: tuple[Chat, dict[str, Any]]):
    chat, answer = several
    page, quotes = chat.page, [one["quote"] for one in answer["citations"]]
    assert len(quotes) == 4
    page.locator("#document .text").focus()
    shown = []
    for number, key in zip((1, 2, 3, 4, 4, 3), "nnnnpx", strict=True):
        expect(page.locator(".steps span")).to_have_text(f"Footnote {number} of 4")
        shown.append(_marked(page))
        expect(page.locator("#document mark.current")).to_be_in_viewport()
        expect(chat(".footnote[aria-current]")).to_have_text(str(number))
        page.keyboard.press(key)
    assert shown == [(quotes[number], 4) for number in (0, 1, 2, 3, 3, 2)]


def test_buttons_step_too_and_keep_the_focus(several: tuple[Chat, dict[str, Any]]):
    page = several[0].page
    page.get_by_role("button", name="Next citation").click()
    page.keyboard.press("Enter")
    expect(page.locator(".steps span")).to_have_text("Footnote 3 of 4")
    assert page.evaluate("document.activeElement.ariaLabel") == "Next citation (n)"
    page.get_by_role("button", name="Previous citation").click()
    expect(page.locator(".steps span")).to_have_text("Footnote 2 of 4")


def test_the_way_back_leads_through_what_was_read(several: tuple[Chat, dict[str, Any]]):
    page = several[0].page
    page.get_by_role("button", name="Next citation").click()
    page.get_by_role("button", name="Next citation").click()
    expect(page.locator(".steps span")).to_have_text("Footnote 3 of 4")
    page.go_back()
    expect(page.locator(".steps span")).to_have_text("Footnote 2 of 4")
    page.go_forward()
    expect(page.locator(".steps span")).to_have_text("Footnote 3 of 4")


def test_a_key_leads_back_to_the_footnote_in_the_answer(several: tuple[Chat, dict[str, Any]]):
    chat, _ = several
    chat(".footnote").nth(2).click()
    chat.page.locator("#document .text").focus()
    chat.page.keyboard.press("b")
    assert chat.focused().startswith("Footnote 3")
    chat.page.keyboard.press("n")
    expect(chat.page.locator(".steps span")).to_have_text("Footnote 4 of 4")


def test_letters_that_are_written_are_no_keys(several: tuple[Chat, dict[str, Any]]):
    chat, _ = several
    chat.field.press_sequentially("npb")
    assert chat.field.input_value() == "npb"
    expect(chat.page.locator(".steps span")).to_have_text("Footnote 1 of 4")


def test_the_section_in_view_is_named(several: tuple[Chat, dict[str, Any]]):
    chat, _ = several
    chat(".footnote").nth(3).click()
    expect(chat.page.locator(".where")).not_to_be_empty()
    chat.page.locator("#document .text").evaluate("text => text.scrollTo(0, text.scrollHeight)")
    expect(chat.page.locator(".where")).to_have_text("Concluding remarks")


# Links


def test_a_link_to_an_answer_shows_it_again_where_it_was_given_and_where_it_was_not(browser: Browser, several: tuple[Chat, dict[str, Any]]):
    chat, answer = several
    page, link = chat.page, chat.page.url
    chat("header button").click()  # the conversation is forgotten
    page.reload()
    expect(page.locator("#document mark.current")).to_have_text(answer["citations"][0]["quote"], timeout=WAIT)
    assert [one["id"] for one in chat.answers] == [answer["id"]]
    elsewhere = browser.new_page()
    elsewhere.goto(link)
    expect(elsewhere.locator("#document mark.current")).to_have_text(answer["citations"][0]["quote"], timeout=WAIT)
    assert Chat(elsewhere).answers == [answer]
    assert (elsewhere.url, elsewhere.locator("#changed").is_visible()) == (link, False)
    elsewhere.goto(link.replace(answer["id"], "0" * 24))
    expect(elsewhere.locator("#changed")).to_be_visible(timeout=WAIT)
    elsewhere.close()


def test_a_copied_link_opens_at_the_citation_and_lets_the_browser_find_it_too(several: tuple[Chat, dict[str, Any]]):
    chat, answer = several
    page, citation = chat.page, answer["citations"][2]
    chat(".footnote").nth(2).click()
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    link = page.evaluate("navigator.clipboard.readText()")
    assert f"#char={citation['start']},{citation['end']}:~:text=" in link
    page.goto("about:blank")
    page.goto(link)
    expect(page.locator("#document mark.current")).to_have_text(citation["quote"], timeout=WAIT)
    expect(page.locator(".steps span")).to_have_text("Footnote 3 of 4")


def test_a_text_fragment_alone_is_found_by_the_browser(page: Page, server: str, editorial: str):
    text = quote(editorial[12302:12419])
    page.goto(f"{server}/?document=car-t-resistance-editorial#:~:text={text.replace('-', '%2D')}")
    page.locator("#document .text").evaluate(
        """text => new Promise((found, failed) => {
          setTimeout(() => failed('not scrolled'), 20000);
          (function look() { text.scrollTop > 1000 ? found() : setTimeout(look, 50); })();
        })"""
    )
    assert page.locator("#document mark").count() == 0


# Pages


def test_pages_are_named_and_lead_to_the_pdf_at_the_page(page: Page, library: str):
    answer = httpx2.post(f"{library}/collections/zoo/ask", json={"question": "Where does the lynx sleep?"}, timeout=60).json()
    citation = answer["citations"][0]
    assert (citation["document"]["id"], citation["page"]) == ("paper", 2)
    page.goto(library + _place({"collection": "zoo", "document": "paper"}, citation["start"], citation["end"]))
    expect(page.locator("#document mark")).to_have_text(citation["quote"], timeout=WAIT)
    text = httpx2.get(f"{library}/collections/zoo/documents/paper/text").text
    assert page.locator("#document .text").evaluate("one => one.textContent") == text
    version = citation["document"]["sha256"][:16]
    links = page.locator("#document a.page").evaluate_all("all => all.map(one => [one.ariaLabel, one.getAttribute('href')])")
    address = f"collections/zoo/documents/paper/file?version={version}&inline=true#page="
    assert links == [[f"Page {number}", f"{address}{number}"] for number in (1, 2, 3)]
    assert page.get_by_role("link", name="Page 2 of the PDF").get_attribute("href") == f"{address}2"


# A small screen


def test_on_a_phone_one_pane_is_seen_at_a_time(browser: Browser, server: str):
    context = browser.new_context(viewport={"width": 360, "height": 640}, has_touch=True)
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(server)
    chat = Chat(page)
    answer = chat.ask(PEMBROLIZUMAB)
    expect(page.locator("#document")).to_be_hidden()
    chat(".footnote").first.focus()
    page.keyboard.press("Enter")
    expect(page.locator("#document mark.current")).to_be_in_viewport()
    expect(page.locator("#document mark.current")).to_have_text(answer["citations"][0]["quote"])
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    page.get_by_role("button", name="← Answer").click()
    expect(chat.element).to_be_visible()
    assert chat.focused().startswith("Footnote 1")
    context.close()


def test_a_document_that_is_not_there_is_said(page: Page, server: str):
    page.goto(server + _place({"document": "<img src=x onerror=alert(1)>"}, 0, 5))
    expect(page.locator("#document .problem")).to_contain_text("no document", timeout=WAIT)
    expect(page.locator("#document img")).to_have_count(0)
