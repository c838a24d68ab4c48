"""Collections: libraries of their own in one server, of which nothing crosses to another."""

import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from click.testing import CliRunner, Result
from starlette.testclient import TestClient

from api.app import create_app
from api.cli import main
from api.libraries import COLLECTIONS, Libraries
from api.settings import InvalidSetting, Settings, read_settings
from api.wiring import CALIBRATION, home_of, make_libraries, make_library, open_library
from index.database import Database
from index.encoder import Encoder
from index.errors import LibraryMissing
from index.library import DATABASE, Library
from index.passages import CHUNKING
from index.reading import read_document
from qa.answering import Answerer
from qa.calibration import Calibration
from qa.readers import LateInteractionReader

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]
Check = Callable[..., dict[str, Any]]
Run = Callable[..., CompletedProcess[str]]

WRONG_NAMES = {
    "a capital letter": "A",
    "a hidden folder": ".hidden",
    "the folder above": "..",
    "the folder itself": ".",
    "65 characters": "x" * 65,
    "a name no folder can have": "x" * 300,
    "a hyphen first": "-x",
    "a space": "a b",
    "a line feed at the end": "a\n",
    "a letter beyond ASCII": "größe",
    "a backslash": "..\\x",
    "NUL": "a\x00b",
    "the folder of all": "collections",
    "what removing leaves for a moment": ".removed-x",
}


@pytest.fixture
def libraries(tmp_path: Path, by_hand_encoder: ByHand) -> Iterator[Libraries]:
    """Libraries that share an encoder by hand, so that making one is quick."""
    encoder, home = by_hand_encoder("cat dog fish sat ran"), tmp_path / "library"
    made = {"encoder": encoder.fingerprint, "encoder_folder": "by-hand", "chunking": CHUNKING}

    def folder(collection: str) -> Path:
        return home / COLLECTIONS / collection if collection else home

    def opened(collection: str) -> Answerer:
        path = folder(collection) / DATABASE
        if not path.is_file():
            raise LibraryMissing(f"There is no library in {path}.")
        return _answerer(Library(folder(collection), Database.open(path), encoder, collection))

    def create(collection: str) -> Answerer:
        folder(collection).mkdir(parents=True, exist_ok=True)
        return _answerer(Library(folder(collection), Database.create(folder(collection) / DATABASE, made), encoder, collection))

    libraries = Libraries(home, create(""), opened, create)
    yield libraries
    libraries.close()


def _answerer(library: Library) -> Answerer:
    return Answerer(library, LateInteractionReader(library.encoder))


@pytest.fixture
def client(libraries: Libraries) -> TestClient:
    return TestClient(create_app(libraries), raise_server_exceptions=False)


def add(libraries: Libraries, collection: str, source: str, text: str, **metadata: Any) -> None:
    libraries.answerer(collection).library.add(read_document(source, text.encode()).described(metadata))


def ask(client: TestClient, path: str, question: str, **more: Any) -> dict[str, Any]:
    response = client.post(f"{path}/ask", json={"question": question, **more})
    assert response.status_code == 200, response.text
    found: dict[str, Any] = response.json()
    return found


def invoke(*arguments: str | Path) -> Result:
    """Run a command inside this process, without settings from the environment."""
    bare = {name: None for name in os.environ if name.startswith("FOOTNOTE_")}
    return CliRunner(env=bare).invoke(main, [str(argument) for argument in arguments])


# Names


