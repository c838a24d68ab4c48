"""Earlier versions of documents: kept so that citations of them can be checked for good, and never searched or cited again."""

import hashlib
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import apsw
import pytest
from starlette.testclient import TestClient

from index.blocks import Block
from index.documents import Document
from index.encoder import Encoder
from index.errors import DocumentNotFound, LibraryDamaged
from index.extract import Extract
from index.library import DATABASE, Library
from index.mending import mend
from index.reading import read_document

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]
Check = Callable[..., dict[str, Any]]

A, B, C = "# Cats\n\nThe cat sat 😀 on 3 mats.\r\n", "# Cats\n\nThe dog ran.\n", "# Cats\n\nThe fish swam.\n"


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def put(library: Library, *texts: str, source: str = "cats.md") -> list[str]:
    """Add one text after the other as versions of a source, and give the outcomes."""
    return [library.add(read_document(source, text.encode())).outcome for text in texts]


def change(library: Library, statement: str, *values: object) -> None:
    """Change the database as a bad disk would."""
    connection = apsw.Connection(str(library.folder / DATABASE))
    connection.execute(statement, values).fetchall()
    connection.close()


def kept(library: Library, id: str = "cats") -> list[str]:
    """The sha256 of each version of a document, the present one last."""
    with library.view() as view:
        return [row.sha256 for row in view.versions(id)]


@pytest.fixture
def library(make_library: MakeLibrary, by_hand_encoder: ByHand) -> Library:
    return make_library({}, by_hand_encoder("cat dog fish"))


# What is kept


@pytest.mark.parametrize(
    ("texts", "outcomes", "versions"),
    [
        pytest.param([A], "a", [A], id="one"),
        pytest.param([A, A], "au", [A], id="the same again"),
        pytest.param([A, B], "ar", [A, B], id="another"),
        pytest.param([A, B, C], "arr", [A, B, C], id="three"),
        pytest.param([A, B, A], "arr", [B, A], id="back again"),
        pytest.param([A, B, A, B], "arrr", [A, B], id="to and fro"),
        pytest.param([A, B, C, A, C], "arrrr", [B, A, C], id="an earlier one of two"),
    ],
)
def test_versions_are_kept_in_order_each_once(library: Library, texts: list[str], outcomes: str, versions: list[str]):
    assert [outcome[0] for outcome in put(library, *texts)] == list(outcomes)
    assert kept(library) == list(map(sha256, versions))
    with library.view() as view:
        for text in versions:
            for digits in (8, 16, 63, 64):
                assert view.text("cats", sha256(text)[:digits]) == text
                assert view.file("cats", sha256(text)[:digits]) == text.encode()
                assert view.version("cats", sha256(text)[:digits]).characters == len(text)
        assert view.text("cats") == versions[-1]
        assert view.version("cats", "") == view.document("cats")
        assert len(view.documents()) == view.count() == 1
    assert library.damage() == []


def test_earlier_versions_are_never_searched(library: Library):
    put(library, A, B, C)
    with library.view() as view:
        assert view.passages == 1
        assert [hit.text for hit in view.search("cat dog fish sat", 9)] == ["The fish swam."]
        assert {hit.text_score for hit in view.search("sat dog ran", 9)} == {0}
        assert view.weight("dog") == view.weight("zebra") > view.weight("fish")


def test_a_document_that_returns_to_an_earlier_version_is_searched_in_it_again(library: Library):
    put(library, A, B, A)
    with library.view() as view:
        assert [hit.text for hit in view.search("cat", 9)] == ["The cat sat 😀 on 3 mats."]


def test_versions_of_one_document_are_none_of_another(library: Library):
    put(library, A, B)
    put(library, A, C, source="other.md")
    library.add(read_document("anything.md", A.encode()), "other")
    assert kept(library, "cats") == list(map(sha256, (A, B)))
    assert kept(library, "other") == list(map(sha256, (C, A)))
    with library.view() as view, pytest.raises(DocumentNotFound):
        view.text("cats", sha256(C))


