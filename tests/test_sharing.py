"""Pages of other sites: those of the origins that are named may ask, and no more; all others are told nothing."""

from collections.abc import Callable
from typing import Any

import pytest
from starlette.testclient import TestClient

from api.app import create_app
from api.settings import InvalidSetting, read_settings
from index.library import Library

SITE, OTHER = "https://site.example", "https://other.example"
QUESTION = {"question": "What did adding pembrolizumab do?"}


@pytest.fixture(scope="module")
def shared(client: TestClient) -> TestClient:
    """The application of `client`, which pages of SITE may ask."""
    return TestClient(create_app(client.app.state.libraries, origins=frozenset({SITE})))


def _preflight(client: TestClient, path: str, origin: str, method: str = "POST") -> Any:
    asked = {"Origin": origin, "Access-Control-Request-Method": method, "Access-Control-Request-Headers": "content-type"}
    return client.options(path, headers=asked)


@pytest.mark.parametrize(
    ("path", "origin", "allowed"),
    [
        ("/ask", SITE, True),
        ("/search", SITE, True),
        ("/feedback", SITE, True),
        ("/collections/cats/ask", SITE, True),
        ("/ask", OTHER, False),
        ("/ask", "null", False),
        ("/ask", SITE + ".evil.example", False),
        ("/ask", SITE.replace("https", "http"), False),
        ("/documents", SITE, False),
        ("/documents/car-t-resistance-editorial", SITE, False),
        ("/jobs", SITE, False),
        ("/collections", SITE, False),
        ("/collections/ask", SITE, False),
    ],
)
def test_only_what_asks_is_open_to_pages_of_the_origins_that_are_named(shared: TestClient, path: str, origin: str, allowed: bool):
    response = _preflight(shared, path, origin)
    assert response.headers.get("access-control-allow-origin") == (origin if allowed else None)
    assert response.status_code == (200 if allowed else 405)


@pytest.mark.parametrize("method", ["PUT", "DELETE"])
def test_no_other_method_is_open(shared: TestClient, method: str):
    assert _preflight(shared, "/ask", SITE, method).status_code == 400


def test_the_answer_is_the_same_and_may_be_read_by_the_site_alone(shared: TestClient, client: TestClient):
    here = client.post("/ask", json=QUESTION)
    there = shared.post("/ask", json=QUESTION, headers={"Origin": SITE, "Sec-Fetch-Site": "cross-site"})
    elsewhere = shared.post("/ask", json=QUESTION, headers={"Origin": OTHER})
    assert here.content == there.content == elsewhere.content
    assert there.headers["access-control-allow-origin"] == SITE
    assert "X-Request-ID" in there.headers["access-control-expose-headers"]
    assert "access-control-allow-credentials" not in there.headers
    assert not any("access-control-allow-origin" in response.headers for response in (here, elsewhere))


def test_a_page_of_a_site_that_may_ask_may_change_nothing(make_library: Callable[..., Library], client_of: Any, problem: Any):
    client = client_of(make_library({"cat.txt": "The cat sat."}), origins=frozenset({SITE}))
    headers = {"Origin": SITE, "Sec-Fetch-Site": "cross-site"}
    problem(client.post("/documents", files={"file": ("dog.txt", b"The dog ran.")}, headers=headers), 403, "foreign_origin")
    problem(client.delete("/documents/cat", headers=headers), 403, "foreign_origin")
    assert client.get("/documents").json()["total"] == 1


@pytest.mark.parametrize(
    "origins", ["https://Site.example", "site.example", "https://site.example/", "https://a.example/b", "ftp://a", "https://"]
)
def test_a_setting_that_holds_no_origins_is_named(origins: str):
    with pytest.raises(InvalidSetting, match="FOOTNOTE_ORIGINS"):
        read_settings({"origins": origins})


@pytest.mark.parametrize("origins", ["", "*", "https://a.example", "http://localhost:3000, https://a.example", "http://[::1]:80"])
def test_origins_are_read(origins: str):
    assert read_settings({"origins": origins}).origins == origins
