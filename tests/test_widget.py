"""The chat in a real browser, asking a real server: what it shows is what the answer says, and what a reader does with it."""

import re
from typing import Any

import pytest
from chats import ABSTAINED, COCKTAIL, PEMBROLIZUMAB, SEVERAL, Chat, OpenChat, Site, listening
from playwright.sync_api import Request, expect

# Answers


@pytest.mark.parametrize("question", [COCKTAIL, SEVERAL])
def test_each_sentence_is_shown_with_the_numbers_of_its_footnotes(chat: Chat, question: str):
    heard = listening(chat.page, ["footnote-asked", "footnote-answer"])
    answer = chat.ask(question)
    assert answer["status"] == "answered"
    assert chat.texts(".sentence") == [one["text"] + "".join(map(str, one["citations"])) for one in answer["sentences"]]
    assert chat("a, .abstained, .problem, .conflict").count() == 0
    assert heard() == [["footnote-asked", {"question": question}], ["footnote-answer", {"answer": answer}]]
    assert chat("article").get_attribute("data-answer") == answer["id"]


def test_what_answers_most_shortly_is_in_bold(chat: Chat):
    answer = chat.ask("How long did the response to pembrolizumab last?")
    marked = [one["text"][start:end] for one in answer["sentences"] for start, end in one["highlights"]]
    assert "10 months" in marked
    assert chat.texts(".sentence strong") == marked


def test_a_footnote_under_the_pointer_shows_the_quote_in_its_context_and_where_it_stands(chat: Chat):
    answer = chat.ask(SEVERAL)
    assert len(answer["citations"]) == 4
    for citation in answer["citations"]:
        footnote = chat("article").get_by_label(f"Footnote {citation['number']}", exact=True)
        footnote.hover()
        expect(footnote).to_have_attribute("aria-expanded", "true")
        assert chat.texts(".card mark") == [citation["quote"]]
        context, place = chat.texts(".card p")
        assert context == f"… {citation['prefix']}{citation['quote']}{citation['suffix']} …"
        position = f"characters {citation['start']}–{citation['end']}"
        assert place == " › ".join([citation["document"]["title"], *citation["section"]]) + f", {position}"
    chat.page.mouse.move(1, 1)
    expect(chat(".card")).to_be_hidden()


def test_the_card_stays_while_the_pointer_is_on_it_and_goes_with_escape(chat: Chat):
    chat.ask(COCKTAIL)
    chat(".footnote").hover()
    chat(".card .plain").hover()
    chat.page.wait_for_timeout(400)
    expect(chat(".card")).to_be_visible()
    chat.page.evaluate("document.activeElement.blur()")
    chat.page.keyboard.press("Escape")
    expect(chat(".card")).to_be_hidden()
    expect(chat(".panel")).to_be_visible()


def test_a_click_opens_the_source_at_the_very_characters(chat: Chat, site: Site):
    (citation,) = chat.ask(COCKTAIL)["citations"]
    with chat.page.expect_popup() as opening:
        chat(".footnote").click()
    opening.value.wait_for_load_state()
    expected = f"{site.url}/?document=car-t-resistance-editorial&version=bea0093e274ccd0c#char={citation['start']},{citation['end']}"
    assert opening.value.url == expected
    assert opening.value.evaluate("window.opener") is None


def test_a_page_may_show_the_source_itself(chat: Chat):
    heard = listening(chat.page, ["footnote-open"], prevent=True)
    answer = chat.ask(COCKTAIL)
    chat(".footnote").click()
    assert heard() == [["footnote-open", {"citation": answer["citations"][0], "answer": answer}]]
    chat.page.wait_for_timeout(200)
    assert len(chat.page.context.pages) == 1


