"""The chat on a page of another site, which the server lets ask: the whole way, from the question to the source and the feedback."""

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx2
import pytest
from chats import PEMBROLIZUMAB, OpenChat, Site, site_of
from playwright.sync_api import expect


def _page(server: str) -> str:
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8"><title>A site</title><link rel="icon" href="data:,">'
        f'<script src="{server}/widget.js" defer></script></head><body><h1>A site</h1><footnote-chat open></footnote-chat></body></html>'
    )


@pytest.fixture(scope="module")
def sites(start_server: Callable[..., Any], editorial_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """(the server, a site that it names, a site that it does not); the sites' policy lets nothing in but the server."""
    home = tmp_path_factory.mktemp("elsewhere") / "library"
    shutil.copytree(editorial_folder, home)
    with site_of("", {}) as named, site_of("", {}) as other:
        server = start_server("--library", home, "--origins", named.url).url
        policy = f"default-src 'none'; script-src {server}; connect-src {server}; img-src data:; require-trusted-types-for 'script'"
        for site in (named, other):
            site.pages["/"] = ({"Content-Security-Policy": policy}, _page(server))
        yield server, named, other


def test_a_site_that_is_named_asks_opens_the_source_and_gives_feedback(open_chat: OpenChat, sites: tuple[str, Site, Site]):
    server, named, _ = sites
    chat = open_chat(named, "/")
    answer = chat.ask(PEMBROLIZUMAB)
    assert answer == httpx2.post(f"{server}/ask", json={"question": PEMBROLIZUMAB}, timeout=60).json()
    with chat.page.context.expect_page() as opened:
        chat(".footnote").first.click()
    expect(opened.value.locator("#document mark")).to_have_text(answer["citations"][0]["quote"])
    assert opened.value.url.startswith(f"{server}/?document=")
    chat.element.get_by_role("button", name="Wrong source").click()
    chat(".feedback input").fill("It is another trial.")
    chat(".feedback button[type=submit]").click()
    expect(chat(".note[role=status]")).to_be_visible()
    (remark,) = httpx2.get(f"{server}/feedback").json()["remarks"]
    assert (remark["answer"], remark["verdict"], remark["comment"]) == (answer["id"], "wrong_source", "It is another trial.")


def test_a_site_that_is_not_named_is_told_so_and_gets_no_answer(open_chat: OpenChat, sites: tuple[str, Site, Site]):
    chat = open_chat(sites[2], "/")
    chat.send(PEMBROLIZUMAB)
    expect(chat(".problem")).to_be_visible()
    assert chat.answers == []