def test_a_collection_is_made_once_and_listed_by_name(client: TestClient):
    assert client.get("/collections").json() == {"collections": []}
    for name, status in (("b", 201), ("a-1_x", 201), ("b", 200), ("0" * 64, 201), ("b", 200)):
        response = client.put(f"/collections/{name}")
        assert response.status_code == status
        assert name in response.json()["collections"]
    assert client.get("/collections").json() == {"collections": ["0" * 64, "a-1_x", "b"]}
    assert client.get("/collections/b/documents").json()["documents"] == []
    assert ask(client, "/collections/b", "A cat?")["reason"] == "empty_library"


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_a_wrong_name_is_refused_before_any_folder_is_looked_at(
    client: TestClient, libraries: Libraries, tmp_path: Path, problem: Check, name: str
):
    add(libraries, "", "secret.txt", "The cat sat.")
    before = sorted(tmp_path.rglob("*"))
    written = "".join(f"%{byte:02X}" for byte in WRONG_NAMES[name].encode())
    for method, path in (
        ("PUT", ""), ("DELETE", ""), ("GET", "/documents"), ("GET", "/documents/secret/text"), ("GET", "/search?q=cat"), ("GET", "/ready"),
    ):  # fmt: skip
        response = client.request(method, f"/collections/{written}{path}")
        members = problem(response, 422, "invalid")
        assert [fault["where"] for fault in members["errors"]] == ["path.collection"] * len(members["errors"])
        assert "cat" not in response.text
        assert WRONG_NAMES[name] in ("A", ".", "..", "collections") or WRONG_NAMES[name] not in response.text
    problem(client.post(f"/collections/{written}/ask", json={"question": "cat"}), 422, "invalid")
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("path", ["..%2Fx", "%2E%2E%2Fx/documents", "a%2Fb/documents", "", "a/b/c"])
def test_a_path_that_leads_elsewhere_leads_to_nothing(client: TestClient, tmp_path: Path, problem: Check, path: str):
    before = sorted(tmp_path.rglob("*"))
    for method in ("GET", "PUT", "DELETE"):
        response = client.request(method, f"/collections/{path}")
        assert response.status_code in (404, 405)
        problem(response, response.status_code)
    assert sorted(tmp_path.rglob("*")) == before


@pytest.mark.parametrize("name", WRONG_NAMES)
def test_a_wrong_name_is_a_wrong_setting(name: str):
    with pytest.raises(InvalidSetting, match=r"FOOTNOTE_COLLECTION \(--collection\): .*\."):
        read_settings({"collection": WRONG_NAMES[name]})


def test_a_collection_that_is_not_there_is_not_found_and_not_made(client: TestClient, tmp_path: Path, problem: Check):
    before = sorted(tmp_path.rglob("*"))
    for path in ("documents", "documents/a", "documents/a/text", "documents/a/versions", "search?q=cat", "ready"):
        problem(client.get(f"/collections/nowhere/{path}"), 404, "collection_not_found")
    problem(client.post("/collections/nowhere/ask", json={"question": "cat"}), 404, "collection_not_found")
    problem(client.delete("/collections/nowhere"), 404, "collection_not_found")
    assert sorted(tmp_path.rglob("*")) == before


def test_what_is_in_the_folder_and_is_no_collection_is_not_listed(client: TestClient, tmp_path: Path):
    home = tmp_path / "library" / COLLECTIONS
    for name in ("empty", "Upper", ".removed-abc/x", "x/y"):
        (home / name).mkdir(parents=True)
    for name in ("Upper", ".removed-abc/x", "x/y"):
        (home / name / DATABASE).write_bytes(b"")
    (home / "file").write_bytes(b"")
    assert client.get("/collections").json() == {"collections": []}
    assert client.put("/collections/empty").status_code == 201


# Nothing crosses


@pytest.fixture
def three(libraries: Libraries) -> Libraries:
    """The library at the plain paths and two collections, each with a document `pet` of its own, one with a version before it."""
    for name, text in (("", "The cat sat."), ("one", "The dog ran."), ("two", "The fish sat and ran.")):
        if name:
            libraries.make(name)
        if name == "two":
            add(libraries, name, "pet.txt", "The dog sat.")
        add(libraries, name, "pet.txt", text, name=name or "plain")
    add(libraries, "one", "other.txt", "Another dog sat.")
    return libraries


PLACES = {"": "The cat sat.", "/collections/one": "The dog ran.", "/collections/two": "The fish sat and ran."}


