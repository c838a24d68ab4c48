"""Who can use the chat: with the keyboard alone, on a narrow phone, in the dark, with a screen reader, in four languages."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from chats import ABSTAINED, COCKTAIL, SEVERAL, Chat, OpenChat, Site, host, listening
from playwright.sync_api import expect

pytestmark = pytest.mark.slow


def test_everything_works_with_the_keyboard_alone(open_chat: OpenChat, site: Site):
    chat = open_chat(site, "/bubble.html")
    heard = listening(chat.page, ["footnote-open"], prevent=True)
    keyboard = chat.page.keyboard
    bubble = chat(".bubble")
    expect(bubble).to_have_attribute("aria-expanded", "false")
    keyboard.press("Tab")
    assert chat.focused() == "Ask the documents"
    keyboard.press("Enter")
    expect(bubble).to_have_attribute("aria-expanded", "true")
    assert chat.focused() == "Your question"
    keyboard.type("What did")
    keyboard.press("Shift+Enter")
    keyboard.type("adding pembrolizumab do?")
    keyboard.press("Enter")
    expect(chat(".actions")).to_be_visible()
    assert chat.answers[0]["question"] == "What did\nadding pembrolizumab do?"
    assert chat.focused() == "Your question"
    while chat.focused() != "Footnote 1":
        keyboard.press("Shift+Tab")
    footnote = chat.element.get_by_label("Footnote 1", exact=True).and_(chat(".footnote"))
    expect(chat(".card mark")).to_have_text(chat.answers[0]["citations"][0]["quote"])
    assert chat(f"#{footnote.get_attribute('aria-describedby')}").get_attribute("class") == "card"
    keyboard.press("Escape")
    expect(chat(".card")).to_be_hidden()
    assert (chat.focused(), footnote.get_attribute("aria-expanded")) == ("Footnote 1", "false")
    keyboard.press("Enter")
    assert [detail["citation"]["number"] for _, detail in heard()] == [1]
    keyboard.press("Escape")
    expect(chat(".panel")).to_be_hidden()
    assert chat.focused() == "Ask the documents"


def test_a_chat_fits_a_narrow_phone(open_chat: OpenChat, site: Site):
    chat = open_chat(site, "/bubble.html", viewport={"width": 320, "height": 480}, has_touch=True)
    chat(".bubble").tap()
    for question in (SEVERAL, ABSTAINED):
        chat.ask(question)
    chat(".footnote").nth(1).tap()
    expect(chat(".card")).to_be_visible()
    assert chat.page.evaluate("document.documentElement.scrollWidth") == 320
    assert chat(".log").evaluate("log => log.scrollWidth - log.clientWidth") == 0
    for selector in (".panel", ".card"):
        box = chat(selector).bounding_box()
        assert box
        assert min(box["x"], box["y"], 320 - box["x"] - box["width"], 480 - box["y"] - box["height"]) >= 0


@pytest.mark.parametrize("height", [320, 480, 720])
def test_no_card_stands_over_its_footnote(open_chat: OpenChat, site: Site, height: int):
    chat = open_chat(site, viewport={"width": 320, "height": height}, reduced_motion="reduce")
    chat.ask(SEVERAL)
    for number in range(4):
        footnote = chat(".footnote").nth(number)
        footnote.focus()
        mark, card = footnote.bounding_box(), chat(".card").bounding_box()
        assert mark
        assert card
        assert card["y"] >= mark["y"] + mark["height"] or card["y"] + card["height"] <= mark["y"]
        assert 0 <= card["y"] < card["y"] + card["height"] <= height


def test_a_quote_that_is_longer_than_the_screen_is_read_with_the_arrow_keys(open_chat: OpenChat, site: Site):
    chat = open_chat(site, viewport={"width": 320, "height": 320}, reduced_motion="reduce")
    chat.ask(SEVERAL)
    chat(".footnote").nth(1).focus()
    card = chat(".card")
    assert card.evaluate("one => one.scrollHeight - one.clientHeight") > 100
    for _ in range(20):
        chat.page.keyboard.press("ArrowDown")
    assert card.evaluate("one => one.scrollHeight - one.clientHeight - one.scrollTop") < 1
    assert chat.focused() == "Footnote 2"
    assert Axe().run(chat.page).response["violations"] == []


def test_what_can_be_pressed_is_at_least_24_pixels_wide_and_high(chat: Chat):
    chat.ask(SEVERAL)
    chat.ask(ABSTAINED)
    sizes = chat("button").evaluate_all("all => all.map(one => one.getBoundingClientRect()).map(({width, height}) => [width, height])")
    shown = [size for size in sizes if size != [0, 0]]
    assert len(shown) > 10
    assert min(min(size) for size in shown) >= 24


@pytest.mark.parametrize("colours", ["light", "dark"])
@pytest.mark.parametrize(("path", "width"), [("/bubble.html", 320), ("/bubble.html", 1000), ("/inline.html", 1000)])
def test_axe_finds_nothing(open_chat: OpenChat, site: Site, path: str, width: int, colours: str):
    chat = open_chat(site, path, color_scheme=colours, reduced_motion="reduce", viewport={"width": width, "height": 700})
    axe = Axe()
    assert axe.run(chat.page).response["violations"] == []
    if path == "/bubble.html":
        chat(".bubble").click()
        assert axe.run(chat.page).response["violations"] == []
    chat.ask(SEVERAL)
    chat.element.get_by_role("button", name="Wrong source").click()
    assert axe.run(chat.page).response["violations"] == []
    chat(".footnote").first.focus()
    expect(chat(".card")).to_be_visible()
    assert axe.run(chat.page).response["violations"] == []
    chat.ask(ABSTAINED)
    chat.send("?!")
    expect(chat(".problem")).to_be_visible()
    found = axe.run(chat.page).response
    assert found["violations"] == []
    assert len(found["passes"]) > 20


@pytest.mark.parametrize(
    ("attributes", "page", "question"),
    [
        ("lang=de", "en", "Ihre Frage"),
        ("lang=fr-CA", "en", "Votre question"),
        ("", "es-MX", "Su pregunta"),
        ("", "nl", "Your question"),
        ("lang=xx", "de", "Ihre Frage"),
    ],
)
def test_labels_are_in_the_language_of_the_element_or_else_of_the_page(
    open_chat: OpenChat, site: Site, attributes: str, page: str, question: str
):
    site.pages["/language.html"] = ({}, host(f"<footnote-chat open {attributes}></footnote-chat>", language=page))
    chat = open_chat(site, "/language.html", question)
    expect(chat.field).to_be_visible()


def test_attributes_and_custom_properties_set_what_is_seen(open_chat: OpenChat, site: Site):
    style = "<link rel=stylesheet href=/site.css>"
    css = "footnote-chat { --footnote-accent: rgb(1, 2, 3); --footnote-width: 300px; --footnote-size: 20px; --footnote-radius: 3px }"
    site.pages["/site.css"] = ({"Content-Type": "text/css"}, css)
    site.pages["/set.html"] = ({}, host("<footnote-chat open theme=dark heading='Our papers'></footnote-chat>", style))
    chat = open_chat(site, "/set.html", color_scheme="light")
    assert chat.texts("h2") == ["Our papers"]
    looks = "one => ['width', 'font-size', 'border-radius', 'background-color'].map((name) => getComputedStyle(one)[name])"
    panel = chat(".panel").evaluate(looks)
    assert panel == ["300px", "20px", "3px", "rgb(22, 24, 27)"]
    assert chat("[type=submit]").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(1, 2, 3)"
    chat.element.evaluate(
        "chat => { chat.setAttribute('theme', 'light'); chat.setAttribute('title', 'x'); chat.removeAttribute('heading') }"
    )
    assert chat.texts("h2") == ["x"]
    assert chat(".panel").evaluate("one => getComputedStyle(one).backgroundColor") == "rgb(251, 250, 247)"
    chat.element.evaluate("chat => { chat.open = false }")
    expect(chat(".panel")).to_be_hidden()


def test_who_wants_no_motion_gets_none(open_chat: OpenChat, site: Site):
    chat = open_chat(site, reduced_motion="reduce")
    chat.ask(COCKTAIL)
    moving = chat("*").evaluate_all("all => all.flatMap(one => one.getAnimations())")
    assert moving == []
    assert set(chat("*").evaluate_all("all => all.map(one => getComputedStyle(one).transitionDuration)")) == {"0s"}
