"""Reviewed answers as files: what each format holds, what is verified, and what is refused."""

import io
import json
import re
from collections.abc import Callable
from typing import Any

import apsw
import docx
import pytest
from exported import FORMATS, Answer, annotations, asked, export, forged, reviewed, rows
from starlette.testclient import TestClient

from api.exports.spreadsheet import COLUMNS
from index.library import DATABASE, Library
from index.reading import read_document

NOTES = "# Field notes\r\n\r\n## Mammals\r\n\r\nThe 🦘 hopped 12 metres near Töölö. The wombat\r\ndug 3 burrows [1].\r\n"
CITED = "body.answers.0.answer.citations.0"
ABSTAINED = "What is the capital of France?"


@pytest.fixture
def library(make_library: Callable[..., Library]) -> Library:
    return make_library({"notes.md": NOTES, "otter.txt": "The otter swims in Orkney.\n"})


@pytest.fixture
def client(library: Library, client_of: Callable[..., TestClient]) -> TestClient:
    return client_of(library)


def _word(content: bytes) -> list[str]:
    return [paragraph.text for paragraph in docx.Document(io.BytesIO(content)).paragraphs]


# What a file is


@pytest.mark.parametrize(
    ("format", "media_type", "suffix"),
    [
        ("markdown", "text/markdown; charset=utf-8", "md"),
        ("csv", "text/csv; charset=utf-8; header=present", "csv"),
        ("docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx"),
        ("annotations", 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"', "jsonld"),
    ],
)
def test_a_file_is_saved_and_never_shown(client: TestClient, format: str, media_type: str, suffix: str):
    response = client.post("/export", json={"format": format, "answers": [reviewed(asked(client, "Who dug burrows?"))]})
    assert (response.status_code, response.headers["content-type"]) == (200, media_type)
    assert response.headers["content-disposition"] == f'attachment; filename="reviewed-answers.{suffix}"'
    assert response.headers["x-content-type-options"] == "nosniff"


def test_markdown_holds_question_answer_and_footnotes(client: TestClient):
    answer = asked(client, "Who dug burrows?", limit=1)
    (citation,) = answer["citations"]
    written = export(client, "markdown", reviewed(answer, "wrong_span", "Too *long*."), reviewed(asked(client, ABSTAINED))).decode()
    place = f"/documents/notes/text?version={citation['document']['sha256'][:16]}#char={citation['start']},{citation['end']}"
    assert written.split("\n\n")[2:] == [
        "## 1\\. Who dug burrows?",
        "The wombat dug 3 burrows \\[1\\].[^1-1]",
        "[^1-1]: Citation 1 is valid, wrong span.\\\n"
        "    “The wombat dug 3 burrows \\[1\\].”\\\n"
        f"    Field notes › Mammals, characters {citation['start']}–{citation['end']}\\\n"
        f"    sha256 {citation['document']['sha256']}\\\n"
        f"    [http\\://testserver{place.replace('#', chr(92) + '#')}](http://testserver{place})\\\n"
        "    Note: Too \\*long\\*.",
        "## 2\\. What is the capital of France?",
        "The documents do not clearly answer this.\n",
    ]
    assert re.search(r"1 citation, verified 20\d\d-\d\d-\d\d \d\d\\:\d\d UTC\\: 1 valid, 0 stale, 0 altered, 0 missing\.", written)


def test_csv_has_a_row_for_each_citation_and_one_for_an_abstention(client: TestClient):
    answer, abstained = asked(client, "Who dug burrows?"), asked(client, ABSTAINED)
    content = export(client, "csv", reviewed(answer, "accepted", "Good."), reviewed(abstained))
    found = rows(content)
    assert content.startswith(b"\xef\xbb\xbf")
    assert content.endswith(b"\r\n")
    assert list(found[0]) == COLUMNS
    assert len(found) == len(answer["citations"]) + 1
    for row, citation in zip(found, answer["citations"], strict=False):
        assert (row["question"], row["sentence"], row["answer_id"]) == (answer["question"], citation["quote"], answer["id"])
        assert row["quote"] == NOTES[int(row["start"]) : int(row["end"])] == citation["quote"]
        assert row["url"] == "http://testserver" + citation["url"]
        assert (row["sha256"], row["document"]) == (citation["document"]["sha256"], "notes")
        assert (row["citation"], row["verification"], row["verdict"]) == (str(citation["number"]), "valid", "accepted")
        assert (row["note"], row["page"]) == ("Good.", "")
    assert [row["answer"] for row in found[:-1]] == [answer["text"], *[""] * (len(found) - 2)]
    last = found[-1]
    assert {name for name, cell in last.items() if cell} == {"question", "answer", "answer_id"}
    assert last["answer"] == abstained["text"]


def test_word_has_marks_in_superscript_and_the_sources_under_each_answer(client: TestClient):
    answer = asked(client, "Who dug burrows?", limit=1)
    content = export(client, "docx", reviewed(answer, "rejected", "No."), reviewed(answer))
    paragraphs = docx.Document(io.BytesIO(content)).paragraphs
    shown = [paragraph.text for paragraph in paragraphs]
    assert shown[2:4] == ["1. Who dug burrows?", "The wombat dug 3 burrows [1].1"]
    assert [run.text for paragraph in paragraphs for run in paragraph.runs if run.font.superscript] == ["1", "1"]
    source = shown[4].split("\n")
    (citation,) = answer["citations"]
    assert source[0] == "1. “The wombat dug 3 burrows [1].”"
    assert source[1] == f"Field notes › Mammals, characters {citation['start']}–{citation['end']}"
    assert source[2:] == [f"sha256 {citation['document']['sha256']}", "http://testserver" + citation["url"], "valid, rejected: No."]
    assert shown[5:7] == ["2. Who dug burrows?", shown[3]]
    assert shown[7].endswith("\nvalid")


def test_annotations_are_those_of_the_web_annotation_model(client: TestClient):
    answer = asked(client, "Who dug burrows?")
    content = export(client, "annotations", reviewed(answer, "accepted", "Good."), reviewed(answer), reviewed(asked(client, ABSTAINED)))
    collection, items = json.loads(content), annotations(content)
    assert collection["@context"][0] == "http://www.w3.org/ns/anno.jsonld"
    assert (collection["type"], collection["first"]["type"]) == ("AnnotationCollection", "AnnotationPage")
    assert (collection["total"], collection["first"]["partOf"]) == (len(items), collection["id"])
    assert len({item["id"] for item in items}) == len(items) == 2 * len(answer["citations"])
    for item, citation in zip(items, answer["citations"] * 2, strict=True):
        assert (item["type"], set(item)) == ("Annotation", {"id", "type", "motivation", "created", "body", "target"})
        assert re.fullmatch(r"20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ", item["created"])
        position, quoted = item["target"]["selector"]
        assert position == {"type": "TextPositionSelector", "start": citation["start"], "end": citation["end"]}
        assert quoted == {
            "type": "TextQuoteSelector",
            "exact": citation["quote"],
            "prefix": citation["prefix"],
            "suffix": citation["suffix"],
        }
        source = item["target"]["source"]
        assert source["sha256"] == citation["document"]["sha256"]
        text = client.get(source["id"]).content.decode()
        assert text[position["start"] : position["end"]] == quoted["exact"]
    said = [[(body["purpose"], body["value"]) for body in item["body"]] for item in items]
    first = answer["citations"][0]["quote"]
    assert said[0] == [("describing", first), ("classifying", "valid"), ("assessing", "accepted"), ("commenting", "Good.")]
    assert said[len(answer["citations"])] == [("describing", first), ("classifying", "valid")]
    assert [item["motivation"] for item in items] == ["assessing"] * len(answer["citations"]) + ["linking"] * len(answer["citations"])


def test_the_same_review_has_the_same_annotation_ids_in_a_later_export(client: TestClient):
    answer = reviewed(asked(client, "Who dug burrows?"))
    first, later = (annotations(export(client, "annotations", answer)) for _ in range(2))
    assert [item["id"] for item in first] == [item["id"] for item in later]


def test_the_page_of_a_citation_is_named_where_there_is_one(client: TestClient):
    answer = forged("x")
    answer["citations"][0]["page"] = 7
    assert "\n    x › x › x, page 7, characters 0–5\\\n" in export(client, "markdown", {"answer": answer}).decode()
    assert "\nx › x › x, page 7, characters 0–5\n" in "".join(_word(export(client, "docx", {"answer": answer})))
    assert rows(export(client, "csv", {"answer": answer}))[0]["page"] == "7"


# What is verified


def test_every_format_says_which_citations_are_not_valid_any_more(library: Library, client: TestClient):
    """The otter is replaced, the notes are removed, and one quote of the otter was changed by hand."""
    otter, notes = asked(client, "Where does the otter swim?", limit=1), asked(client, "Who dug burrows?", limit=1)
    altered = json.loads(json.dumps(otter).replace("Orkney", "Torquay"))
    library.add(read_document("otter.txt", b"Once more. The otter swims in Orkney.\n"))
    library.remove("notes")
    fresh = asked(client, "Where does the otter swim?", limit=1)
    answers = [reviewed(answer) for answer in (otter, notes, altered, fresh)]
    found = ["stale", "missing", "altered", "valid"]
    assert [row["verification"] for row in rows(export(client, "csv", *answers))] == found
    items = annotations(export(client, "annotations", *answers))
    assert [body["value"] for item in items for body in item["body"] if body["purpose"] == "classifying"] == found
    written = export(client, "markdown", *answers).decode()
    assert re.findall(r"Citation 1 is (\w+)", written) == found
    shown = _word(export(client, "docx", *answers))
    assert [text.split("\n")[-1] for text in shown if "sha256" in text] == found
    assert written.count("1 valid, 1 stale, 1 altered, 1 missing") == shown[1].count("1 valid, 1 stale, 1 altered, 1 missing") == 1


def test_a_collection_verifies_by_its_own_documents_alone(client: TestClient):
    client.put("/collections/cats")
    answer = asked(client, "Who dug burrows?", limit=1)
    body = {"format": "csv", "answers": [reviewed(answer)]}
    (here,), (there,) = (rows(client.post(f"{path}/export", json=body).content) for path in ("", "/collections/cats"))
    assert (here["verification"], there["verification"]) == ("valid", "missing")
    assert there["url"] == here["url"].replace("/documents/", "/collections/cats/documents/")


def test_a_damaged_document_is_a_problem_and_not_a_verdict(library: Library, client: TestClient, problem: Any):
    answer = asked(client, "Who dug burrows?", limit=1)
    connection = apsw.Connection(str(library.folder / DATABASE))
    connection.execute("UPDATE documents SET text = replace(text, '3', '5')")
    connection.close()
    problem(client.post("/export", json={"format": "csv", "answers": [reviewed(answer)]}), 503, "library_damaged")


# What is taken and what is refused


def _with(change: Callable[[dict[str, Any]], Any]) -> dict[str, Any]:
    body: dict[str, Any] = {"format": "csv", "answers": [reviewed(forged("x"))]}
    change(body)
    return body


@pytest.mark.parametrize(
    ("change", "where"),
    [
        pytest.param(lambda body: body.pop("format"), "body.format", id="no format"),
        pytest.param(lambda body: body.update(format="pdf"), "body.format", id="another format"),
        pytest.param(lambda body: body.update(answers=[]), "body.answers", id="no answer"),
        pytest.param(lambda body: body.update(answers=body["answers"] * 201), "body.answers", id="201 answers"),
        pytest.param(lambda body: body.update(more=1), "body.(unknown)", id="an unknown member"),
        pytest.param(lambda body: body["answers"][0].update(more=1), "body.answers.0.(unknown)", id="an unknown member beside the answer"),
        pytest.param(lambda body: body["answers"][0].pop("answer"), "body.answers.0.answer", id="no answer object"),
        pytest.param(lambda body: _review(body).update(more=1), "body.answers.0.reviews.0.(unknown)", id="an unknown member of a review"),
        pytest.param(lambda body: _review(body).update(verdict="fine"), "body.answers.0.reviews.0.verdict", id="another verdict"),
        pytest.param(lambda body: _review(body).update(note="x" * 2001), "body.answers.0.reviews.0.note", id="too long a note"),
        pytest.param(lambda body: _review(body).update(note=None), "body.answers.0.reviews.0.note", id="null for a note"),
        pytest.param(lambda body: _review(body).update(citation=2), "body.answers.0", id="a review of no citation"),
        pytest.param(lambda body: _review(body).update(citation="1"), "body.answers.0.reviews.0.citation", id="a text for a number"),
        pytest.param(lambda body: body["answers"][0]["reviews"].append(_review(body)), "body.answers.0", id="two reviews of one citation"),
        pytest.param(lambda body: _said(body)["citations"].append(_cited(body)), "body.answers.0", id="two citations of one number"),
        pytest.param(lambda body: _said(body).update(id="x"), "body.answers.0.answer.id", id="another id"),
        pytest.param(lambda body: _said(body).update(text="a\0b"), "body.answers.0.answer.text", id="NUL"),
        pytest.param(lambda body: _said(body).pop("question"), "body.answers.0.answer.question", id="no question"),
        pytest.param(
            lambda body: _said(body)["sentences"][0].update(citations=[1] * 21),
            "body.answers.0.answer.sentences.0.citations",
            id="21 citations of a sentence",
        ),
        pytest.param(lambda body: _said(body).update(question="x" * 2001), "body.answers.0.answer.question", id="too long a question"),
        pytest.param(lambda body: _cited(body).update(start=-1), f"{CITED}.start", id="a place before the text"),
        pytest.param(lambda body: _cited(body).update(end=2**60), f"{CITED}.end", id="a place beyond all texts"),
        pytest.param(lambda body: _cited(body).update(end=5.0), f"{CITED}.end", id="a number with a point"),
        pytest.param(lambda body: _cited(body).update(page=True), f"{CITED}.page", id="truth for a page"),
        pytest.param(
            lambda body: _cited(body)["document"].update(sha256="0" * 16), f"{CITED}.document.sha256", id="a part of a hash"
        ),
        pytest.param(lambda body: body.update(answers={"0": body["answers"][0]}), "body.answers", id="an object for a list"),
    ],
)  # fmt: skip
def test_a_body_that_is_not_what_it_should_be_is_refused(client: TestClient, problem: Any, change: Any, where: str):
    members = problem(client.post("/export", json=_with(change)), 422, "invalid")
    assert where in [fault["where"] for fault in members["errors"]]


def _review(body: dict[str, Any]) -> dict[str, Any]:
    review: dict[str, Any] = body["answers"][0]["reviews"][0]
    return review


def _said(body: dict[str, Any]) -> Answer:
    answer: Answer = body["answers"][0]["answer"]
    return answer


def _cited(body: dict[str, Any]) -> dict[str, Any]:
    citation: dict[str, Any] = _said(body)["citations"][0]
    return citation


def test_members_that_later_versions_add_to_an_answer_are_ignored(client: TestClient):
    body = _with(lambda body: (_said(body).update(later={"a": [1]}), _cited(body).update(later=None), _cited(body)["document"].update(x=1)))
    assert client.post("/export", json=body).status_code == 200


def test_pages_of_other_sites_export_nothing(client: TestClient, problem: Any):
    body = _with(lambda body: None)
    for headers in ({"Sec-Fetch-Site": "cross-site"}, {"Origin": "https://evil.example"}):
        problem(client.post("/export", json=body, headers=headers), 403, "foreign_origin")
    problem(client.post("/export", content=json.dumps(body), headers={"Content-Type": "text/plain"}), 415, "media_type")
    assert client.post("/export", json=body, headers={"Origin": "http://testserver", "Sec-Fetch-Site": "same-origin"}).status_code == 200


def test_documents_that_can_only_be_read_are_exported_too(library: Library, client_of: Callable[..., TestClient]):
    client = client_of(library, writable=False)
    assert client.post("/export", json=_with(lambda body: None)).status_code == 200


@pytest.mark.parametrize("format", FORMATS)
def test_two_hundred_answers_go_out_at_once(client: TestClient, format: str):
    """Each with a quote in the text, so that all are verified; together they are of the largest size that is read by default."""
    answer = asked(client, "Who dug burrows?", limit=1)
    size = len(json.dumps({"format": format, "answers": [reviewed(answer)] * 200}))
    answer["notes"] = ["x" * ((2**20 - size) // 200 - 10)]
    body = json.dumps({"format": format, "answers": [reviewed(answer)] * 200})
    assert 0.98 * 2**20 < len(body) <= 2**20
    response = client.post("/export", content=body, headers={"Content-Type": "application/json"})
    assert response.status_code == 200
    if format == "csv":
        assert [row["verification"] for row in rows(response.content)] == ["valid"] * 200


def test_a_body_over_the_limit_is_refused_with_the_setting_that_says_so(client: TestClient, problem: Any):
    body = _with(lambda body: _said(body).update(text="x" * 2**20))
    assert "FOOTNOTE_LARGEST_BODY" in problem(client.post("/export", json=body), 413, "too_large")["detail"]