@pytest.mark.parametrize("place", PLACES)
def test_nothing_of_one_library_is_found_in_another(three: Libraries, client: TestClient, problem: Check, place: str):
    texts = {PLACES[place], *(["Another dog sat."] if place.endswith("one") else [])}
    found = client.get(f"{place}/search", params={"q": "cat dog fish sat ran", "limit": 50}).json()["passages"]
    assert {passage["text"] for passage in found} == texts
    assert all(passage["url"].startswith(f"{place}/documents/") for passage in found)
    answer = ask(client, place, "cat dog fish sat ran", caution=0, limit=20)
    assert {citation["quote"] for citation in answer["citations"]} <= texts
    assert client.get(f"{place}/documents/pet/text").text == PLACES[place]
    assert client.get(f"{place}/documents/pet/file").text == PLACES[place]
    assert client.get(f"{place}/documents").json()["total"] == len(texts)
    own = [one["sha256"] for one in client.get(f"{place}/documents/pet/versions").json()["versions"]]
    assert len(own) == (2 if place.endswith("two") else 1)
    for other in PLACES.keys() - {place}:
        for version in client.get(f"{other}/documents/pet/versions").json()["versions"]:
            problem(client.get(f"{place}/documents/pet/text", params={"version": version["sha256"]}), 404, "document_not_found")
        name = other.removeprefix("/collections/") or "plain"
        assert client.get(f"{place}/documents", params={"filter": f"name={name}"}).json()["total"] == 0
        assert client.get(f"{place}/search", params={"q": "sat", "filter": f"name={name}"}).json() == {"passages": [], "notes": []}
    if not place.endswith("one"):
        problem(client.get(f"{place}/documents/other"), 404, "document_not_found")
        problem(client.post(f"{place}/ask", json={"question": "dog", "documents": ["other"]}), 404, "document_not_found")


def test_every_url_that_a_collection_gives_leads_into_it(three: Libraries, client: TestClient):
    for place, text in PLACES.items():
        answer = ask(client, place, "sat ran", caution=0)
        abstention = ask(client, place, "sat ran", caution=1)
        listed = client.get(f"{place}/documents").json()["documents"]
        versions = client.get(f"{place}/documents/pet/versions").json()["versions"]
        for one in [*answer["citations"], *abstention["closest"], *listed, *versions, client.get(f"{place}/documents/pet").json()]:
            assert one["url"].startswith(f"{place}/documents/")
            path, _, position = one["url"].partition("#")
            read = client.get(path)
            assert read.status_code == 200
            if position:
                assert read.text[one["start"] : one["end"]] == one.get("quote", one.get("text"))
        assert [client.get(version["url"]).text for version in versions][-1] == text


def test_a_change_in_one_library_is_none_in_another(three: Libraries, client: TestClient):
    before = {place: client.get(f"{place}/documents").json() for place in PLACES}
    add(three, "one", "new.txt", "A new dog.")
    three.answerer("two").library.remove("pet")
    assert client.get("/documents").json() == before[""]
    assert client.get("/collections/one/documents").json()["generation"] == before["/collections/one"]["generation"] + 1
    assert client.get("/collections/two/documents").json()["total"] == 0
    assert client.get("/documents/pet/text").text == PLACES[""]


def test_the_same_documents_give_the_same_answer_but_for_where_it_leads(libraries: Libraries, client: TestClient):
    libraries.make("same")
    for name in ("", "same"):
        add(libraries, name, "pet.txt", "The cat sat.")
    plain, same = client.post("/ask", json={"question": "cat"}), client.post("/collections/same/ask", json={"question": "cat"})
    assert plain.text.replace('"url":"/documents', '"url":"/collections/same/documents') == same.text


def test_a_stream_of_a_collection_ends_with_the_same_bytes(three: Libraries, client: TestClient):
    body = {"question": "dog"}
    streamed = client.post("/collections/one/ask", json=body, headers={"Accept": "text/event-stream"})
    assert streamed.text.rpartition("event: answer\ndata: ")[2].split("\n")[0] == client.post("/collections/one/ask", json=body).text


# Removing