@pytest.mark.parametrize("wanted", [sha256("nothing"), "0" * 8, sha256(A)[:15] + "g", sha256(A) + "0", "%", "_" * 64])
def test_a_version_that_is_not_there_is_not_found(library: Library, wanted: str):
    put(library, A, B)
    with library.view() as view:
        for read in (view.version, view.text, view.file):
            with pytest.raises(DocumentNotFound):
                read("cats", wanted)
            with pytest.raises(DocumentNotFound):
                read("dogs", sha256(A))


def test_what_was_said_of_a_version_and_its_pages_are_kept_with_it(library: Library):
    library.add(read_document("cats.md", A.encode()).described({"year": 2019, "title": "Old"}))
    library.add(read_document("cats.md", B.encode()).described({"year": 2020}))
    with library.view() as view:
        earlier, present = view.versions("cats")
        assert (earlier.title, earlier.metadata, earlier.source) == ("Old", {"year": 2019, "title": "Old"}, "cats.md")
        assert (present.title, present.metadata) == ("Cats", {"year": 2020})


def test_a_view_sees_the_versions_of_its_generation(library: Library):
    put(library, A, B)
    with library.view() as view:
        put(library, C)
        assert [row.sha256 for row in view.versions("cats")] == list(map(sha256, (A, B)))
        assert (view.text("cats"), view.text("cats", sha256(A))) == (B, A)
    assert kept(library) == list(map(sha256, (A, B, C)))


def test_versions_are_removed_with_their_document_and_do_not_return(library: Library):
    put(library, A, B)
    library.remove("cats")
    put(library, C)
    assert kept(library) == [sha256(C)]
    connection = apsw.Connection(str(library.folder / DATABASE))
    assert connection.execute("SELECT count(*) FROM versions").fetchall() == [(0,)]
    connection.close()


def test_versions_are_there_when_the_library_is_opened_again_and_when_it_was_mended(folder: Path):
    library = Library.create(folder)
    put(library, A, B)
    put(library, "Another document.", source="other.md")
    library.close()
    mended = mend(folder)
    assert mended.damage() == []
    assert kept(mended) == list(map(sha256, (A, B)))
    with mended.view() as view:
        assert (view.text("cats", sha256(A)), view.file("cats", sha256(A)), view.text("cats")) == (A, A.encode(), B)
        assert len(view.search("cat dog", 9)) == view.passages == 2
    mended.close()


# Damage

DAMAGE: Mapping[str, str] = {
    "its text": "UPDATE versions SET text = replace(text, '3', '4')",
    "its text, that is none any more": "UPDATE versions SET text = CAST(x'ff' || CAST(text AS BLOB) AS TEXT)",
    "its title": "UPDATE versions SET title = 'Dogs'",
    "its metadata": "UPDATE versions SET metadata = '{\"year\": 1}'",
    "its hash": "UPDATE versions SET hash = x'00'",
    "its length": "UPDATE versions SET characters = characters + 1",
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_version_is_named_and_not_given_out(library: Library, client_of: Callable[..., TestClient], problem: Check, damage: str):
    put(library, A, B)
    change(library, DAMAGE[damage])
    assert library.damage() == [f"version {sha256(A)[:16]} of document cats does not fit its hash"]
    with library.view() as view:
        with pytest.raises(LibraryDamaged, match=f"Version {sha256(A)[:16]} of document cats does not fit its hash"):
            view.text("cats", sha256(A))
        assert view.text("cats", sha256(B)) == view.text("cats") == B
    client = client_of(library)
    problem(client.get("/documents/cats/text", params={"version": sha256(A)}), 503, "library_damaged")
    assert client.get("/documents/cats/text", params={"version": sha256(B)}).text == B


@pytest.mark.parametrize("about", ["", "{", "[]", "7", '{"authors": 1, "notes": 2}', '{"authors": [], "notes": [], "unknown": 1}'])
def test_a_version_whose_row_cannot_be_read_does_not_take_the_present_one_with_it(
    library: Library, client_of: Callable[..., TestClient], problem: Check, about: str
):
    put(library, A, B)
    change(library, "UPDATE versions SET about = ?", about)
    client = client_of(library)
    assert client.get("/documents/cats/text", params={"version": sha256(B)[:16]}).text == B
    problem(client.get("/documents/cats/text", params={"version": sha256(A)}), 503, "library_damaged")
    assert library.damage() == [f"version {sha256(A)[:16]} of document cats does not fit its hash"]


def test_a_damaged_file_of_a_version_is_named_and_not_given_out_but_its_text_is(library: Library):
    put(library, A, B)
    change(library, "UPDATE versions SET content = x'00'")
    assert library.damage() == [f"version {sha256(A)[:16]} of document cats does not fit its hash"]
    with library.view() as view:
        with pytest.raises(LibraryDamaged, match=f"The file of version {sha256(A)[:16]} of document cats"):
            view.file("cats", sha256(A))
        assert view.text("cats", sha256(A)) == A


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE documents SET text = replace(text, '3', '4')",
        "UPDATE documents SET text = CAST(x'ff' AS TEXT)",
        "UPDATE files SET content = x'00'",
    ],
)  # fmt: skip
def test_a_damaged_text_or_file_is_not_kept_as_a_version_when_another_takes_its_place(library: Library, statement: str):
    put(library, C, A)
    change(library, statement)
    assert library.damage() != []
    assert put(library, B) == ["replaced"]
    assert kept(library) == list(map(sha256, (C, B)))
    assert library.damage() == []


