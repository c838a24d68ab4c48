"""Who can use the reading room: with the keyboard alone, on a narrow phone, in the dark, with a screen reader."""

from collections.abc import Callable, Iterator
from urllib.parse import urlencode

import pytest
from axe_playwright_python.sync_playwright import Axe
from chats import ABSTAINED, SEVERAL, WAIT, Chat
from playwright.sync_api import Browser, Page, expect

pytestmark = pytest.mark.slow

EDITORIAL = "car-t-resistance-editorial"
VIEWS = {
    "/": "#welcome li",
    f"/?{urlencode({'document': EDITORIAL})}#char=12302,12419": "#document mark",
    f"/?{urlencode({'view': 'library', 'document': EDITORIAL})}": ".passages li",
    f"/?{urlencode({'view': 'search', 'q': 'CD19- relapse'})}": ".found li",
    "/?view=review": "#reviewed .citation",
}
Open = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[Open]:
    """Opens the page in a fresh profile with two answers in its sitting, the last with citations."""
    contexts = []

    def opened(**settings: object) -> Page:
        contexts.append(browser.new_context(base_url=server, **settings))  # type: ignore[arg-type]
        contexts[-1].set_default_timeout(WAIT)
        page = contexts[-1].new_page()
        page.goto("/")
        for question in (SEVERAL, ABSTAINED):
            Chat(page).ask(question)
        return page

    yield opened
    for context in contexts:
        context.close()


@pytest.mark.parametrize("width", [1200, 320])
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_axe_finds_nothing_in_any_view(open_page: Open, width: int, scheme: str):
    page = open_page(viewport={"width": width, "height": 800}, color_scheme=scheme)
    for view, shown in VIEWS.items():
        page.goto("about:blank")
        page.goto(view)
        if (width, shown) != (320, "#welcome li"):  # there the answer has the screen for itself
            expect(page.locator(shown).first).to_be_visible(timeout=WAIT)
        heard = Axe().run(page).response
        assert (view, [(one["id"], one["nodes"][0]["html"]) for one in heard["violations"]]) == (view, [])
        assert len(heard["passes"]) > 20


def test_every_view_fits_a_narrow_phone(open_page: Open):
    page = open_page(viewport={"width": 320, "height": 568}, has_touch=True)
    for view in VIEWS:
        page.goto("about:blank")
        page.goto(view)
        page.wait_for_load_state("networkidle")
        widths = page.evaluate(
            "[document.documentElement, ...document.querySelectorAll('.view, .pane, .text')].map(one => one.scrollWidth)"
        )
        assert (view, [width for width in widths if width > 320]) == (view, [])


def test_an_answer_is_asked_for_read_and_reviewed_with_the_keyboard_alone(browser: Browser, server: str):
    page = browser.new_page(viewport={"width": 1200, "height": 700})
    page.set_default_timeout(WAIT)
    page.goto(server)
    chat, keyboard = Chat(page), page.keyboard
    expect(page.locator("#library")).not_to_be_empty()
    _tab_until(page, lambda: chat.focused() == "Your question")
    keyboard.type(SEVERAL)
    keyboard.press("Enter")
    expect(page.locator(".steps span")).to_have_text("Footnote 1 of 4")
    assert chat.focused() == "Your question"
    _tab_until(page, lambda: page.evaluate("document.activeElement.className") == "text")
    keyboard.press("n")
    expect(page.locator(".steps span")).to_have_text("Footnote 2 of 4")
    keyboard.press("Escape")
    assert chat.focused() == "Footnote 2"
    _tab_until(page, lambda: page.evaluate("document.activeElement.textContent") == "Review", "Shift+Tab")
    keyboard.press("Enter")
    expect(page.locator("#reviewed .citation").first).to_be_visible()
    for key in "anr":
        keyboard.press(key)
    expect(page.locator("#review-view .note[role=status]")).to_have_text("2 of 4 citations reviewed")
    page.close()


def _tab_until(page: Page, there: Callable[[], bool], key: str = "Tab") -> None:
    for _ in range(60):
        if there():
            return
        page.keyboard.press(key)
    raise AssertionError("the keyboard leads nowhere")
