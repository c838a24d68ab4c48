"""A document opened at what was cited: what is marked is the quote, in the very version it was cited from."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import httpx2
import pytest
from chats import WAIT
from playwright.sync_api import Browser, Page, expect

OLD, NEW = "The 🦘 otter‐ eats 12 fish.\n<b>It</b> sleeps.\n", "The otter eats 9 fish.\n"


@pytest.fixture(scope="module")
def library(start_server: Callable[..., Any], encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A server over a collection that holds two versions of one document."""
    home = tmp_path_factory.mktemp("read") / "library"
    home.mkdir()
    (home / encoder_folder.name).symlink_to(encoder_folder)
    url: str = start_server("--library", home).url
    httpx2.put(f"{url}/collections/zoo").raise_for_status()
    first = httpx2.post(f"{url}/collections/zoo/documents", files={"file": ("otter.txt", OLD.encode())}, timeout=60)
    second = httpx2.put(f"{url}/collections/zoo/documents/otter", files={"file": ("otter.txt", NEW.encode())}, timeout=60)
    assert (first.status_code, second.is_success) == (201, True)
    return url


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 800, "height": 600})
    page.set_default_timeout(WAIT)
    yield page
    page.close()


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


def test_a_document_that_is_not_there_is_said(page: Page, server: str):
    page.goto(server + _place({"document": "<img src=x onerror=alert(1)>"}, 0, 5))
    expect(page.locator("#document .problem")).to_contain_text("no document", timeout=WAIT)
    expect(page.locator("#document img")).to_have_count(0)
