"""Files of every format on their whole way: read in a process of their own, stored, cited, and given back."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from made_files import pdf_pages, zipped
from starlette.testclient import TestClient

from api.ingesting import Outcome, ingest
from api.sources import SourceFile
from index.library import Library
from index.parsing import Parser

WORDS = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
OFFICE = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"


FILES = {
    "wombat.pdf": pdf_pages("Marsupials live in Australia and nearby.", "The wombat digs burrows of thirty metres in Tasmania."),
    "badger.docx": zipped(
        {
            "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"/>',
            "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
            f'<Relationship Id="r" Type="{OFFICE}" Target="word/document.xml"/></Relationships>',
            "word/document.xml": f'<w:document xmlns:w="{WORDS}"><w:body><w:p><w:r><w:t>The badger has eleven setts in Devon.</w:t></w:r>'
            "</w:p></w:body></w:document>",
        }
    ),
    "otter.html": b"<!doctype html><title>Otters</title><nav>Home</nav><main><p>The otter swims <b>nine miles</b> a night.</main>",
    "vole.xml": b'<article xmlns:xlink="x"><front><article-meta><article-id pub-id-type="doi">10.1234/vole</article-id><title-group>'
    b"<article-title>Voles of Orkney</article-title></title-group></article-meta></front><body><sec><title>Results</title>"
    b"<p>The vole eats four hundred roots a day.</p></sec></body></article>",
}
QUESTIONS = {
    "wombat.pdf": ("How long are the burrows that the wombat digs?", "The wombat digs burrows of thirty metres in Tasmania.", 2, "pdf"),
    "badger.docx": ("How many setts has the badger in Devon?", "The badger has eleven setts in Devon.", None, "docx"),
    "otter.html": ("How far does the otter swim a night?", "The otter swims nine miles a night.", None, "html"),
    "vole.xml": ("How many roots does the vole eat a day?", "The vole eats four hundred roots a day.", None, "jats"),
}


@pytest.fixture(scope="module")
def parser() -> Iterator[Parser]:
    parser = Parser()
    yield parser
    parser.close()


@pytest.fixture
def served(make_library: Callable[..., Library], client_of: Callable[..., TestClient], parser: Parser) -> TestClient:
    library = make_library({})
    for name, content in FILES.items():
        library.add(parser.read(name, content))
    return client_of(library)


def test_every_format_is_cited_by_characters_and_page_and_given_back_as_it_came(served: TestClient):
    for name, (question, quote, page, kind) in QUESTIONS.items():
        answer = served.post("/ask", json={"question": question}).json()
        citation: dict[str, Any] = max(answer["citations"], key=lambda one: one["score"])
        id = citation["document"]["id"]
        assert (citation["document"]["source"], citation["quote"], citation["page"]) == (name, quote, page)
        text = served.get(f"/documents/{id}/text").content.decode()
        assert text[citation["start"] : citation["end"]] == quote
        file = served.get(f"/documents/{id}/file")
        assert file.content == FILES[name]
        assert hashlib.sha256(file.content).hexdigest() == citation["document"]["sha256"]
        assert file.headers["content-disposition"] == f"attachment; filename*=UTF-8''{name}"
        assert served.get(f"/documents/{id}").json()["kind"] == kind


def test_a_document_says_of_itself_what_its_file_says(served: TestClient):
    vole = served.get("/documents/vole").json()
    assert (vole["title"], vole["doi"], vole["pages"]) == ("Voles of Orkney", "10.1234/vole", None)
    wombat = served.get("/documents/wombat").json()
    text = served.get("/documents/wombat/text").content.decode()
    assert (wombat["pages"], wombat["page_starts"]) == (2, [0, text.index("The wombat")])
    found = served.get("/search", params={"q": "wombat burrows", "limit": 1}).json()["passages"]
    assert [(one["page"], [match["term"] for match in one["terms"]]) for one in found] == [(1, ["wombat", "burrows"])]
    assert served.get("/documents/vole").json()["split"][0]["section"] == ["Results"]


def test_the_file_of_no_document_is_a_problem(served: TestClient, problem: Callable[..., dict[str, Any]]):
    problem(served.get("/documents/nothing/file"), 404)


def test_a_damaged_file_is_not_given_and_is_named(make_library: Callable[..., Library], parser: Parser):
    library = make_library({})
    library.add(parser.read("vole.xml", FILES["vole.xml"]))
    with library._database.writing() as transaction:
        transaction._execute("UPDATE files SET content = x'00'")
    assert "the file of document vole does not fit its hash" in library.damage()


def test_a_library_knows_which_very_file_it_holds(make_library: Callable[..., Library], parser: Parser):
    library = make_library({})
    library.add(parser.read("vole.xml", FILES["vole.xml"]))
    sha256 = hashlib.sha256(FILES["vole.xml"]).hexdigest()
    assert library.held("vole.xml", sha256) == ("vole", "unchanged")
    assert library.held("vole.xml", hashlib.sha256(b"another version").hexdigest()) is None
    assert library.held("other.xml", sha256) == ("vole", "duplicate")
    assert library.held("other.xml", hashlib.sha256(b"another file").hexdigest()) is None


def test_a_file_that_is_there_already_is_not_parsed_again(make_library: Callable[..., Library], tmp_path: Path):
    """A parser that cannot start a process would refuse whatever it is given."""
    library = make_library({})
    (tmp_path / "vole.xml").write_bytes(FILES["vole.xml"])
    (file, other) = (SourceFile(tmp_path / "vole.xml", source) for source in ("vole.xml", "other.xml"))
    assert [_said(outcome) for outcome in ingest(library, [file])] == [("vole.xml", "added", "vole")]
    without = Parser(worker=("no such program",))
    assert [_said(outcome) for outcome in ingest(library, [file, other], without)] == [
        ("vole.xml", "unchanged", "vole"),
        ("other.xml", "duplicate", "vole"),
    ]


def _said(outcome: Outcome) -> tuple[str, str, str | None]:
    return outcome.source, outcome.outcome, outcome.id


def test_a_pdf_alone_is_shown_and_everything_else_is_given_to_be_saved(served: TestClient):
    for name, content in FILES.items():
        file = served.get(f"/documents/{Path(name).stem}/file", params={"inline": True})
        shown = name.endswith(".pdf")
        kind, disposition = ("application/pdf", "inline") if shown else ("application/octet-stream", "attachment")
        assert (file.headers["content-type"], file.headers["content-disposition"].split(";")[0]) == (kind, disposition)
        assert (file.content, file.headers["x-content-type-options"]) == (content, "nosniff")
