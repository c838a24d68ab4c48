"""The paths of the HTTP interface, asked of the real application over real libraries."""

import hashlib
import json
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any

import pytest
from starlette.testclient import TestClient

from index.library import Library
from index.reading import read_document
from index.shadow import terms, words

ANSWER = """id question standalone_question status reason mode text confidence sentences citations conflicts closest notes library
models""".split()
SENTENCE = "text start end citations support highlights context".split()
CITATION = "number document section page start end quote prefix suffix score url".split()
CLOSEST = "document section page start end text score url".split()
DOCUMENT = "id title source sha256".split()

COCKTAIL = "How many patients achieved an objective response with CAR19/22?"
SEVERAL = "CD19"  # a question that takes four sentences
ABSTAINED = "What is the capital of France?"
EDITORIAL_URL = "/documents/car-t-resistance-editorial/text?version=bea0093e274ccd0c"

NOTES = "Field notes\r\n\r\n\r\nThe 🦘 hopped 12 metres.\r\nThe wombat\r\ndug 3 burrows near Töölö.\r\n\r\nNobody saw the quoll.\r\n"


def ask(client: TestClient, question: str, **more: Any) -> dict[str, Any]:
    response = client.post("/ask", json={"question": question, **more})
    assert response.status_code == 200
    answer: dict[str, Any] = response.json()
    return answer


# The answer


def test_an_answer_has_the_members_of_the_contract_in_their_order(client: TestClient):
    answer = ask(client, COCKTAIL)
    assert list(answer) == ANSWER
    assert [list(sentence) for sentence in answer["sentences"]] == [SENTENCE] * len(answer["citations"])
    assert {tuple(citation) for citation in answer["citations"]} == {tuple(CITATION)}
    assert {tuple(citation["document"]) for citation in answer["citations"]} == {tuple(DOCUMENT)}
    assert list(answer["library"]) == ["generation", "sha256"]
    assert list(answer["models"]) == ["encoder", "reader", "writer"]


def test_an_answer_says_what_the_editorial_says(client: TestClient):
    answer = ask(client, COCKTAIL)
    assert (answer["question"], answer["standalone_question"]) == (COCKTAIL, COCKTAIL)
    assert (answer["status"], answer["reason"], answer["mode"], answer["closest"]) == ("answered", None, "extractive", [])
    assert "87.7% patients achieved objective response" in answer["text"]
    assert 0 <= answer["confidence"] <= 1


@pytest.mark.parametrize(
    "question", [COCKTAIL, SEVERAL, "What does zanubrutinib do?", "Which three aspects sum up the resistance mechanism?"]
)
def test_every_quote_is_the_slice_of_the_text_that_its_citation_names(client: TestClient, question: str):
    """The check anyone can make: fetch the text behind `url`, take `[start:end)`, compare; prefix and suffix stand around it."""
    answer = ask(client, question)
    assert [citation["number"] for citation in answer["citations"]] == list(range(1, len(answer["citations"]) + 1))
    for citation in answer["citations"]:
        path, _, place = citation["url"].partition("#")
        text = client.get(path).content.decode("utf-8")
        start, end = citation["start"], citation["end"]
        assert place == f"char={start},{end}"
        assert text[start:end] == citation["quote"] != ""
        assert text[max(0, start - 32) : start] == citation["prefix"]
        assert text[end : end + 32] == citation["suffix"]
        assert citation["page"] is None


@pytest.mark.parametrize("question", [COCKTAIL, SEVERAL])
def test_every_character_of_an_answer_is_quoted_or_a_footnote_mark(client: TestClient, question: str):
    answer = ask(client, question)
    assert answer["text"] == "\n".join(f"{citation['quote']} [{citation['number']}]" for citation in answer["citations"])
    for sentence, citation in zip(answer["sentences"], answer["citations"], strict=True):
        assert answer["text"][sentence["start"] : sentence["end"]] == sentence["text"] == citation["quote"]
        assert (sentence["citations"], sentence["support"], sentence["highlights"]) == ([citation["number"]], "verbatim", [])


