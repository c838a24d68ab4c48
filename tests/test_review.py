"""The review: a verdict on each citation of a sitting, kept in the browser, and taken away in every format."""

import csv
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import docx
import pytest
from chats import ABSTAINED, COCKTAIL, SEVERAL, WAIT, Chat
from playwright.sync_api import Browser, Page, expect


@pytest.fixture
def answers(page: Page, server: str) -> list[dict[str, Any]]:
    """Three answers of a sitting, with one, four and no citations; the review is open."""
    page.goto(server)
    chat = Chat(page)
    found = [chat.ask(COCKTAIL), chat.ask(ABSTAINED)]
    chat("header button").click()
    found.insert(1, chat.ask(SEVERAL))
    assert [len(one["citations"]) for one in found] == [1, 4, 0]
    page.get_by_role("link", name="Review", exact=True).click()
    return [found[0], found[2], found[1]]


@pytest.fixture
def page(browser: Browser) -> Iterator[Page]:
    context = browser.new_context(viewport={"width": 1100, "height": 800}, accept_downloads=True)
    context.set_default_timeout(WAIT)
    yield context.new_page()
    context.close()


def _pressed(page: Page) -> list[str]:
    """The verdict on each citation of the answer that is shown, "" for none."""
    cards: list[str] = page.locator("#reviewed .citation").evaluate_all(
        "all => all.map(one => one.querySelector('[aria-pressed=true]')?.dataset.verdict ?? '')"
    )
    return cards


def _judge(page: Page) -> None:
    """Accept the one citation of the first answer; of the last answer reject one, with a note, and mark another."""
    page.keyboard.press("a")
    page.locator(".questions a").nth(2).click()
    page.keyboard.press("n")
    page.keyboard.press("r")
    page.get_by_label("Note on citation 2").fill('=SUM(1) "not so", see <b>')
    page.locator("#reviewed h2").click()
    page.keyboard.press("n")
    page.keyboard.press("w")


def _saved(page: Page, name: str) -> tuple[str, Path]:
    with page.expect_download() as download:
        page.get_by_role("button", name=name, exact=True).click()
    return download.value.suggested_filename, Path(download.value.path())


def test_the_questions_of_the_sitting_are_listed_with_how_far_they_are(page: Page, answers: list[dict[str, Any]]):
    assert page.locator(".questions a").all_text_contents() == [one["question"] for one in answers]
    assert page.locator(".questions .note").all_text_contents() == [" 0/1", " no answer", " 0/4"]
    _judge(page)
    assert page.locator(".questions .note").all_text_contents() == [" 1/1", " no answer", " 2/4"]
    expect(page.locator("#review-view .note[role=status]")).to_have_text("3 of 5 citations reviewed")


def test_verdicts_and_notes_are_kept_over_a_reload_and_can_be_taken_back(page: Page, answers: list[dict[str, Any]]):
    _judge(page)
    assert _pressed(page) == ["", "rejected", "wrong_span", ""]
    page.reload()
    assert _pressed(page) == ["", "rejected", "wrong_span", ""]
    expect(page.get_by_label("Note on citation 2")).to_have_value('=SUM(1) "not so", see <b>')
    page.locator("#reviewed .citation").nth(1).get_by_role("button", name="Reject").click()
    assert _pressed(page) == ["", "", "wrong_span", ""]
    page.locator("#reviewed .citation").nth(2).get_by_role("button", name="Accept").click()
    assert _pressed(page) == ["", "", "accepted", ""]


def test_keys_go_on_to_the_next_answer_and_letters_of_a_note_are_no_verdict(page: Page, answers: list[dict[str, Any]]):
    expect(page.locator("#reviewed h2")).to_have_text(COCKTAIL)
    page.keyboard.press("n")
    expect(page.locator("#reviewed h2")).to_have_text(ABSTAINED)
    expect(page.locator("#reviewed .abstained")).to_have_text(answers[1]["text"])
    page.keyboard.press("p")
    expect(page.locator("#reviewed h2")).to_have_text(COCKTAIL)
    page.get_by_label("Note on citation 1").press_sequentially("warn")
    assert _pressed(page) == [""]
    expect(page.get_by_label("Note on citation 1")).to_have_value("warn")


def test_a_citation_under_review_is_read_in_its_source(page: Page, answers: list[dict[str, Any]]):
    (citation,) = answers[0]["citations"]
    assert page.locator("#reviewed mark").all_text_contents() == [citation["quote"]]
    page.locator("#reviewed .citation a").click()
    expect(page.locator("#document mark.current")).to_have_text(citation["quote"], timeout=WAIT)


def test_the_review_is_saved_in_each_format_with_its_verdicts_and_notes(page: Page, answers: list[dict[str, Any]]):
    _judge(page)
    quotes = [one["quote"] for answer in answers for one in answer["citations"]]
    name, saved = _saved(page, "CSV")
    rows = list(csv.DictReader(io.StringIO(saved.read_text("utf-8-sig"))))
    assert (name, [row["quote"] for row in rows if row["quote"]]) == ("reviewed-answers.csv", quotes)
    assert [row["verdict"] for row in rows if row["quote"]] == ["accepted", "", "rejected", "wrong_span", ""]
    assert {row["verification"] for row in rows if row["quote"]} == {"valid"}
    assert [row["note"] for row in rows if row["note"]] == ['\'=SUM(1) "not so", see <b>']
    name, saved = _saved(page, "Web Annotations")
    assert name == "reviewed-answers.jsonld"
    assert all(quote in json.dumps(json.loads(saved.read_text("utf-8")), ensure_ascii=False) for quote in quotes)
    name, saved = _saved(page, "Word")
    assert name == "reviewed-answers.docx"
    written = "\n".join(paragraph.text for paragraph in docx.Document(str(saved)).paragraphs)
    assert all(quote in written for quote in quotes)
    name, saved = _saved(page, "Markdown")
    assert name == "reviewed-answers.md"
    assert all(answer["question"].rstrip("?") in saved.read_text("utf-8") for answer in answers)


def test_references_to_the_documents_cited_are_saved(page: Page, answers: list[dict[str, Any]]):
    name, saved = _saved(page, "CSL-JSON")
    assert name == "references.json"
    assert [one["title"] for one in json.loads(saved.read_text("utf-8"))] == [answers[0]["citations"][0]["document"]["title"]]
    name, saved = _saved(page, "BibTeX")
    assert name == "references.bib"
    assert saved.read_text("utf-8").startswith("@")


def test_a_sitting_is_forgotten_when_that_is_confirmed(page: Page, answers: list[dict[str, Any]]):
    page.once("dialog", lambda dialog: dialog.accept())
    page.get_by_role("button", name="Forget this sitting").click()
    expect(page.locator(".questions li")).to_have_count(0)
    expect(page.locator("#reviewed")).to_be_hidden()
    page.reload()
    expect(page.locator("#review-view .note[role=status]")).to_have_text("Nothing was asked yet.")


def test_what_stands_in_the_storage_and_is_no_sitting_is_left_alone(page: Page, server: str):
    for kept in ('"x"', "{", '[{"answer": {"citations": 3}}, null, 7]', '{"a": 1}'):
        page.goto(server)
        page.evaluate("kept => localStorage.setItem('footnote-sitting', kept)", kept)
        page.goto(f"{server}/?view=review")
        expect(page.locator("#review-view .note[role=status]")).to_have_text("Nothing was asked yet.")