def test_a_removed_collection_is_not_found_and_one_of_its_name_is_empty(
    three: Libraries, client: TestClient, problem: Check, tmp_path: Path
):
    assert client.delete("/collections/one").status_code == 204
    assert client.get("/collections").json() == {"collections": ["two"]}
    for path in ("documents", "documents/pet/text", "search?q=dog"):
        problem(client.get(f"/collections/one/{path}"), 404, "collection_not_found")
    problem(client.post("/collections/one/ask", json={"question": "dog"}), 404, "collection_not_found")
    problem(client.delete("/collections/one"), 404, "collection_not_found")
    assert [path.name for path in (tmp_path / "library" / COLLECTIONS).iterdir()] == ["two"]
    assert client.get("/documents/pet/text").text == PLACES[""]
    assert client.put("/collections/one").status_code == 201
    assert client.get("/collections/one/documents").json()["total"] == 0
    assert client.get("/collections/two/documents/pet/text").text == PLACES["/collections/two"]


def test_who_reads_a_collection_while_it_is_removed_reads_to_the_end(three: Libraries, by_hand_encoder: ByHand, tmp_path: Path):
    """And a collection of its name, made meanwhile, keeps what it was given when the last reader of the old one leaves."""
    old = three.answerer("one").library
    with old.view() as view:
        three.remove("one")
        with pytest.raises(LibraryMissing):
            three.answerer("one")
        assert three.make("one")
        add(three, "one", "new.txt", "A new dog.")
        assert (view.text("pet"), len(view.search("dog", 9)), len(view.versions("pet"))) == ("The dog ran.", 2, 1)
    old.close()
    new = three.answerer("one").library
    assert new is not old
    add(three, "one", "newer.txt", "A newer dog.")
    again = Library(new.folder, Database.open(new.folder / DATABASE), new.encoder)
    with again.view() as view:
        assert [row.id for row in view.documents()] == ["new", "newer"]
    assert again.damage() == []
    again.close()


def test_who_opens_a_removed_collection_again_is_told_that_it_is_gone(three: Libraries):
    """As a request does that had begun before; the files of the view that is open are there until it ends."""
    old = three.answerer("one").library
    with old.view() as view:
        three.remove("one")
        with pytest.raises(LibraryMissing, match="any more"), old.view():
            pass
        assert view.text("pet") == "The dog ran."


def test_requests_while_a_collection_is_removed_find_it_whole_or_not_at_all(three: Libraries, client: TestClient):
    def found(number: int) -> tuple[int, int]:
        if number == 20:
            return client.delete("/collections/one").status_code, 0
        response = client.get("/collections/one/search", params={"q": "dog"})
        return response.status_code, len(response.json().get("passages", []))

    with ThreadPoolExecutor(8) as threads:
        told = list(threads.map(found, range(60)))
    assert told[20] == (204, 0)
    assert set(told[:20] + told[21:]) <= {(200, 2), (404, 0), (503, 0)}
    assert told[-1] == (404, 0)


def test_of_many_who_make_one_collection_one_makes_it(libraries: Libraries, client: TestClient):
    with ThreadPoolExecutor(8) as threads:
        statuses = list(threads.map(lambda _: client.put("/collections/one").status_code, range(16)))
    assert sorted(statuses) == [200] * 15 + [201]
    assert libraries.answerer("one") is libraries.answerer("one")


def test_a_collection_that_another_process_made_is_served_and_one_it_removed_is_not_listed(
    three: Libraries, client: TestClient, tmp_path: Path
):
    home = tmp_path / "library" / COLLECTIONS
    three.answerer("one").library.close()
    shutil.copytree(home / "one", home / "brought")
    assert client.get("/collections/brought/documents/pet/text").text == PLACES["/collections/one"]
    shutil.rmtree(home / "two")
    assert client.get("/collections").json() == {"collections": ["brought", "one"]}


# With the packaged encoder, on the command line and over HTTP