def test_a_citation_names_the_version_by_the_sha256_of_the_files_bytes(client: TestClient, editorial: str):
    (citation,) = ask(client, COCKTAIL)["citations"]
    assert citation["document"] == {
        "id": "car-t-resistance-editorial",
        "title": "The mechanism and novel strategies of overcoming resistance of hematological malignancies to CAR T-cell killing",
        "source": "seeds/car-t-resistance-editorial.txt",
        "sha256": hashlib.sha256(editorial.encode("utf-8")).hexdigest(),
    }
    assert citation["section"] == ["Novel CD19 CAR-T or dual CAR-T cells to overcome CD19- relapse"]


def test_citations_of_one_document_stand_in_the_order_of_reading(client: TestClient):
    starts = [citation["start"] for citation in ask(client, SEVERAL)["citations"]]
    assert len(starts) == 4
    assert starts == sorted(set(starts))


def test_an_answer_names_the_library_and_the_models_it_came_from(client: TestClient, editorial_library: Library):
    answer = ask(client, COCKTAIL)
    with editorial_library.view() as view:
        assert answer["library"] == {"generation": view.generation, "sha256": view.sha256}
    assert answer["models"] == {"encoder": editorial_library.encoder.fingerprint, "reader": "late-interaction", "writer": None}


def test_the_same_question_to_the_same_library_gives_the_same_bytes(client: TestClient):
    first, second = (client.post("/ask", json={"question": SEVERAL}).content for _ in range(2))
    assert first == second


def test_the_command_line_gives_the_same_bytes_as_http(
    client: TestClient, editorial_folder: Path, run_footnote: Callable[..., CompletedProcess[str]]
):
    for question, code in ((SEVERAL, 0), (ABSTAINED, 3)):
        done = run_footnote("ask", question, "--json", "--reader", "late-interaction", "--library", editorial_folder)
        assert done.returncode == code
        assert done.stdout.encode("utf-8") == client.post("/ask", json={"question": question}).content + b"\n"


def test_an_answers_bytes_are_compact_json_with_nothing_escaped_that_need_not_be(client: TestClient):
    content = client.post("/ask", json={"question": "What is a CD19‐ relapse – “loss”?"}).content
    assert content.decode("utf-8") == json.dumps(json.loads(content), ensure_ascii=False, separators=(",", ":"))
    assert "CD19‐ relapse – “loss”".encode() in content


@pytest.mark.parametrize(
    "changed",
    [
        pytest.param({"limit": 3}, id="the limit"),
        pytest.param({"documents": ["car-t-resistance-editorial"]}, id="the documents"),
        pytest.param({"history": [{"role": "user", "content": "Hello"}]}, id="the history"),
        pytest.param({"question": "CD22"}, id="the question"),
    ],
)
def test_the_id_of_an_answer_changes_with_everything_it_depends_on(client: TestClient, changed: dict[str, Any]):
    body = {"question": SEVERAL, "limit": 4, "documents": [], "history": []}
    ids = [client.post("/ask", json={**body, **more}).json()["id"] for more in ({}, changed, {})]
    assert ids[0] == ids[2] != ids[1]
    assert re.fullmatch(r"[0-9a-f]{24}", ids[0])


@pytest.mark.parametrize("limit", [1, 2, 3, 20])
def test_limit_is_the_most_sentences_of_an_answer(client: TestClient, limit: int):
    cited = ask(client, SEVERAL, limit=limit)["citations"]
    assert len(cited) == min(limit, len(ask(client, SEVERAL, limit=20)["citations"]))
    assert len(ask(client, SEVERAL)["citations"]) == 4


# Abstention


def test_an_abstention_shows_the_closest_passages_and_cites_nothing(client: TestClient, editorial: str):
    answer = ask(client, ABSTAINED)
    assert list(answer) == ANSWER
    assert (answer["status"], answer["reason"]) == ("abstained", "low_confidence")
    assert (answer["citations"], answer["sentences"]) == ([], [])
    assert answer["text"] == "The documents do not clearly answer this."
    assert len(answer["closest"]) == 3
    for near in answer["closest"]:
        assert list(near) == CLOSEST
        assert editorial[near["start"] : near["end"]] == near["text"] != ""
        assert near["url"] == f"{EDITORIAL_URL}#char={near['start']},{near['end']}"


def test_an_empty_library_abstains_because_it_is_empty(make_library: Callable[..., Library], client_of: Callable[..., TestClient]):
    answer = ask(client_of(make_library({})), COCKTAIL)
    assert (answer["status"], answer["reason"], answer["closest"], answer["confidence"]) == ("abstained", "empty_library", [], 0)
    assert answer["text"] == "There are no documents to answer from."


