"""Who may change documents over HTTP: not the pages of other sites, and nobody where the server is read only."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import httpx2
import pytest
from starlette.testclient import TestClient

from index.library import Library

Problem = Callable[..., dict[str, Any]]
Server = Any

TEXT = [("file", ("wombat.txt", b"The wombat digs."))]
CHANGES = [
    pytest.param("POST", "/documents", id="POST /documents"),
    pytest.param("PUT", "/documents/otter", id="PUT /documents/{id}"),
    pytest.param("DELETE", "/documents/otter", id="DELETE /documents/{id}"),
    pytest.param("DELETE", f"/jobs/{'0' * 24}", id="DELETE /jobs/{id}"),
    pytest.param("PUT", "/collections/new", id="PUT /collections/{collection}"),
    pytest.param("DELETE", "/collections/kept", id="DELETE /collections/{collection}"),
    pytest.param("POST", "/collections/kept/documents", id="POST into a collection"),
    pytest.param("DELETE", "/collections/kept/documents/otter", id="DELETE in a collection"),
]


@pytest.fixture(scope="module")
def home(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a library with a collection, `kept`."""
    folder = tmp_path_factory.mktemp("origins")
    (folder / encoder_folder.name).symlink_to(encoder_folder)
    return folder


@pytest.fixture(scope="module")
def library(home: Path) -> Iterator[Library]:
    """The library itself, with one document, `otter`."""
    opened = Library.create(home)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def client(library: Library, client_of: Callable[..., TestClient]) -> Iterator[TestClient]:
    """A client of the real application, which calls it `http://testserver`."""
    with client_of(library) as client:
        assert client.put("/collections/kept").status_code == 201
        assert client.post("/documents", files=[("file", ("otter.txt", b"The otter swims."))]).status_code == 201
        yield client


@pytest.fixture(scope="module")
def read_only(client: TestClient, library: Library, client_of: Callable[..., TestClient]) -> TestClient:
    """A client of an application over the same library that is read only."""
    return client_of(library, writable=False)


@pytest.mark.parametrize(("method", "path"), CHANGES)
@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Sec-Fetch-Site": "cross-site"}, id="another site"),
        pytest.param({"Sec-Fetch-Site": "same-site"}, id="another server of the same site"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "https://evil.example"}, id="two headers that differ"),
        pytest.param({"Origin": "null"}, id="null"),
        pytest.param({"Origin": ""}, id="empty"),
        pytest.param({"Origin": "https://testserver"}, id="another scheme"),
        pytest.param({"Origin": "http://testserver:8000"}, id="another port"),
        pytest.param({"Origin": "http://testserver.evil.example"}, id="another host that begins alike"),
        pytest.param({"Origin": "http://testserver@evil.example"}, id="another host after a name"),
        pytest.param({"Origin": "http://evil.example:port"}, id="no port"),
        pytest.param({"Origin": "http://evil.example", "Host": ""}, id="no host"),
    ],
)
def test_a_page_of_another_site_changes_nothing(client: TestClient, problem: Problem, method: str, path: str, headers: dict[str, str]):
    before = [client.get(listed).json() for listed in ("/documents", "/jobs", "/collections", "/collections/kept/documents")]
    files = TEXT if method in ("POST", "PUT") else None
    members = problem(client.request(method, path, files=files, headers=headers), 403, "foreign_origin")
    assert "evil" not in str(members)
    assert [client.get(listed).json() for listed in ("/documents", "/jobs", "/collections", "/collections/kept/documents")] == before


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="no browser"),
        pytest.param({"Sec-Fetch-Site": "same-origin", "Origin": "http://testserver"}, id="the page of this server"),
        pytest.param({"Sec-Fetch-Site": "none"}, id="a person"),
        pytest.param({"Origin": "http://testserver"}, id="an old browser"),
        pytest.param({"Origin": "http://TESTSERVER:80"}, id="the port that goes without saying"),
    ],
)
def test_who_may_change_documents_is_let_through(client: TestClient, headers: dict[str, str]):
    assert client.put("/collections/kept", headers=headers).status_code == 200
    assert client.delete("/documents/nowhere", headers=headers).status_code == 404
    assert client.post("/documents", content=b"", headers=headers).status_code == 415


def test_asking_is_for_every_page_that_could_before(client: TestClient):
    response = client.post(
        "/ask", json={"question": "What swims?"}, headers={"Sec-Fetch-Site": "cross-site", "Origin": "https://a.example"}
    )
    assert response.status_code == 200


@pytest.mark.parametrize(("method", "path"), CHANGES)
def test_a_server_that_is_read_only_says_so_and_changes_nothing(read_only: TestClient, problem: Problem, method: str, path: str):
    before = [read_only.get(listed).json() for listed in ("/documents", "/jobs", "/collections")]
    members = problem(read_only.request(method, path, files=TEXT if method in ("POST", "PUT") else None), 403, "read_only")
    assert "FOOTNOTE_WRITABLE" in members["detail"]
    assert [read_only.get(listed).json() for listed in ("/documents", "/jobs", "/collections")] == before


@pytest.mark.parametrize(
    ("arguments", "status", "warning"),
    [
        pytest.param((), 404, None, id="on loopback it can be changed"),
        pytest.param(("--writable", "no"), 403, None, id="on loopback unless it is said otherwise"),
        pytest.param(("--host", "0.0.0.0"), 403, "can read every document.", id="elsewhere it cannot"),
        pytest.param(
            ("--host", "0.0.0.0", "--writable", "yes", "--names", "127.0.0.1"),
            404,
            "can read every document, add documents, and change",
            id="elsewhere if it is said",
        ),
    ],
)
def test_documents_can_be_changed_where_only_this_machine_reaches_the_server_or_it_is_said(
    start_server: Callable[..., Server], home: Path, library: Library, arguments: tuple[str, ...], status: int, warning: str | None
):
    server = start_server("--library", home, "--reader", "lexical", *arguments)
    try:
        url = server.url.replace("0.0.0.0", "127.0.0.1")
        assert httpx2.delete(f"{url}/documents/nowhere").status_code == status
        log = server.log.read_text("utf-8")
        assert bool(re.search("Warning", log)) == (warning is not None)
        assert (warning or "") in log
    finally:
        server.process.terminate()
        server.process.wait()


def test_a_server_that_others_can_change_must_know_its_names(run_footnote: Callable[..., CompletedProcess[str]], home: Path):
    """Or a page that lets a name of its own point to the server would be taken for one of the server's pages."""
    done = run_footnote("serve", "--library", home, "--port", "0", "--host", "0.0.0.0", "--writable", "yes")
    assert (done.returncode, done.stdout) == (2, "")
    assert "set FOOTNOTE_NAMES too" in done.stderr