def test_a_damaged_version_that_is_added_again_is_whole(library: Library):
    put(library, A, B)
    change(library, DAMAGE["its text"])
    put(library, A)
    assert (kept(library), library.damage()) == (list(map(sha256, (B, A))), [])


# Citations


def check(client: TestClient, citation: Mapping[str, Any]) -> None:
    """The check that anybody can make."""
    path, _, place = citation["url"].partition("#")
    response = client.get(path)
    assert response.status_code == 200
    assert response.headers["etag"] == f'"{citation["document"]["sha256"]}"'
    assert place == f"char={citation['start']},{citation['end']}"
    assert response.content.decode()[citation["start"] : citation["end"]] == citation["quote"]


def test_a_citation_made_before_a_replacement_still_checks_after_it(library: Library, client_of: Callable[..., TestClient]):
    put(library, A)
    client = client_of(library)
    (before,) = client.post("/ask", json={"question": "cat"}).json()["citations"]
    found = client.get("/search", params={"q": "cat"}).json()["passages"][0]
    put(library, "Something before it.\n\n" + A, C, "# Cats\n\nAnother cat.\n")
    check(client, before)
    assert client.get(found["url"].partition("#")[0]).text[found["start"] : found["end"]] == found["text"]
    (after,) = client.post("/ask", json={"question": "cat"}).json()["citations"]
    assert (after["quote"], after["document"]["id"]) == ("Another cat.", before["document"]["id"])
    assert after["document"]["sha256"] != before["document"]["sha256"]
    check(client, after)


def test_a_version_has_the_pages_it_had(library: Library):
    for text, pages in (("A cat sat.\n\nIt slept.", (0, 12)), ("A dog.\n\nIt ran.\n\nIt slept.", (0, 8, 17)), ("No pages.", ())):
        blocks = (Block(0, len(text)),)
        library.add(Document.of("cats.pdf", Extract(text, blocks, pages=pages), text.encode()))
    with library.view() as view:
        assert [row.page(12) for row in view.versions("cats")] == [2, 2, None]
        assert [row.page(17) for row in view.versions("cats")] == [2, 3, None]