def test_a_document_without_a_passage_holds_no_evidence(make_library: Callable[..., Library], client_of: Callable[..., TestClient]):
    library = make_library({"bare.md": "# Marsupials\n", "wombat.txt": "The wombat digs burrows.\n"})
    answer = ask(client_of(library), "What digs burrows?", documents=["bare"])
    assert (answer["status"], answer["reason"], answer["closest"]) == ("abstained", "no_evidence", [])
    assert answer["text"] == "The documents say nothing about this."


# Follow-ups


def test_a_follow_up_takes_the_words_it_lacks_from_the_earlier_questions(client: TestClient):
    """HSCT is named in the earlier question alone; with it the sentence on allogeneic HSCT is found."""
    history = [{"role": "user", "content": "Is HSCT a cure?"}, {"role": "assistant", "content": "It may be one."}]
    answer = ask(client, "How early should the allogeneic one be done?", history=history)
    assert answer["question"] == "How early should the allogeneic one be done?"
    assert answer["standalone_question"] == "How early should the allogeneic one (HSCT) be done?"
    assert "early allogeneic HSCT (allo-HSCT, within 80 days)" in answer["text"]


def test_a_question_that_needs_no_history_is_understood_as_it_stands(client: TestClient):
    history = [{"role": "user", "content": "What does zanubrutinib do?"}]
    assert ask(client, COCKTAIL, history=history)["standalone_question"] == COCKTAIL


def test_what_the_assistant_said_lends_words_too(client: TestClient):
    history = [{"role": "assistant", "content": "Ibrutinib is a kinase inhibitor."}]
    assert ask(client, "Why is it used?", history=history)["standalone_question"] == "Why is the kinase inhibitor used?"


# Documents as a filter


@pytest.fixture
def animals(make_library: Callable[..., Library], client_of: Callable[..., TestClient]) -> TestClient:
    return client_of(
        make_library(
            {
                "wombat.txt": "The wombat digs burrows in Tasmania.\n",
                "badger.txt": "The badger has burrows in Devon.\n",
                "otter.txt": "The otter swims in Orkney.\n",
            }
        )
    )


@pytest.mark.parametrize(
    ("documents", "cited"),
    [
        pytest.param([], "wombat", id="none named"),
        pytest.param(["badger"], "badger", id="one"),
        pytest.param(["otter", "badger"], "badger", id="two"),
        pytest.param(["badger", "badger"], "badger", id="one twice"),
    ],
)
def test_an_answer_cites_only_the_documents_it_is_limited_to(animals: TestClient, documents: list[str], cited: str):
    """The wombat answers best, and the badger nearly as well: it is cited once the wombat is left out."""
    answer = ask(animals, "Which animal digs burrows?", documents=documents)
    assert {citation["document"]["id"] for citation in answer["citations"]} == {cited}


def test_an_abstention_shows_only_the_documents_it_is_limited_to(animals: TestClient):
    answer = ask(animals, "Who won the football world cup in 1998?", documents=["otter"])
    assert [near["document"]["id"] for near in answer["closest"]] == ["otter"]


@pytest.mark.parametrize("documents", [["nowhere"], ["badger", "nowhere"], ["BADGER"], ["badger.txt"]])
def test_a_question_limited_to_a_document_that_is_not_there_is_not_asked(
    animals: TestClient, documents: list[str], problem: Callable[..., dict[str, Any]]
):
    problem(animals.post("/ask", json={"question": "What digs?", "documents": documents}), 404, "document_not_found")


# The library changes


def test_an_answer_follows_the_library_as_documents_come_change_and_go(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient]
):
    """Each change raises the generation by one; nothing removed is cited, and nothing of an old version."""
    library = make_library({"wombat.txt": "The wombat digs 3 burrows.\n"})
    client = client_of(library)
    seen = [ask(client, "How many burrows does the wombat dig?")]
    library.add(read_document("wombat.txt", b"The wombat digs 5 burrows.\n"))
    seen.append(ask(client, "How many burrows does the wombat dig?"))
    library.remove("wombat")
    seen.append(ask(client, "How many burrows does the wombat dig?"))
    assert [answer["library"]["generation"] for answer in seen] == [1, 2, 3]
    assert [answer["text"] for answer in seen[:2]] == ["The wombat digs 3 burrows. [1]", "The wombat digs 5 burrows. [1]"]
    assert seen[2]["reason"] == "empty_library"
    assert len({answer["library"]["sha256"] for answer in seen}) == len({answer["id"] for answer in seen}) == 3
    ids, hashes = zip(*((one["document"]["id"], one["document"]["sha256"]) for answer in seen for one in answer["citations"]), strict=True)
    assert ids == ("wombat", "wombat")
    assert hashes == tuple(hashlib.sha256(f"The wombat digs {n} burrows.\n".encode()).hexdigest() for n in (3, 5))