@pytest.fixture(scope="module")
def home(encoder_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The folder of a library with two collections, `a` and `b`, that share its encoder. Do not change it."""
    folder = tmp_path_factory.mktemp("home") / "library"
    shutil.copytree(encoder_folder, folder / encoder_folder.name)
    for name, text in (("", "The wombat digs 3 burrows.\n"), ("a", "The badger has 5 burrows.\n"), ("b", "The otter swims.\n")):
        library = make_library(Settings(library=folder, collection=name), print)
        library.add(read_document(f"{name or 'plain'}.txt", text.encode()).described({"journal": name or "plain"}))
        library.publish()
        library.close()
    yield folder
    shutil.rmtree(folder)


def test_one_encoder_serves_all_libraries_on_disk_and_in_memory(home: Path):
    assert [path.parent for path in home.rglob("encoder-*")] == [home]
    libraries = make_libraries(Settings(library=home, reader="late-interaction"), print)
    plain, first, second = (libraries.answerer(name).library for name in ("", "a", "b"))
    assert plain.encoder is first.encoder is second.encoder
    assert libraries.answerer("a") is libraries.answerer("a")
    assert first.folder == home_of(Settings(library=home, collection="a")) == home / COLLECTIONS / "a"
    libraries.close()


def test_the_same_question_to_a_collection_gives_the_same_bytes_over_http_and_on_the_command_line(home: Path, run_footnote: Run):
    libraries = make_libraries(Settings(library=home, reader="late-interaction"), print)
    client = TestClient(create_app(libraries), raise_server_exceptions=False)
    question = "How many burrows are there?"
    for place, flags in (("", []), ("/collections/a", ["--collection", "a"])):
        name = flags[-1] if flags else "plain"
        body = {"question": question, "filters": {"journal": name, "kind": ["text", "html"]}, "caution": 0}
        told = run_footnote(
            "ask", question, "--library", home, *flags, "--json", "--reader", "late-interaction", "--caution", "0",
            "--filter", "kind=html", "--filter", f"journal={name}", "--filter", "kind=text",
        )  # fmt: skip
        assert (told.returncode, told.stderr) == (0, "")
        assert told.stdout == client.post(f"{place}/ask", json=body).text + "\n"
        assert json.loads(told.stdout)["citations"][0]["document"]["id"] == name
    libraries.close()


def test_jobs_of_a_collection_are_its_own_and_go_with_it(home: Path, tmp_path: Path, problem: Check):
    folder = tmp_path / "library"
    shutil.copytree(home, folder)
    libraries = make_libraries(Settings(library=folder, reader="late-interaction"), print)
    with TestClient(create_app(libraries), raise_server_exceptions=False) as client:
        sent = client.post("/collections/a/documents", files=[("file", ("quoll.txt", b"The quoll climbs trees."))])
        assert sent.status_code == 201
        document = sent.json()["files"][0]["document"]
        assert client.get(document["url"]).text == "The quoll climbs trees."
        assert document["url"].startswith("/collections/a/documents/quoll/text")
        (job,) = client.get("/collections/a/jobs").json()["jobs"]
        assert client.get(f"/collections/a/jobs/{job['id']}").json()["state"] == "done"
        for place in ("", "/collections/b"):
            assert client.get(f"{place}/jobs").json() == {"jobs": []}
            problem(client.get(f"{place}/jobs/{job['id']}"), 404, "job_not_found")
            problem(client.delete(f"{place}/jobs/{job['id']}"), 404, "job_not_found")
            problem(client.get(f"{place}/documents/quoll"), 404, "document_not_found")
        accepted = client.post(
            "/collections/a/documents",
            files=[("file", (f"{i}.txt", f"The emu {i} runs.".encode())) for i in range(200)],
            headers={"Prefer": "respond-async"},
        )
        assert accepted.status_code == 202
        assert client.delete("/collections/a").status_code == 204
        problem(client.get("/collections/a/jobs"), 404, "collection_not_found")
        assert [path.name for path in (folder / COLLECTIONS).iterdir()] == ["b"]
        assert client.put("/collections/a").status_code == 201
        assert client.get("/collections/a/jobs").json() == {"jobs": []}
        assert client.get("/collections/a/documents").json()["total"] == 0
    libraries.close()


def test_each_command_is_about_the_collection_it_is_told(home: Path, tmp_path: Path):
    folder, file = tmp_path / "library", tmp_path / "quoll.txt"
    shutil.copytree(home, folder)
    file.write_text("The quoll climbs.\n", "utf-8")

    def run(*arguments: str | Path) -> Result:
        return invoke(*arguments, "--library", folder)

    def listed(*flags: str) -> list[str]:
        return [document["id"] for document in json.loads(run("list", "--json", *flags).stdout)]

    assert (listed(), listed("--collection", "a"), listed("--collection", "b")) == (["plain"], ["a"], ["b"])
    assert (listed("--filter", "journal=PLAIN"), listed("--filter", "journal=a")) == (["plain"], [])
    assert run("add", file, "--collection", "new").exit_code == 0
    assert (listed("--collection", "new"), listed()) == (["quoll"], ["plain"])
    found = json.loads(run("search", "quoll", "--collection", "new", "--json").stdout)
    assert [passage["url"].partition("?")[0] for passage in found] == ["/collections/new/documents/quoll/text"]
    assert run("remove", "plain", "--collection", "a").exit_code == 1
    assert run("remove", "a", "--collection", "a").exit_code == 0
    assert (listed("--collection", "a"), listed()) == ([], ["plain"])
    assert [path.parent for path in folder.rglob("encoder-*")] == [folder]
    missing = run("list", "--collection", "nowhere")
    assert (missing.exit_code, missing.stdout) == (1, "")
    wrong = run("list", "--collection", "../a")
    assert (wrong.exit_code, wrong.stdout) == (2, "")
    assert wrong.stderr.startswith("footnote: FOOTNOTE_COLLECTION (--collection): ")


@pytest.mark.parametrize("command", [["ask", "A cat?"], ["search", "cat"], ["list"]])
@pytest.mark.parametrize("written", ["journal", "journal=", "1st=x", "date=.."])
def test_a_wrong_filter_on_the_command_line_is_wrong_usage(home: Path, command: list[str], written: str):
    done = invoke(*command, "--library", home, "--filter", written)
    assert (done.exit_code, done.stdout) == (2, "")
    assert done.stderr.startswith("footnote: ")
    assert done.stderr.count("\n") == 1


def test_the_doctor_looks_at_the_collection_it_is_told(home: Path, tmp_path: Path):
    folder = tmp_path / "library"
    shutil.copytree(home, folder)
    database = Database(folder / COLLECTIONS / "a" / DATABASE)
    with database.writing() as transaction:
        transaction.execute("UPDATE passages SET terms = terms || ' x'")
    database.close()
    sound, damaged = invoke("doctor", "--library", folder), invoke("doctor", "--deep", "--library", folder, "--collection", "a")
    assert (sound.exit_code, damaged.exit_code) == (0, 1)
    assert "passage 1 of document a does not fit its hash" in damaged.stdout
    assert invoke("doctor", "--mend", "--library", folder, "--collection", "a").exit_code == 0
    assert [path.parent for path in folder.rglob("encoder-*")] == [folder]


def test_a_collection_is_calibrated_as_its_library_unless_it_has_a_calibration_of_its_own(home: Path, tmp_path: Path):
    folder = tmp_path / "library"
    shutil.copytree(home, folder)
    for place, least in ((folder, 0.25), (folder / COLLECTIONS / "b", 0.75)):
        calibration = Calibration("late-interaction", (1.0, 0.0, 0.0, 0.0), 0.0, least, 0.1, 0.1, 40, "")
        calibration.save(place / CALIBRATION)
    libraries = make_libraries(Settings(library=folder, reader="late-interaction"), print)
    assert [libraries.answerer(name).reader.calibration.least_confidence for name in ("", "a", "b")] == [0.25, 0.25, 0.75]
    assert libraries.answerer("").reader is libraries.answerer("a").reader
    libraries.close()


def test_a_collection_is_made_with_the_encoder_that_its_server_has(home: Path, tmp_path: Path):
    folder = tmp_path / "library"
    shutil.copytree(home, folder)
    libraries = make_libraries(Settings(library=folder, reader="late-interaction"), print)
    assert libraries.make("c")
    assert libraries.answerer("c").library.encoder is libraries.answerer("").library.encoder
    libraries.close()
    opened = open_library(Settings(library=folder, collection="c"))
    assert opened.collection == "c"
    opened.close()