def test_a_tap_shows_the_card_and_the_next_one_opens_the_source(open_chat: OpenChat, site: Site):
    chat = open_chat(site, has_touch=True)
    heard = listening(chat.page, ["footnote-open"], prevent=True)
    answer = chat.ask(SEVERAL)
    chat(".footnote").first.tap()
    expect(chat(".card mark")).to_have_text(answer["citations"][0]["quote"])
    assert heard() == []
    chat(".footnote").first.tap()
    assert [detail["citation"]["number"] for _, detail in heard()] == [1]
    chat(".footnote").nth(1).tap()
    chat(".card .plain").tap()
    assert [detail["citation"]["number"] for _, detail in heard()] == [1, 2]


def test_an_abstention_looks_different_says_why_and_offers_the_closest_passages_as_what_they_are(chat: Chat):
    heard = listening(chat.page, ["footnote-open"], prevent=True)
    answer = chat.ask(ABSTAINED)
    assert answer["status"] == "abstained"
    assert chat("article .sentence, .footnote, mark").count() == 0
    assert chat(".abstained").evaluate("box => getComputedStyle(box).borderLeftWidth") == "3px"
    assert chat.texts(".abstained > p") == ["The documents do not clearly answer this.", "The closest passages, which are not an answer:"]
    assert chat.texts(".closest > p:first-child") == [one["text"] for one in answer["closest"]] != []
    chat(".closest .plain").first.click()
    assert heard() == [["footnote-open", {"citation": answer["closest"][0], "answer": answer}]]


def test_a_footnote_can_be_marked_as_the_one_that_is_read(chat: Chat):
    answer = chat.ask(SEVERAL)
    for number in (2, 3):
        chat.element.evaluate("(chat, [id, number]) => chat.select(id, number)", [answer["id"], number])
        assert chat.texts("[aria-current=true]") == [str(number)]
    chat.element.evaluate("chat => chat.select()")
    assert chat("[aria-current]").count() == 0


# Conversations


def test_a_follow_up_is_asked_with_what_was_said_and_shows_how_it_was_understood(chat: Chat, site: Site):
    site.received.clear()
    first = chat.ask(PEMBROLIZUMAB)
    second = chat.ask("How long did it last?")
    history = [{"role": "user", "content": PEMBROLIZUMAB}, {"role": "assistant", "content": first["text"]}]
    assert [body for _, body in site.received] == [
        {"question": PEMBROLIZUMAB, "history": []},
        {"question": "How long did it last?", "history": history},
    ]
    assert second["standalone_question"] != second["question"]
    assert chat.texts("article:nth-child(2) .note") == [f"Understood as: {second['standalone_question']}"]
    assert chat("article:nth-child(1) .note").count() == 0


def test_a_conversation_outlives_a_reload_until_it_is_cleared(chat: Chat, site: Site):
    chat.ask(COCKTAIL)
    chat.ask(ABSTAINED)
    before = chat.answers, chat.texts(".log")
    chat.page.reload()
    assert (chat.answers, chat.texts(".log")) == before
    site.received.clear()
    chat(".footnote").hover()
    expect(chat(".card mark")).to_contain_text("87.7%")
    chat.ask("And how many had a complete response?")
    assert len(site.received[0][1]["history"]) == 4
    chat.element.get_by_label("New conversation").click()
    assert (chat.answers, chat("article").count(), chat.focused()) == ([], 0, "Your question")
    chat.page.reload()
    assert (chat.answers, chat("article").count()) == ([], 0)
    assert chat.page.evaluate("localStorage.length") == 0


@pytest.mark.parametrize("kept", ["{", "null", "17", "[{}]", '[{"question": 3}]', '[{"question": "CD19", "answer": {"text": "x"}}]'])
def test_what_is_kept_of_another_version_is_left_alone(open_chat: OpenChat, site: Site, kept: str):
    chat = open_chat(site)
    chat.ask(COCKTAIL)
    (name,) = chat.page.evaluate("Object.keys(localStorage)")
    chat.page.evaluate("([name, kept]) => localStorage.setItem(name, kept)", [name, kept])
    chat.page.reload()
    assert chat.answers == []
    assert chat.ask(COCKTAIL)["status"] == "answered"