# Text


def test_the_text_of_a_document_is_the_file_byte_for_byte(client: TestClient, editorial: str):
    response = client.get("/documents/car-t-resistance-editorial/text")
    assert response.content == editorial.encode("utf-8")
    assert response.headers["content-type"] == "text/plain; charset=utf-8"
    assert response.headers["etag"] == f'"{hashlib.sha256(response.content).hexdigest()}"'


@pytest.mark.parametrize(
    "text",
    [
        pytest.param(NOTES, id="CRLF, an emoji, umlauts"),
        pytest.param("\ufeffWords after a byte order mark.\n", id="byte order mark"),
        pytest.param("One line.\rAnother line.\rA third.\u2028And a fourth.\x85Last.", id="CR, U+2028 and NEL"),
        pytest.param("Ångström e\u0301 İstanbul ﬁne CD19‐ \u202ertl\u202c \u00ad", id="not normalised"),
    ],
)
def test_a_text_is_kept_character_for_character(make_library: Callable[..., Library], client_of: Callable[..., TestClient], text: str):
    client = client_of(make_library({"notes.txt": text}))
    assert client.get("/documents/notes/text").content == text.encode("utf-8")
    assert client.get("/documents/notes").json()["characters"] == len(text)


def test_offsets_count_code_points_also_after_emoji_and_over_line_ends(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient]
):
    client = client_of(make_library({"notes.txt": NOTES}))
    (citation,) = ask(client, "How many burrows did the wombat dig?", limit=1)["citations"]
    assert citation["quote"] == "The wombat\r\ndug 3 burrows near Töölö."
    assert (citation["start"], citation["end"]) == (NOTES.index("The wombat"), NOTES.index("\r\n\r\nNobody"))
    assert NOTES[citation["start"] : citation["end"]] == citation["quote"]


# Search


def test_search_gives_passages_best_first_each_a_slice_of_its_document(client: TestClient, editorial: str):
    found = client.get("/search", params={"q": "CAR-NK cells"}).json()["passages"]
    assert len(found) == 10
    assert list(found[0]) == "document section page start end text score text_score vector_score url terms".split()
    assert [one["score"] for one in found] == sorted((one["score"] for one in found), reverse=True)
    assert found[0]["section"] == ["CAR-NK cell therapy"]
    for one in found:
        assert editorial[one["start"] : one["end"]] == one["text"]
        assert one["url"] == f"{EDITORIAL_URL}#char={one['start']},{one['end']}"
        assert -1.001 <= one["vector_score"] <= 1.001
        assert one["text_score"] >= 0


@pytest.mark.parametrize("question", ["CAR-NK cells", "Which cytokines does the therapy raise?", "IL-6"])
def test_search_says_which_words_of_the_question_stand_in_a_passage_and_where(client: TestClient, question: str):
    """Every word that BM25 counts in the text itself is named: what is marked and what is not part the passage's terms in two."""
    found = client.get("/search", params={"q": question, "limit": 50}).json()["passages"]
    typed = [question[word.start : word.end] for word in words(question)]
    assert any(one["terms"] for one in found)
    for one in found:
        assert [match["term"] for match in one["terms"]] == [word for word in typed if word in {match["term"] for match in one["terms"]}]
        for match in one["terms"]:
            wanted = set(terms(match["term"]))
            marked = {tuple(span) for span in match["spans"]}
            assert marked == {(word.start, word.end) for word in words(one["text"]) if wanted & set(word.terms)} != set()
        assert one["page"] is None


def test_search_finds_typographic_variants_of_what_is_typed(client: TestClient):
    """`4‐1BB` and `IL‐6` stand in the editorial with U+2010; the plain hyphen finds them, and the words without it too."""
    for typed, written in (("4-1BB", "4‐1BB"), ("IL-6", "IL‐6"), ("41bb", "4‐1BB")):
        (best,) = client.get("/search", params={"q": typed, "limit": 1}).json()["passages"]
        assert written in best["text"]


