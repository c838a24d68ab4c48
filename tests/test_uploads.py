"""Documents that come in over HTTP, as the real application takes them; what makes them documents is a real process beside it."""

import hashlib
import json
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from api.jobs import JOBS, jobs_of
from api.parts import LARGEST_METADATA, MOST_FILES
from index.documents import LARGEST_FILE
from index.library import Library

Problem = Callable[..., dict[str, Any]]

HTML = b"<!doctype html><html><head><title>Kiwis</title></head><body><h1>Birds</h1><p>The kiwi lays one egg of 450 grams.</p></body></html>"
HANGING = 60  # seconds after which files that should go are held to stay
EXE = b"MZ\x90\x00\x03\x00\x00\x00\x04\x00\x00\x00\xff\xff\x00\x00"


def pdf(line: str) -> bytes:
    """A page with one line."""
    stream = f"BT /F 10 Tf 72 700 Td ({line}) Tj ET"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [4 0 R] /Count 1 >>",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
        "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F 3 0 R >> >> /Contents 5 0 R >>",
        f"<< /Length {len(stream)} >>\nstream\n{stream}\nendstream",
    ]
    body = "".join(f"{number} 0 obj\n{one}\nendobj\n" for number, one in enumerate(objects, start=1))
    return f"%PDF-1.4\n{body}trailer\n<< /Size 6 /Root 1 0 R >>\n%%EOF".encode()