def test_a_conversation_with_no_room_to_be_kept_goes_on(chat: Chat):
    chat.page.evaluate("localStorage.setItem('full', 'x'.repeat(5 * 2 ** 20 - 4))")
    chat.ask(COCKTAIL)
    chat.ask(SEVERAL)
    assert len(chat.answers) == 2
    assert chat.page.evaluate("Object.keys(localStorage)") == ["full"]


def test_suggested_questions_and_the_greeting_stand_in_the_place_of_a_conversation(open_chat: OpenChat, site: Site):
    chat = open_chat(site, "/bubble.html")
    chat.element.get_by_role("button", name="Ask the documents").click()
    assert chat.texts(".greeting p") == ["Welcome."]
    assert chat.texts(".suggestion") == ["CD19", "What is CAR-T?"]
    chat(".suggestion").first.click()
    expect(chat(".actions")).to_be_visible()
    assert (chat("article").count(), chat(".greeting").count(), chat.focused()) == (1, 0, "Your question")


# What a reader does with an answer


def test_an_answer_is_copied_with_its_footnotes(open_chat: OpenChat, site: Site):
    chat = open_chat(site, permissions=["clipboard-read", "clipboard-write"])
    answer = chat.ask(SEVERAL)
    chat.element.get_by_role("button", name="Copy").click()
    expect(chat.element.get_by_text("Copied")).to_be_visible()
    text = chat.page.evaluate("navigator.clipboard.readText()")
    assert text.startswith(f"{SEVERAL}\n\n{answer['text']}\n\n[1] “")
    for one in answer["citations"]:
        lines = text[text.index(f"\n[{one['number']}] “") + 1 :].split("\n\n")[0].splitlines()
        assert lines[0] == f"[{one['number']}] “{one['quote']}”"
        assert lines[1].endswith(f"{one['section'][-1]}, characters {one['start']}–{one['end']}")
        assert lines[2].endswith(f"sha256 {one['document']['sha256']}")
        assert lines[3].startswith(f"    {site.url}/?document=")


def test_where_the_clipboard_is_closed_the_text_stands_in_a_box_and_is_selected(chat: Chat):
    chat.page.evaluate("() => { navigator.clipboard.writeText = () => Promise.reject(new Error('closed')) }")
    answer = chat.ask(COCKTAIL)
    chat.element.get_by_role("button", name="Copy").click()
    box = chat.element.get_by_label("Copy this text")
    assert answer["text"] in box.input_value()
    assert box.evaluate("box => box.value.slice(box.selectionStart, box.selectionEnd) === box.value")


# The element


def test_a_chat_asks_nobody_but_its_server_and_nothing_is_complained_of(open_chat: OpenChat, site: Site):
    chat = open_chat(site, "/bubble.html")
    page = chat.page
    requests: list[Request] = []
    complaints: list[str] = []
    page.on("request", lambda request: requests.append(request))
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.reload()
    chat(".bubble").click()
    for question in (SEVERAL, ABSTAINED):
        chat.ask(question)
    chat(".footnote").first.hover()
    assert {re.sub(r"^data:.*", "", one.url.removeprefix(site.url)) for one in requests} <= {"", "/bubble.html", "/widget.js", "/ask"}
    assert complaints == []


def test_the_chat_is_one_conversation_however_often_it_is_moved(chat: Chat):
    answer = chat.ask(COCKTAIL)
    chat.page.evaluate("document.body.prepend(document.querySelector('footnote-chat'))")
    assert chat.answers == [answer]
    assert chat.ask(SEVERAL)["status"] == "answered"


def test_the_api_of_the_element_asks_and_clears(chat: Chat, site: Site):
    answer: dict[str, Any] = chat.element.evaluate("(chat, question) => chat.ask(question)", COCKTAIL)
    assert chat.answers == [answer]
    assert chat.element.evaluate("chat => [chat.endpoint, chat.collection]") == [site.url, ""]
    chat.element.evaluate("chat => chat.clear()")
    assert chat.answers == []