@pytest.mark.parametrize(("limit", "count"), [(1, 1), (5, 5), (50, 15)])
def test_search_gives_as_many_passages_as_are_asked_for_and_there(client: TestClient, limit: int, count: int):
    found = client.get("/search", params={"q": "therapy", "limit": limit}).json()["passages"]
    assert len(found) == count
    assert len({(one["start"], one["end"]) for one in found}) == count


def test_search_can_be_limited_to_documents(animals: TestClient, problem: Callable[..., dict[str, Any]]):
    found = animals.get("/search", params=[("q", "burrows"), ("document", "otter"), ("document", "badger")]).json()["passages"]
    assert [one["document"]["id"] for one in found] == ["badger", "otter"]
    problem(animals.get("/search", params=[("q", "burrows"), ("document", "nowhere")]), 404, "document_not_found")


def test_search_of_an_empty_library_finds_nothing(make_library: Callable[..., Library], client_of: Callable[..., TestClient]):
    assert client_of(make_library({})).get("/search", params={"q": "anything"}).json() == {"passages": [], "notes": []}


# Documents


def test_the_documents_are_listed_by_id_with_the_state_of_the_library(animals: TestClient):
    listed = animals.get("/documents").json()
    assert list(listed) == ["documents", "total", "next", "generation", "sha256"]
    assert (listed["total"], listed["next"]) == (3, None)
    assert [row["id"] for row in listed["documents"]] == ["badger", "otter", "wombat"]
    assert listed["generation"] == 3
    text = "The otter swims in Orkney.\n"
    assert listed["documents"][1] == {
        "id": "otter",
        "title": "otter",
        "source": "otter.txt",
        "sha256": hashlib.sha256(text.encode()).hexdigest(),
        "characters": len(text),
        "passages": 1,
        "url": "/documents/otter/text",
        "kind": "text",
        "authors": [],
        "date": "",
        "doi": "",
        "pages": None,
        "notes": [],
        "metadata": {},
    }
    assert animals.get(listed["documents"][1]["url"]).text == text
    assert listed["sha256"] == ask(animals, "What swims?")["library"]["sha256"]


def test_a_document_shows_how_it_was_split(client: TestClient, editorial: str):
    """Passages and their sentences lie in the text in order, without white space at their ends, and hold every word of the body."""
    shown = client.get("/documents/car-t-resistance-editorial").json()
    (listed,) = client.get("/documents").json()["documents"]
    assert {name: shown[name] for name in listed} == listed
    assert shown["passages"] == len(shown["split"]) == 15
    assert shown["characters"] == len(editorial)
    for passage in shown["split"]:
        places = [(sentence["start"], sentence["end"]) for sentence in passage["sentences"]]
        assert (passage["start"], passage["end"]) == (places[0][0], places[-1][1])
        assert places == sorted(places)
        assert all(editorial[start:end] == editorial[start:end].strip() != "" for start, end in places)
    covered = {i for passage in shown["split"] for i in range(passage["start"], passage["end"])}
    headings = {name for passage in shown["split"] for name in passage["section"]}
    missed = [editorial[word.start : word.end] for word in words(editorial) if word.start not in covered]
    assert set(missed) <= {word for name in [*headings, listed["title"], "Editorial on the Research Topic"] for word in _words(name)}


def _words(text: str) -> Iterator[str]:
    return (text[word.start : word.end] for word in words(text))


def test_a_replaced_document_shows_only_how_its_new_version_was_split(
    make_library: Callable[..., Library], client_of: Callable[..., TestClient]
):
    library = make_library({"wombat.txt": "The wombat digs 3 burrows.\n"})
    library.add(read_document("wombat.txt", b"It digs 5 burrows.\n"))
    shown = client_of(library).get("/documents/wombat").json()
    assert shown["split"] == [{"start": 0, "end": 18, "section": [], "sentences": [{"start": 0, "end": 18}]}]
    assert (shown["present"], shown["page_starts"]) == (True, [])


# State


def test_health_is_ok_while_the_process_runs(client: TestClient):
    response = client.get("/health")
    assert (response.status_code, response.json()) == (200, {"status": "ok"})