def test_an_earlier_version_can_be_looked_at_with_its_pages_and_is_split_no_more(
    library: Library, client_of: Callable[..., TestClient], problem: Check
):
    texts, pages = ("A cat sat.\n\nIt slept. 😀", "A dog.\n\nIt ran.\n\nIt slept."), ((0, 12), (0, 8, 17))
    for text, starts in zip(texts, pages, strict=True):
        library.add(Document.of("cats.pdf", Extract(text, (Block(0, len(text)),), f"About {text[:5]}", pages=starts), text.encode()))
    client = client_of(library)
    shown = [client.get("/documents/cats", params={"version": sha256(text)[:16]}).json() for text in texts]
    assert [one["page_starts"] for one in shown] == list(map(list, pages))
    assert [(one["present"], len(one["split"]), one["passages"]) for one in shown] == [(False, 0, 0), (True, 1, 1)]
    assert [(one["title"], one["pages"], one["characters"]) for one in shown] == [
        ("About A cat", 2, len(texts[0])),
        ("About A dog", 3, len(texts[1])),
    ]
    assert [client.get(one["url"]).text for one in shown] == list(texts)
    assert client.get("/documents/cats").json() == client.get("/documents/cats", params={"version": ""}).json() == shown[1]
    problem(client.get("/documents/cats", params={"version": sha256(C)}), 404, "document_not_found")
    problem(client.get("/documents/cats", params={"version": "../../x"}), 422, "invalid")


def test_versions_are_listed_with_paths_that_lead_to_them(library: Library, client_of: Callable[..., TestClient]):
    put(library, A, B, C)
    client = client_of(library)
    versions = client.get("/documents/cats/versions").json()["versions"]
    assert [(one["sha256"], one["present"], one["title"]) for one in versions] == [
        (sha256(A), False, "Cats"), (sha256(B), False, "Cats"), (sha256(C), True, "Cats")
    ]  # fmt: skip
    for one, text in zip(versions, (A, B, C), strict=True):
        assert one["characters"] == len(text)
        assert client.get(one["url"]).content == text.encode()
        assert client.get(one["url"]).headers["etag"] == f'"{sha256(text)}"'
        file = client.get("/documents/cats/file", params={"version": one["sha256"]})
        assert (file.content, file.headers["etag"]) == (text.encode(), f'"{sha256(text)}"')
        assert file.headers["content-disposition"] == "attachment; filename*=UTF-8''cats.md"
    assert client.get("/documents/cats/text", params={"version": ""}).content == C.encode()


@pytest.mark.parametrize("path", ["text", "file"])
def test_a_version_that_is_not_there_is_a_problem(library: Library, client_of: Callable[..., TestClient], problem: Check, path: str):
    put(library, A, B)
    client = client_of(library)
    problem(client.get(f"/documents/cats/{path}", params={"version": sha256(C)}), 404, "document_not_found")
    problem(client.get(f"/documents/dogs/{path}", params={"version": sha256(A)}), 404, "document_not_found")
    problem(client.get("/documents/dogs/versions"), 404, "document_not_found")
    for wrong in ("abc", "0" * 7, "0" * 65, sha256(A).upper(), "../../x", "\x00" * 8, "%"):
        problem(client.get(f"/documents/cats/{path}", params={"version": wrong}), 422, "invalid")
    library.remove("cats")
    problem(client.get(f"/documents/cats/{path}", params={"version": sha256(A)}), 404, "document_not_found")


def test_a_version_without_a_file_has_a_text(library: Library, client_of: Callable[..., TestClient], problem: Check):
    """As documents that were added before files were kept."""
    put(library, A)
    change(library, "DELETE FROM files")
    put(library, B)
    client = client_of(library)
    assert client.get("/documents/cats/text", params={"version": sha256(A)}).content == A.encode()
    problem(client.get("/documents/cats/file", params={"version": sha256(A)}), 404, "document_not_found")
    assert library.damage() == []


def test_a_copy_of_the_folder_holds_the_versions_too(library: Library, tmp_path: Path, by_hand_encoder: ByHand):
    put(library, A, B)
    library.copy(tmp_path / "copy.sqlite")
    put(library, C)
    library.restore(tmp_path / "copy.sqlite")
    assert kept(library) == list(map(sha256, (A, B)))
    with library.view() as view:
        assert (view.text("cats", sha256(A)), view.file("cats", sha256(A)), view.text("cats")) == (A, A.encode(), B)
    shutil.rmtree(tmp_path)