@pytest.fixture(scope="module")
def home(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of the library that `client` is over."""
    folder = tmp_path_factory.mktemp("uploads")
    (folder / encoder_folder.name).symlink_to(encoder_folder)
    return folder


@pytest.fixture(scope="module")
def client(home: Path, client_of: Callable[..., TestClient]) -> Iterator[TestClient]:
    """A client of the real application over a library that takes uploads."""
    library = Library.create(home)
    with client_of(library) as client:
        yield client
    library.close()


def sent(client: TestClient, *files: tuple[str, bytes], metadata: Any = None, path: str = "/documents", method: str = "POST") -> Response:
    parts: list[Any] = [("file", file) for file in files]
    if metadata is not None:
        parts.append(("metadata", (None, json.dumps(metadata), "application/json")))
    return client.request(method, path, files=parts)


def raw(
    client: TestClient, *parts: tuple[str, bytes], path: str = "/documents", method: str = "POST", end: bytes = b"--b--\r\n"
) -> Response:
    """Parts as they are written: (what follows `form-data` in the disposition, content)."""
    body = b"".join(b"--b\r\nContent-Disposition: form-data" + head.encode() + b"\r\n\r\n" + content + b"\r\n" for head, content in parts)
    return client.request(method, path, content=body + end, headers={"Content-Type": "multipart/form-data; boundary=b"})


def outcomes(response: Response) -> list[tuple[str, str | None]]:
    """(outcome, code of the problem) of each file."""
    return [(one["outcome"], one["problem"] and one["problem"]["code"]) for one in response.json()["files"]]


def left_over(home: Path) -> list[str]:
    """What stays beside the jobs, and of the files of jobs that are done: each goes after its journal, which is answered from, says so."""
    given_up = time.monotonic() + HANGING
    while (left := _lying(home)) and time.monotonic() < given_up:
        time.sleep(0.01)
    return left


def _lying(home: Path) -> list[str]:
    coming = [path.name for path in (home / JOBS).glob(".new-*")]
    return coming + [str(path) for job in jobs_of(home) for path in job.folder.glob("[0-9]*")]


# Files in


def test_a_file_that_is_sent_is_a_document_once_it_is_answered(client: TestClient, home: Path):
    content = "The wombat – 🦘 – digs 3 burrows.\r\n".encode()
    response = sent(client, ("wombat.txt", content))
    assert response.status_code == 201
    (file,) = response.json()["files"]
    assert {name: file[name] for name in ("name", "outcome", "problem")} == {"name": "wombat.txt", "outcome": "added", "problem": None}
    document = file["document"]
    assert (document["id"], document["source"], document["kind"]) == ("wombat", "upload://wombat.txt", "text")
    assert document["sha256"] == hashlib.sha256(content).hexdigest()
    assert client.get(document["url"]).content == content
    assert client.get("/documents/wombat/file").content == content
    assert left_over(home) == []


@pytest.mark.parametrize(
    ("name", "content", "question", "quoted"),
    [
        pytest.param("heron.pdf", pdf("The heron ate 17 eels in Norfolk."), "How many eels did the heron eat?", "17 eels", id="PDF"),
        pytest.param("kiwi.html", HTML, "How heavy is the egg that the kiwi lays?", "450 grams", id="HTML"),
    ],
)
def test_a_quote_of_an_uploaded_file_is_the_slice_of_the_text_that_its_citation_names(
    client: TestClient, name: str, content: bytes, question: str, quoted: str
):
    (file,) = sent(client, (name, content)).json()["files"]
    id = file["document"]["id"]
    answer = client.post("/ask", json={"question": question, "documents": [id], "caution": 0}).json()
    assert quoted in answer["text"]
    for citation in answer["citations"]:
        text = client.get(citation["url"].partition("#")[0]).text
        assert text[citation["start"] : citation["end"]] == citation["quote"] != ""
        assert citation["document"]["sha256"] == hashlib.sha256(content).hexdigest()


def test_many_files_are_answered_in_their_order_and_one_that_is_refused_keeps_none_back(client: TestClient, home: Path):
    response = sent(client, ("m1.txt", b"The stoat hunts."), ("m2.pdf", EXE), ("m3.txt", b""), ("m4.md", b"# Otters\n\nThe otter swims.\n"))
    assert response.status_code == 201
    assert [one["name"] for one in response.json()["files"]] == ["m1.txt", "m2.pdf", "m3.txt", "m4.md"]
    assert outcomes(response) == [("added", None), ("refused", "unsupported_format"), ("refused", "unreadable"), ("added", None)]
    assert left_over(home) == []


@pytest.mark.parametrize(
    ("name", "content", "status", "code"),
    [
        pytest.param("program.pdf", EXE, 415, "unsupported_format", id="a program named pdf"),
        pytest.param("picture.txt", b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR", 415, "unsupported_format", id="a picture named txt"),
        pytest.param("empty.txt", b"", 422, "unreadable", id="empty"),
        pytest.param("blank.md", b" \n\n ", 422, "unreadable", id="without a word"),
        pytest.param("half.pdf", pdf("The heron.")[:80], 422, "unreadable", id="a PDF that is cut off"),
    ],
)
def test_a_file_that_cannot_be_a_document_is_refused_with_its_reason(
    client: TestClient, problem: Problem, home: Path, name: str, content: bytes, status: int, code: str
):
    members = problem(sent(client, (name, content)), 422, "refused")
    (file,) = members["files"]
    assert (file["name"], file["outcome"], file["document"]) == (name, "refused", None)
    assert (file["problem"]["status"], file["problem"]["code"]) == (status, code)
    assert file["problem"]["detail"].endswith(".")
    assert name not in file["problem"]["detail"]
    assert members["job"] == next(jobs_of(home)).id
    assert left_over(home) == []


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        pytest.param("page.md", HTML.replace(b"kiwi", b"moa"), "html", id="HTML named md"),
        pytest.param("one.txt", b"a", "text", id="one byte"),
        pytest.param("no-suffix", b"The lynx sleeps.", "text", id="no suffix"),
        pytest.param("paper.txt", pdf("The osprey fishes."), "pdf", id="PDF named txt"),
    ],
)
def test_the_content_says_what_a_file_is(client: TestClient, name: str, content: bytes, kind: str):
    (file,) = sent(client, (name, content)).json()["files"]
    assert (file["outcome"], file["document"]["kind"]) == ("added", kind)


def test_the_same_bytes_again_are_the_document_that_is_there(client: TestClient):
    added = sent(client, ("same.txt", b"The adder basks.")).json()["files"][0]["document"]
    for name, outcome in (("same.txt", "unchanged"), ("other-name.txt", "duplicate")):
        response = sent(client, (name, b"The adder basks."))
        assert (response.status_code, outcomes(response)) == (200, [(outcome, None)])
        assert response.json()["files"][0]["document"] == added


@pytest.mark.parametrize(
    ("content", "metadata"),
    [pytest.param(b"The curlew flies.", None, id="other bytes"), pytest.param(b"The curlew calls.", {"year": 2020}, id="other metadata")],
)
def test_nothing_is_replaced_by_its_name_alone(client: TestClient, content: bytes, metadata: Any):
    sent(client, ("curlew.txt", b"The curlew calls."))
    before = client.get("/documents/curlew").json()
    response = sent(client, ("curlew.txt", content), metadata=metadata)
    (file,) = response.json()["files"]
    assert (response.status_code, file["problem"]["status"], file["problem"]["code"]) == (422, 409, "name_taken")
    assert file["document"]["id"] == "curlew"
    assert client.get("/documents/curlew").json() == before


def test_of_two_files_of_one_name_in_a_request_the_first_counts(client: TestClient):
    response = sent(client, ("twice.txt", b"The first vole."), ("twice.txt", b"The second vole."), ("twice.txt", b"The first vole."))
    assert outcomes(response) == [("added", None), ("refused", "name_taken"), ("unchanged", None)]
    assert client.get("/documents/twice/text").text == "The first vole."


# Names (reliability: D18)


@pytest.mark.parametrize(
    ("name", "kept"),
    [
        ("../../escaped.txt", "escaped.txt"),
        ("/etc/absolute.txt", "absolute.txt"),
        ("C:\\\\Users\\\\windows.txt", "windows.txt"),
        ("a/b\\\\c/mixed.txt", "mixed.txt"),
        ("CON", "CON"),
        ("-rf", "-rf"),
        (".leading.txt", ".leading.txt"),
        ("Käse.txt", "Käse.txt"),
        ("cafe\u0301.txt", "café.txt"),
        ("%2e%2e%2fpercent.txt", "%2e%2e%2fpercent.txt"),
        ("a" * 251 + ".txt", "a" * 251 + ".txt"),
    ],
    ids=lambda value: ascii(value)[:24],
)
def test_of_a_name_only_its_last_part_is_kept_and_no_path_is_built_from_it(client: TestClient, home: Path, name: str, kept: str):
    response = raw(client, (f'; name="file"; filename="{name}"', f"The animal of {kept!a}.".encode()))
    (file,) = response.json()["files"]
    assert (file["outcome"], file["name"], file["document"]["source"]) == ("added", kept, f"upload://{kept}")
    assert [path for path in home.parent.rglob("*") if path.name == kept] == []
    assert {path.name for path in next(jobs_of(home)).folder.iterdir()} == {"job.json", "journal"}


@pytest.mark.parametrize(
    "head",
    [
        pytest.param('; name="file"', id="none"),
        pytest.param('; name="file"; filename=""', id="empty"),
        pytest.param('; name="file"; filename=".."', id="the folder above"),
        pytest.param('; name="file"; filename="folder/"', id="nothing after the slash"),
        pytest.param('; name="file"; filename="a\x00b.txt"', id="NUL"),
        pytest.param('; name="file"; filename="a\x1b[2Jb.txt"', id="escape"),
        pytest.param('; name="file"; filename="photo\u202egpj.exe"', id="text turned round"),
        pytest.param('; name="file"; filename="a\u2028b.txt"', id="line separator"),
        pytest.param(f'; name="file"; filename="{"n" * 252}.txt"', id="256 bytes"),
        pytest.param(f'; name="file"; filename="{"n" * 5000}"', id="5,000 bytes"),
    ],
)
def test_a_file_without_a_proper_name_is_refused_and_the_others_are_not(client: TestClient, head: str):
    other = hashlib.sha256(head.encode()).hexdigest()
    response = raw(client, (head, b"The nameless one."), (f'; name="file"; filename="{other}.txt"', f"The animal {other} lives.".encode()))
    assert outcomes(response) == [("refused", "name_invalid"), ("added", None)]
    shown = response.json()["files"][0]["name"]
    assert shown.isprintable()
    assert len(shown) <= 300


def test_a_name_that_is_not_utf_8_is_refused(client: TestClient):
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="\xff\xfe.txt"\r\n\r\nThe eel.\r\n--b--\r\n'
    response = client.post("/documents", content=body, headers={"Content-Type": "multipart/form-data; boundary=b"})
    assert outcomes(response) == [("refused", "name_invalid")]


# Metadata


def test_what_is_said_of_files_is_known_to_filters(client: TestClient):
    said = {"journal": "Blood", "year": 2021, "authors": ["Ann Lee"], "reviewed": True}
    sent(client, ("marten.txt", b"The marten climbs the tall pine."), metadata=said)
    sent(client, ("squirrel.txt", b"The squirrel climbs the tall pine too."), metadata={"journal": "Cell", "year": 2015})
    document = client.get("/documents/marten").json()
    assert (document["metadata"], document["authors"]) == (said, ["Ann Lee"])
    found = client.get("/search", params={"q": "climbs the pine", "filter": ["journal=Blood"]}).json()["passages"]
    assert [one["document"]["id"] for one in found] == ["marten"]
    asked = {"question": "What climbs the tall pine?", "filters": {"year": {"from": 2010, "to": 2016}}, "caution": 0}
    answer = client.post("/ask", json=asked).json()
    assert {citation["document"]["id"] for citation in answer["citations"]} == {"squirrel"}


@pytest.mark.parametrize(
    ("said", "status", "code"),
    [
        pytest.param(b"{", 400, "json_invalid", id="cut off"),
        pytest.param(b'{"a": 1, "a": 2}', 400, "json_invalid", id="a name twice"),
        pytest.param(b'{"a": NaN}', 400, "json_invalid", id="NaN"),
        pytest.param(b'{"a": "\xff"}', 400, "json_invalid", id="not UTF-8"),
        pytest.param(b"[" * 40 + b"]" * 40, 400, "json_invalid", id="nested deeply"),
        pytest.param(b"[1]", 422, "metadata_invalid", id="no object"),
        pytest.param(b'{"a": {"b": 1}}', 422, "metadata_invalid", id="an object in it"),
        pytest.param(b'{"source": "x"}', 422, "metadata_invalid", id="a name that is taken"),
        pytest.param(b'{"a": "\\ud800"}', 422, "metadata_invalid", id="half a character"),
        pytest.param(b'{"a": "' + b"x" * LARGEST_METADATA + b'"}', 413, "metadata_too_large", id="large"),
    ],
)
def test_metadata_that_cannot_be_kept_is_refused_and_the_files_with_it(
    client: TestClient, problem: Problem, home: Path, said: bytes, status: int, code: str
):
    before = client.get("/documents").json()
    response = raw(client, ('; name="metadata"', said), ('; name="file"; filename="said.txt"', b"The said animal."))
    problem(response, status, code)
    assert client.get("/documents").json() == before
    assert left_over(home) == []


# Requests that are none


FILE = '; name="file"; filename="part.txt"'


@pytest.mark.parametrize(
    ("headers", "body", "status", "code"),
    [
        pytest.param({"Content-Type": "application/json"}, b"{}", 415, "media_type", id="JSON"),
        pytest.param({"Content-Type": "multipart/mixed; boundary=b"}, b"", 415, "media_type", id="other multipart"),
        pytest.param({}, b"", 415, "media_type", id="no type"),
        pytest.param(
            {"Content-Type": "multipart/form-data; boundary=b", "Content-Encoding": "gzip"}, b"", 415, "content_encoding", id="gzip"
        ),
        pytest.param({"Content-Type": "multipart/form-data"}, b"", 400, "multipart_invalid", id="no boundary"),
        pytest.param({"Content-Type": f"multipart/form-data; boundary={'b' * 71}"}, b"", 400, "multipart_invalid", id="long boundary"),
        pytest.param({"Content-Type": "multipart/form-data; boundary=b"}, b"", 400, "multipart_invalid", id="empty"),
        pytest.param({"Content-Type": "multipart/form-data; boundary=b"}, b"nonsense" * 99, 400, "multipart_invalid", id="nonsense"),
        pytest.param({"Content-Type": "multipart/form-data; boundary=b"}, b"\r\n" * 99_999, 400, "multipart_invalid", id="line ends"),
    ],
)
def test_what_is_no_form_is_a_problem(
    client: TestClient, problem: Problem, home: Path, headers: dict[str, str], body: bytes, status: int, code: str
):
    problem(client.post("/documents", content=body, headers=headers), status, code)
    assert left_over(home) == []


@pytest.mark.parametrize(
    ("parts", "end", "status", "code"),
    [
        pytest.param([(FILE, b"x")], b"", 400, "multipart_invalid", id="cut off"),
        pytest.param([(FILE, b"x")], b"--b", 400, "multipart_invalid", id="cut off amid the last boundary"),
        pytest.param([], b"--b--\r\n", 422, "no_file", id="no part"),
        pytest.param([('; name="metadata"', b"{}")], b"--b--\r\n", 422, "no_file", id="metadata alone"),
        pytest.param([(FILE, b"x"), ('; name="other"', b"x")], b"--b--\r\n", 422, "unknown_part", id="a part of another name"),
        pytest.param([("", b"x")], b"--b--\r\n", 422, "unknown_part", id="a part without a name"),
        pytest.param([('; name="metadata"', b"{}")] * 2 + [(FILE, b"x")], b"--b--\r\n", 422, "unknown_part", id="metadata twice"),
        pytest.param([(FILE + "\r\nX: y" * 999, b"x")], b"--b--\r\n", 400, "multipart_invalid", id="999 headers"),
        pytest.param([(FILE + "\r\nX: " + "y" * 99_999, b"x")], b"--b--\r\n", 400, "multipart_invalid", id="a long header"),
        pytest.param([('; name="file"', b"")] * (MOST_FILES + 1), b"--b--\r\n", 413, "too_many_files", id="1,001 files"),
    ],
)
def test_a_form_of_other_parts_is_a_problem_and_nothing_of_it_is_kept(
    client: TestClient, problem: Problem, home: Path, parts: list[tuple[str, bytes]], end: bytes, status: int, code: str
):
    before = client.get("/jobs").json()
    problem(raw(client, *parts, end=end), status, code)
    assert client.get("/jobs").json() == before
    assert left_over(home) == []


def test_a_request_over_the_limit_is_refused_before_it_is_read_and_while_it_is(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient], problem: Problem
):
    library = make_library({})
    client = client_of(library, largest_upload=2_000)
    body = b'--b\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n' + b"x" * 2_000 + b"\r\n--b--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    for content in (body, (body[i : i + 500] for i in range(0, len(body), 500))):  # with a length, and in chunks
        response = client.post("/documents", content=content, headers=headers)
        problem(response, 413, "too_large")
        assert response.headers["connection"] == "close"
        assert list((library.folder / JOBS).iterdir()) == []


def test_a_file_over_the_limit_of_files_is_refused(client: TestClient, problem: Problem, home: Path):
    def body() -> Iterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="large.txt"\r\n\r\n'
        for _ in range(LARGEST_FILE // 2**20):
            yield bytes(2**20)
        yield b"x\r\n--b--\r\n"

    response = client.post("/documents", content=body(), headers={"Content-Type": "multipart/form-data; boundary=b"})
    problem(response, 413, "file_too_large")
    assert left_over(home) == []


# New versions


def test_a_new_version_takes_the_place_of_the_old_one_which_can_still_be_looked_up(client: TestClient):
    first = sent(client, ("weasel.txt", b"The weasel weighs 60 grams."), metadata={"journal": "Blood"}).json()["files"][0]["document"]
    cited = client.post("/ask", json={"question": "How heavy is the weasel?", "documents": ["weasel"], "caution": 0}).json()["citations"][0]
    response = sent(client, ("any name.txt", b"It is said: the weasel weighs 80 grams."), path="/documents/weasel", method="PUT")
    assert (response.status_code, outcomes(response)) == (200, [("replaced", None)])
    second = response.json()["files"][0]["document"]
    assert (second["id"], second["source"], second["metadata"]) == ("weasel", first["source"], {"journal": "Blood"})
    assert client.get("/documents/weasel/text").text == "It is said: the weasel weighs 80 grams."
    earlier = client.get(f"/documents/weasel/text?version={cited['document']['sha256']}").text
    assert earlier[cited["start"] : cited["end"]] == cited["quote"]
    assert client.get(cited["url"].partition("#")[0]).text == earlier
    found = client.get("/search", params={"q": "weasel grams", "document": "weasel"}).json()["passages"]
    assert [one["text"] for one in found] == ["It is said: the weasel weighs 80 grams."]
    again = sent(client, ("any name.txt", b"It is said: the weasel weighs 80 grams."), path="/documents/weasel", method="PUT")
    assert (again.status_code, outcomes(again)) == (200, [("unchanged", None)])


def test_a_new_version_can_be_sent_on_the_condition_that_a_certain_one_is_there(client: TestClient, problem: Problem):
    sha256 = sent(client, ("mole.txt", b"The mole, version 1.")).json()["files"][0]["document"]["sha256"]
    etag = client.get("/documents/mole/text").headers["etag"]
    assert etag == f'"{sha256}"'

    def put(content: bytes, condition: str) -> Response:
        return client.put("/documents/mole", files=[("file", ("mole.txt", content))], headers={"If-Match": condition})

    assert put(b"The mole, version 2.", f'"{"0" * 64}", {etag}').status_code == 200
    for refused in (etag, '"0"', sha256, "", f"W/{etag}"):
        problem(put(b"The mole, version 3.", refused), 412, "version_changed")
    assert client.get("/documents/mole/text").text == "The mole, version 2."
    assert put(b"The mole, version 3.", "*").status_code == 200


@pytest.mark.parametrize(
    ("parts", "code"),
    [
        pytest.param([(FILE, b"One newt."), (FILE, b"Two newts.")], "one_file", id="two files"),
        pytest.param([(FILE, EXE)], "refused", id="a program"),
        pytest.param([('; name="file"', b"A newt.")], "refused", id="a file without a name"),
    ],
)
def test_what_cannot_be_a_new_version_leaves_the_document_as_it_is(
    client: TestClient, problem: Problem, parts: list[tuple[str, bytes]], code: str
):
    sent(client, ("newt.txt", b"The newt is here."))
    problem(raw(client, *parts, path="/documents/newt", method="PUT"), 422, code)
    assert client.get("/documents/newt/text").text == "The newt is here."


def test_there_is_no_new_version_of_a_document_that_is_not_there(client: TestClient, problem: Problem):
    problem(sent(client, ("nowhere.txt", b"A text."), path="/documents/nowhere", method="PUT"), 404, "document_not_found")


# Documents out


def test_a_document_that_is_removed_is_gone_and_its_name_is_free(client: TestClient, problem: Problem):
    sent(client, ("gone.txt", b"The dodo is gone."))
    response = client.delete("/documents/gone")
    assert (response.status_code, response.content) == (204, b"")
    problem(client.get("/documents/gone/text"), 404, "document_not_found")
    problem(client.delete("/documents/gone"), 404, "document_not_found")
    found = client.get("/search", params={"q": "dodo"}).json()["passages"]
    assert "gone" not in [one["document"]["id"] for one in found]
    assert outcomes(sent(client, ("gone.txt", b"The dodo is back."))) == [("added", None)]


# Collections


def test_an_upload_to_a_collection_stays_in_it(client: TestClient, problem: Problem):
    assert client.put("/collections/birds").status_code == 201
    response = sent(client, ("robin.txt", b"The robin sings at dawn."), path="/collections/birds/documents")
    assert (response.status_code, outcomes(response)) == (201, [("added", None)])
    assert response.json()["files"][0]["document"]["url"] == "/collections/birds/documents/robin/text"
    job = response.json()["job"]
    assert client.get(f"/collections/birds/jobs/{job}").json()["url"] == f"/collections/birds/jobs/{job}"
    problem(client.get("/documents/robin"), 404, "document_not_found")
    problem(client.get(f"/jobs/{job}"), 404, "job_not_found")
    assert client.delete("/collections/birds").status_code == 204
    problem(sent(client, ("robin.txt", b"The robin."), path="/collections/birds/documents"), 404, "collection_not_found")


def test_a_collection_of_a_name_that_was_removed_begins_anew(client: TestClient):
    for _ in range(2):
        assert client.put("/collections/again").status_code == 201
        response = sent(client, ("wren.txt", b"The wren nests."), path="/collections/again/documents")
        assert outcomes(response) == [("added", None)]
        assert len(client.get("/collections/again/jobs").json()["jobs"]) == 1
        assert client.delete("/collections/again").status_code == 204


# The description of the interface


def test_what_changes_documents_is_described_with_its_body_and_its_problems(client: TestClient):
    described = client.get("/openapi.json").json()["paths"]
    for prefix in ("", "/collections/{collection}"):
        for path, method in (("/documents", "post"), ("/documents/{id}", "put")):
            one = described[prefix + path][method]
            schema = one["requestBody"]["content"]["multipart/form-data"]["schema"]
            assert schema["required"] == ["file"]
            assert list(schema["properties"]) == ["file", "metadata"]
            problems = {status: response["content"] for status, response in one["responses"].items() if int(status) >= 400}
            assert set(problems) >= {"400", "403", "404", "413", "415", "422", "507"}
            assert all(list(content) == ["application/problem+json"] for content in problems.values())
            assert "files" in problems["422"]["application/problem+json"]["schema"]["properties"]
            assert "$defs" not in json.dumps(problems)
        assert "412" in described[f"{prefix}/documents/{{id}}"]["put"]["responses"]
        assert set(described[f"{prefix}/documents/{{id}}"]["delete"]["responses"]) == {"204", "403", "404", "422"}
        assert set(described[f"{prefix}/jobs/{{id}}"]) == {"get", "delete"}
        assert set(described[f"{prefix}/jobs"]) == {"get"}


@pytest.mark.parametrize(
    ("method", "path", "known"),
    [
        ("PATCH", "/documents/wombat", "DELETE, GET, HEAD, PUT"),
        ("DELETE", "/documents", "GET, HEAD, POST"),
        ("POST", "/jobs", "GET, HEAD"),
        ("GET", "/collections/birds", "DELETE, PUT"),
    ],
)
def test_allow_names_all_methods_of_a_path(client: TestClient, problem: Problem, method: str, path: str, known: str):
    response = client.request(method, path)
    problem(response, 405, "method_not_allowed")
    assert response.headers["allow"] == known
