"""Sources that disagree, and sentences that lean on another: what the answer says of them, and how page and command line show it."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from chats import Chat
from click.testing import CliRunner
from playwright.sync_api import Browser, Page

from api.cli import main

DOCUMENTS = {
    "early": "The Adler trial enrolled adults. Median survival after treatment with gantolimab was 14 months in the Adler trial.",
    "late": "A second look was taken. Median survival after treatment with gantolimab was 9 months in the Adler trial.",
    "wombat": "The northern wombat lives in Queensland. It digs burrows of thirty metres with its front paws.",
}
SURVIVAL = "What was the median survival after treatment with gantolimab in the Adler trial?"
BURROWS = "Burrows of how many metres are dug with the front paws?"

Started = Callable[..., Any]


@pytest.fixture(scope="module")
def library(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    home = tmp_path_factory.mktemp("disagreeing")
    (home / "documents").mkdir()
    for name, text in DOCUMENTS.items():
        (home / "documents" / f"{name}.txt").write_text(text, "utf-8")
    shutil.copytree(encoder_folder, home / "library" / "encoder-all-MiniLM-L6-v2-int8")
    return home / "library"


@pytest.fixture(scope="module")
def server(library: Path, start_server: Started) -> str:
    url: str = start_server("--library", library, "--documents", library.with_name("documents")).url
    return url


@pytest.fixture
def page(browser: Browser, server: str) -> Iterator[Page]:
    page = browser.new_page(base_url=server, viewport={"width": 1200, "height": 800})
    yield page
    page.close()


def _answer(server: str, question: str) -> dict[str, Any]:
    answer: dict[str, Any] = httpx2.post(f"{server}/ask", json={"question": question}).json()
    assert answer["status"] == "answered"
    return answer


def _asked_on(page: Page, question: str) -> None:
    page.goto("/")
    Chat(page).ask(question)


def test_documents_that_give_other_numbers_are_both_quoted_and_said_to_disagree(server: str):
    answer = _answer(server, SURVIVAL)
    quotes = {citation["number"]: citation["quote"] for citation in answer["citations"]}
    (conflict,) = answer["conflicts"]
    assert conflict["kind"] == "numbers"
    assert {quotes[number].split(" was ")[1][:2].strip() for number in conflict["citations"]} == {"14", "9"}


def test_a_sentence_brings_the_one_it_leans_on(server: str):
    sentences = _answer(server, BURROWS)["sentences"]
    assert [(one["text"], one["context"]) for one in sentences] == [
        ("The northern wombat lives in Queensland.", True),
        ("It digs burrows of thirty metres with its front paws.", False),
    ]


def test_an_answer_of_one_source_disagrees_with_nothing(server: str):
    assert _answer(server, BURROWS)["conflicts"] == []


def test_the_command_line_says_that_sources_disagree(library: Path, server: str):
    numbers = _answer(server, SURVIVAL)["conflicts"][0]["citations"]
    shown = CliRunner().invoke(main, ["ask", "--library", str(library), SURVIVAL])
    assert f"The sources disagree: [{numbers[0]}] and [{numbers[1]}]." in shown.output.splitlines()
    asked = CliRunner().invoke(main, ["ask", "--library", str(library), "--json", SURVIVAL])
    assert json.loads(asked.output)["conflicts"][0]["kind"] == "numbers"


def test_the_page_sets_both_quotes_side_by_side(page: Page):
    _asked_on(page, SURVIVAL)
    left, right = (page.locator(".conflict blockquote").nth(n).bounding_box() for n in (0, 1))
    assert left
    assert right
    assert left["y"] == right["y"]
    assert left["x"] + left["width"] <= right["x"]
    assert sorted(page.locator(".conflict blockquote").all_inner_texts())[0].startswith("Median survival")


def test_the_page_sets_a_sentence_apart_that_another_leans_on(page: Page):
    _asked_on(page, BURROWS)
    assert page.locator("footnote-chat .sentence.context").all_text_contents() == ["The northern wombat lives in Queensland.1"]
    assert page.locator(".conflict").count() == 0
