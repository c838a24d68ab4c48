"""What only some answers show, and what a reader says of an answer."""

import pytest
from chats import Chat, Reply, Site, event
from playwright.sync_api import expect

QUESTION = "CD19"


def test_sources_that_disagree_stand_side_by_side_and_notes_are_shown(chat: Chat, site: Site):
    answer = chat.ask(QUESTION)
    changed = {**answer, "conflicts": [{"citations": [1, 3], "kind": "numbers"}], "notes": ["A passage was left out."]}
    site.replies.append(Reply(event("answer", changed)))
    chat.ask(QUESTION)
    one, other = (answer["citations"][number] for number in (0, 2))
    assert chat.texts("article:last-child .conflict .note") == ["The sources disagree"]
    sides = [f"{side['quote']}{side['number']} {' › '.join([side['document']['title'], *side['section']])}" for side in (one, other)]
    assert chat.texts("article:last-child .conflict blockquote") == sides
    tops = chat("article:last-child .conflict blockquote").evaluate_all("all => all.map((one) => one.getBoundingClientRect().top)")
    assert tops[0] == tops[1]
    chat("article:last-child .conflict .footnote").nth(1).hover()
    expect(chat(".card mark")).to_have_text(other["quote"])
    assert chat.texts("article:last-child > div > .note") == ["A passage was left out."]


@pytest.mark.parametrize(
    ("verdict", "citation"), [("Helpful", None), ("Wrong", None), ("Wrong source", 3)], ids=["helpful", "wrong", "wrong source"]
)
def test_what_a_reader_says_of_an_answer_goes_to_the_server(chat: Chat, site: Site, verdict: str, citation: int | None):
    answer = chat.ask(QUESTION)
    site.replies.append(Reply(b"{}", status=201, kind="application/json"))
    chat.element.get_by_role("button", name=verdict, exact=True).click()
    if citation:
        chat.element.get_by_label("Which footnote?").select_option(str(citation))
    chat.element.get_by_label("In a word (optional)").fill(" a word ")
    chat.element.get_by_role("button", name="Send").click()
    expect(chat.element.get_by_role("status")).to_have_text("Thank you.")
    said = {"answer": answer["id"], "question": QUESTION, "verdict": verdict.lower().replace(" ", "_")}
    assert site.received[-1] == ("/feedback", {**said, "citation": citation, "comment": "a word"})


def test_feedback_that_is_refused_says_why(chat: Chat, site: Site):
    chat.ask(QUESTION)
    site.replies.append(Reply(b'{"detail": "There is no room."}', status=507, kind="application/problem+json"))
    chat.element.get_by_role("button", name="Helpful").click()
    chat.element.get_by_role("button", name="Send").click()
    expect(chat.element.get_by_role("status")).to_have_text("There is no room.")
