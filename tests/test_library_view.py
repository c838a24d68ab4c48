"""The library in the reading room: files come in by drop and by choice, are seen as they were split, and go."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from chats import WAIT
from made_files import pdf_pages
from playwright.sync_api import Browser, Locator, Page, expect

OTTER, LATER = b"# Otters\n\nThe otter eats 12 fish.\n\n## Sleep\n\nIt sleeps in a holt.\n", b"# Otters\n\nThe otter eats 9 fish.\n"
DROP = """([files]) => {
  const carried = new DataTransfer();
  for (const [name, content] of files) carried.items.add(new File([content], name));
  const zone = document.querySelector('.drop');
  for (const type of ['dragenter', 'dragover', 'drop']) {
    const event = new DragEvent(type, { dataTransfer: carried, bubbles: true, cancelable: true });
    if (zone.dispatchEvent(event)) throw new Error('the browser would open the file itself');
  }
}"""


@pytest.fixture
def page(browser: Browser, own_server: str, request: pytest.FixtureRequest) -> Iterator[Page]:
    """The library view of a collection of the test's own."""
    name = f"c{abs(hash(request.node.name)) % 10**9}"
    httpx2.put(f"{own_server}/collections/{name}").raise_for_status()
    context = browser.new_context(base_url=own_server, viewport={"width": 1100, "height": 800})
    context.set_default_timeout(WAIT)
    page = context.new_page()
    page.goto(f"/?view=library&collection={name}")
    expect(page.locator("#library-view .note[role=status]")).to_have_text("0 documents", timeout=WAIT)
    yield page
    context.close()


def _choose(page: Page, *files: tuple[str, bytes]) -> None:
    page.set_input_files("#files", [{"name": name, "mimeType": "", "buffer": content} for name, content in files])


def _outcomes(page: Page) -> list[str]:
    """What is said of each file, the latest first, once all is said."""
    expect(page.locator(".outcomes progress")).to_have_count(0, timeout=WAIT)
    return page.locator(".outcomes li").all_text_contents()


def _titles(page: Page) -> Locator:
    return page.locator("#library-view .documents a")


def test_files_that_are_dropped_become_documents_and_each_says_what_became_of_it(page: Page):
    page.evaluate(DROP, [[["otter.md", OTTER.decode()], ["blank.txt", " "], ["stoat.txt", "The stoat hunts."]]])
    first, second, third = _outcomes(page)
    assert first == "otter.mdadded Otters"
    assert second.startswith("blank.txt")
    assert "added" not in second
    assert third == "stoat.txtadded stoat"
    expect(_titles(page)).to_have_text(["Otters", "stoat"])
    expect(page.locator(".outcomes .problem")).to_have_count(1)


def test_many_files_go_in_several_requests_and_all_are_told_of(page: Page):
    with page.expect_response(lambda response: response.request.method == "POST") as sent:
        _choose(page, *[(f"vole{number:03}.txt", f"Vole {number} digs.".encode()) for number in range(120)])
    assert sent.value.status == 202
    assert len(_outcomes(page)) == 120
    expect(page.locator("#library-view .note[role=status]")).to_have_text("120 documents", timeout=WAIT)
    expect(_titles(page)).to_have_count(100)
    page.get_by_role("button", name="Show more").click()
    expect(_titles(page)).to_have_count(120)
    page.get_by_label("Show only documents with").fill("vole01 TXT")
    expect(_titles(page)).to_have_count(10)


def test_a_file_of_a_name_that_is_taken_can_be_made_the_new_version(page: Page):
    _choose(page, ("otter.md", OTTER))
    assert _outcomes(page) == ["otter.mdadded Otters"]
    _choose(page, ("otter.md", LATER))
    assert "a document of this name" in _outcomes(page)[0]
    page.get_by_role("button", name="Make it the new version").click()
    expect(page.locator(".outcomes li").first).to_contain_text("new version", timeout=WAIT)
    _titles(page).click()
    page.get_by_text("2 versions").click()
    expect(page.locator("#anatomy details li")).to_have_count(2)
    page.locator("#anatomy details a").first.click()
    expect(page.locator("#document .note")).to_contain_text("earlier version", timeout=WAIT)
    assert page.locator("#document .text").text_content() == OTTER.decode()


def test_a_document_is_shown_as_it_was_split_and_each_passage_can_be_read(page: Page, own_server: str):
    _choose(page, ("otter.md", OTTER))
    _outcomes(page)
    _titles(page).click()
    expect(page.locator(".passages li")).to_have_count(2)
    text = OTTER.decode()
    collection = page.url.partition("collection=")[2].partition("&")[0]
    split = httpx2.get(f"{own_server}/collections/{collection}/documents/otter").json()["split"]
    assert page.locator(".passages .content").all_text_contents() == [text[one["start"] : one["end"]] for one in split]
    assert "Sleep" in page.locator(".passages .place").nth(1).inner_text()
    page.locator(".passages a").nth(1).click()
    expect(page.locator("#document mark.current")).to_have_text("It sleeps in a holt.", timeout=WAIT)


def test_a_document_is_removed_only_when_that_is_confirmed(page: Page):
    _choose(page, ("otter.md", OTTER), ("paper.pdf", pdf_pages("The lynx sleeps.", "It wakes.")))
    _outcomes(page)
    _titles(page).first.click()
    page.once("dialog", lambda dialog: dialog.dismiss())
    page.get_by_role("button", name="Remove").click()
    expect(_titles(page)).to_have_count(2)
    asked: list[str] = []
    page.once("dialog", lambda dialog: (asked.append(dialog.message), dialog.accept()))
    page.get_by_role("button", name="Remove").click()
    expect(_titles(page)).to_have_count(1)
    assert asked[0].startswith("Remove “Otters” with all its versions?")
    expect(page.get_by_text("“Otters” was removed.")).to_be_visible()
    assert "document=" not in page.url


def test_a_collection_is_made_and_chosen_and_nothing_of_another_is_in_it(page: Page):
    _choose(page, ("otter.md", OTTER))
    _outcomes(page)
    page.get_by_label("Name of a new collection").fill("birds-of-skye")
    page.keyboard.press("Enter")
    expect(page.locator("#library-view .note[role=status]")).to_have_text("0 documents")
    assert page.url.endswith("/?view=library&collection=birds-of-skye")
    expect(page.get_by_role("combobox", name="Collection")).to_have_value("birds-of-skye")
    expect(_titles(page)).to_have_count(0)


def test_where_documents_cannot_be_changed_it_is_said_and_nothing_is_lost(
    start_server: Callable[..., Any], browser: Browser, encoder_folder: Path, tmp_path: Path
):
    (tmp_path / encoder_folder.name).symlink_to(encoder_folder)
    url = start_server("--library", tmp_path, "--writable", "no").url
    page = browser.new_page()
    page.goto(f"{url}/?view=library")
    _choose(page, ("otter.md", OTTER))
    assert "Documents cannot be changed over HTTP here" in _outcomes(page)[0]
    page.close()
