"""Nothing runs: payloads in the documents, the questions and the sitting that the reading room shows."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote, urlencode

import httpx2
import pytest
from payloads import PAYLOADS, laced_answer
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.slow

_TEXTS = "(all) => all.map((one) => one.textContent)"


@pytest.fixture
def room(browser: Browser, laced_server: str) -> Iterator[Page]:
    """The page over documents made of payloads; when the test is done, nothing may have run or been fetched from elsewhere."""
    context = browser.new_context(base_url=laced_server, viewport={"width": 1200, "height": 800})
    page, fetched, complaints = context.new_page(), [], []
    page.on("request", lambda request: fetched.append(request.url))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("dialog", lambda dialog: (complaints.append(dialog.message), dialog.dismiss()))
    yield page
    page.evaluate("new Promise(done => requestAnimationFrame(() => setTimeout(done)))")
    assert page.evaluate("window.ran") is None
    assert page.locator("main :is(img, script, iframe, object, embed, style, base, math)").count() == 0
    assert [url for url in fetched if not url.startswith((f"{laced_server}/", "data:"))] == []
    assert complaints == []
    context.close()


def _documents(laced_server: str) -> list[dict[str, Any]]:
    listed: list[dict[str, Any]] = httpx2.get(f"{laced_server}/documents").json()["documents"]
    assert len(listed) == len(PAYLOADS)
    return listed


def test_a_library_made_of_payloads_is_listed_split_and_read_letter_by_letter(room: Page, laced_server: str):
    documents = _documents(laced_server)
    room.goto("/?view=library")
    expect(room.locator("#library-view .note[role=status]")).to_have_text(f"{len(PAYLOADS)} documents")
    for _ in range(2):
        room.get_by_role("button", name="Show more").click()
    assert room.locator("#library-view .documents a").evaluate_all(_TEXTS) == [one["title"] for one in documents]
    for about in documents[::30]:
        text = httpx2.get(f"{laced_server}{about['url']}").text
        split = httpx2.get(f"{laced_server}/documents/{quote(about['id'], safe='')}").json()["split"]
        room.goto(f"/?{urlencode({'view': 'library', 'document': about['id']})}")
        expect(room.locator("#anatomy h2")).to_have_text(about["title"], use_inner_text=False)
        assert room.locator(".passages .content").evaluate_all(_TEXTS) == [text[one["start"] : one["end"]] for one in split]
        room.goto(f"/?{urlencode({'document': about['id']})}#char=0,{len(text)}")
        expect(room.locator("#document mark").first).to_be_attached()
        assert room.locator("#document .text").evaluate_all(_TEXTS) == [text]


def test_what_is_found_is_shown_letter_by_letter(room: Page, laced_server: str):
    for payload in PAYLOADS[::30]:
        found = httpx2.get(f"{laced_server}/search", params={"q": f"quokka {payload}", "limit": 20}).json()["passages"]
        room.goto(f"/?{urlencode({'view': 'search', 'q': f'quokka {payload}'})}")
        expect(room.locator(".found > li")).to_have_count(len(found))
        assert room.locator(".found .content").evaluate_all(_TEXTS) == [one["text"] for one in found]


def test_a_sitting_made_of_payloads_is_reviewed_letter_by_letter(room: Page, answered: dict[str, Any]):
    answers = [laced_answer(answered, payload) for payload in PAYLOADS]
    kept = [{"answer": answer, "collection": "", "reviews": {"1": {"verdict": None, "note": answer["question"]}}} for answer in answers]
    room.goto("/health")
    room.evaluate("kept => localStorage.setItem('footnote-sitting', JSON.stringify(kept))", kept)
    room.goto("/?view=review")
    assert room.locator(".questions a").evaluate_all(_TEXTS) == PAYLOADS
    for number in range(0, len(PAYLOADS), 15):
        payload = PAYLOADS[number]
        room.locator(".questions a").nth(number).click()
        assert room.locator("#reviewed h2, #reviewed mark").evaluate_all(_TEXTS) == [payload, payload]
        assert room.locator("#reviewed .sentence").evaluate_all(_TEXTS) == [f"{payload}[1]"]
        assert room.get_by_label("Note on citation 1").input_value() == payload.replace("\r\n", "\n").replace("\r", "\n")
