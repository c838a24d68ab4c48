"""The search view: passages with both scores and the words they were found by, as GET /search gives them."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from chats import WAIT
from playwright.sync_api import Browser, Page, expect

WORDS = "relapse after CD19-"


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    page = browser.new_page(base_url=server, viewport={"width": 1100, "height": 800})
    page.set_default_timeout(WAIT)
    yield page
    page.close()


def _search(server: str, words: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = httpx2.get(f"{server}/search", params={"q": words, "limit": 20}, timeout=60).json()["passages"]
    return found


def test_passages_are_shown_in_their_order_with_their_scores(page: Page, server: str):
    page.goto("/")
    page.get_by_role("link", name="Search", exact=True).click()
    page.get_by_label("What to look for").fill(WORDS)
    page.keyboard.press("Enter")
    found = _search(server, WORDS)
    expect(page.locator(".found > li")).to_have_count(len(found), timeout=WAIT)
    assert page.locator(".found .content").all_text_contents() == [one["text"] for one in found]
    scores = [[one["score"], one["text_score"], max(one["vector_score"], 0)] for one in found]
    shown = page.locator(".scores").evaluate_all("all => all.map(one => [...one.querySelectorAll('meter')].map(meter => meter.value))")
    assert shown == [[pytest.approx(score, abs=1e-6) for score in of_one] for of_one in scores]
    page.reload()
    expect(page.locator(".found > li")).to_have_count(len(found), timeout=WAIT)


def test_the_words_that_a_passage_was_found_by_are_marked_in_it(page: Page, server: str):
    page.goto(f"/?{urlencode({'view': 'search', 'q': WORDS})}")
    (first, *_) = _search(server, WORDS)
    expect(page.locator(".found > li").first).to_be_visible(timeout=WAIT)
    spans = sorted(tuple(span) for term in first["terms"] for span in term["spans"])
    assert page.locator(".found > li").first.locator("mark").all_text_contents() == [first["text"][start:end] for start, end in spans]
    terms = ", ".join(term["term"] for term in first["terms"])
    assert page.locator(".why").first.text_content() == f"Words found: {terms}"


def test_a_passage_found_is_read_at_its_characters(page: Page, server: str):
    page.goto(f"/?{urlencode({'view': 'search', 'q': WORDS})}")
    page.locator(".found a").first.click()
    expect(page.locator("#document mark.current").first).to_be_in_viewport(timeout=WAIT)
    assert "".join(page.locator("#document mark").all_text_contents()) == _search(server, WORDS)[0]["text"]


def test_any_word_can_be_looked_for_the_names_of_views_too(page: Page):
    page.goto("/?view=search")
    for word in ("read", "search"):
        page.get_by_label("What to look for").fill(word)
        page.keyboard.press("Enter")
        expect(page.locator(".found > li").first).to_be_visible(timeout=WAIT)
        assert page.url.endswith(f"/?view=search&q={word}")
        expect(page.get_by_label("What to look for")).to_have_value(word)


def test_what_is_refused_is_said(page: Page):
    page.goto(f"/?{urlencode({'view': 'search', 'q': '?!'})}")
    expect(page.locator("#search-view .problem")).to_have_text("The question holds no word. Write what you want to know.", timeout=WAIT)