def test_ready_tells_the_state_of_the_library(animals: TestClient, editorial_library: Library):
    assert animals.get("/ready").json() == {
        "status": "ready",
        "documents": 3,
        "passages": 3,
        "generation": 3,
        "encoder": editorial_library.encoder.fingerprint,
        "reader": "late-interaction",
    }


# The description of the interface


@pytest.fixture(scope="module")
def described(client: TestClient) -> dict[str, Any]:
    found: dict[str, Any] = client.get("/openapi.json").json()
    return found


def operations(described: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    return ((f"{method} {path}", one) for path, methods in described["paths"].items() for method, one in methods.items())


def test_the_description_names_every_path_with_a_summary_and_an_id_of_its_own(described: dict[str, Any]):
    found = dict(operations(described))
    of_a_library = {
        "post /ask",
        "get /search",
        "get /documents",
        "get /documents/{id}",
        "get /documents/{id}/text",
        "get /documents/{id}/file",
        "get /documents/{id}/versions",
        "post /documents",
        "put /documents/{id}",
        "delete /documents/{id}",
        "get /jobs",
        "get /jobs/{id}",
        "delete /jobs/{id}",
        "get /ready",
        "post /feedback",
        "get /feedback",
        "post /export",
        "get /bibliography",
    }
    in_collections = {name.replace(" /", " /collections/{collection}/", 1) for name in of_a_library}
    of_collections = {"get /collections", "put /collections/{collection}", "delete /collections/{collection}"}
    assert set(found) == {"get /health", *of_a_library, *in_collections, *of_collections}
    assert all(one["summary"] and one["description"] for one in found.values())
    assert len({one["operationId"] for one in found.values()}) == len(found)
    assert described["openapi"].startswith("3.1")
    assert described["info"]["title"] == "Footnote"


def test_every_reference_in_the_description_leads_somewhere(described: dict[str, Any]):
    references = set(_references(described))
    assert "#/components/schemas/Answer" in references
    assert [reference for reference in references if not _leads(described, reference)] == []


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        if isinstance(value.get("$ref"), str):
            yield value["$ref"]
        value = list(value.values())
    if isinstance(value, list):
        for child in value:
            yield from _references(child)


def _leads(described: dict[str, Any], reference: str) -> bool:
    place: Any = described
    for name in reference.removeprefix("#/").split("/"):
        place = place.get(name) if isinstance(place, dict) else None
    return isinstance(place, dict)


def test_every_error_described_is_a_problem_document(described: dict[str, Any]):
    errors = [response for _, one in operations(described) for status, response in one["responses"].items() if int(status) >= 400]
    assert len(errors) >= 12
    assert all(list(response["content"]) == ["application/problem+json"] for response in errors)


def test_the_description_gives_the_limits_of_every_field(described: dict[str, Any]):
    fields = described["components"]["schemas"]["QuestionBody"]["properties"]
    assert fields["question"]["maxLength"] == 2000
    assert fields["history"]["maxItems"] == 100
    assert (fields["documents"]["maxItems"], fields["documents"]["items"]["maxLength"]) == (1000, 120)
    assert (fields["limit"]["minimum"], fields["limit"]["maximum"], fields["limit"]["default"]) == (1, 20, 4)
    assert described["components"]["schemas"]["QuestionBody"]["additionalProperties"] is False


def test_an_answer_has_the_members_that_the_description_gives_it(client: TestClient, described: dict[str, Any]):
    assert list(described["components"]["schemas"]["Answer"]["properties"]) == ANSWER
    assert list(described["components"]["schemas"]["Citation"]["properties"]) == CITATION
    assert list(described["components"]["schemas"]["Sentence"]["properties"]) == SENTENCE


# The real server


def test_a_real_server_answers_as_the_application_does(
    exchange: Callable[..., Any], served_folder: Path, run_footnote: Callable[..., CompletedProcess[str]], editorial: str
):
    """Over a socket: the quote is exact, and the bytes are those of the command line over the same library."""
    body = json.dumps({"question": COCKTAIL}).encode()
    head = b"POST /ask HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n"
    replies = exchange(head % len(body) + body)
    assert replies.statuses == [200]
    content = replies.received.partition(b"\r\n\r\n")[2]
    (citation,) = json.loads(content)["citations"]
    assert editorial[citation["start"] : citation["end"]] == citation["quote"]
    assert run_footnote("ask", COCKTAIL, "--json", "--library", served_folder / "library").stdout.encode("utf-8") == content + b"\n"
