"""Exports of texts that run, fetch, compute or mark up something where they are taken for more than texts."""

import csv
import io
import json
import re
from collections.abc import Callable

import docx
import pytest
from exported import FORMATS, annotations, export, forged, reviewed, rows
from markdown_it import MarkdownIt
from payloads import PAYLOADS
from starlette.testclient import TestClient

from api.exports.footnotes import Footnote, Reviewed
from api.exports.lines import line
from api.exports.spreadsheet import inert
from api.reviews import AnswerSaid
from index.library import Library
from qa.verification import Verification

BIDI = "abc \u202etpircs\u202c \u2066x\u2069 \u0007\u001b[2J \u0085 \ufffe end"


@pytest.mark.parametrize("host", ["evil.example/x?y=", "evil.example#", "a b", "user@evil.example", ""])
def test_addresses_are_relative_where_the_host_is_none(client: TestClient, host: str):
    (row,) = rows(client.post("/export", json={"format": "csv", "answers": [reviewed(forged("x"))]}, headers={"Host": host}).content)
    assert row["url"] == "/documents/x/text?version=0000000000000000#char=0,5"


@pytest.mark.parametrize("id", ["../../evil", "//evil.example/", "x?y#z", "a b(c)", "javascript:1", "]]>", "\u202e"])
def test_the_id_of_a_document_leads_nowhere_else(client: TestClient, id: str):
    answer = json.loads(json.dumps(forged("x")).replace('{"id": "x"', f'{{"id": {json.dumps(id)}'))
    (row,) = rows(export(client, "csv", {"answer": answer}))
    assert row["document"] == inert(id)
    assert re.fullmatch(r"http://testserver/documents/[A-Za-z0-9%._~-]+/text\?version=0{16}#char=0,5", row["url"])


HOSTILE = [
    *PAYLOADS, BIDI, "]]>", "]]><w:p/>", "\\input{/etc/passwd}", "a\r\n- b\r\n1. c\n\n    code\n\n---\n# d", "[^1-1]: x", "[1]", "> x\n> y",
    "- a", "1) a", "$x$ ^y^ :z:", "(1) a", "a) b", "iv. b", "+ a", "= a", "%a", "--- ", "| a | b |\n|---|---|", "www.evil.example",
    "a@evil.example", "http://evil.example", "~~a~~", "*a* _b_ `c` **d**", "&lt;", "x\\", "\t=1+1", "\r=1", " =1", "\u200b@x", "＝1",
    "a;=1", "a\n@b",
]  # fmt: skip


@pytest.fixture(scope="module")
def hostile(client_of: Callable[..., TestClient], editorial_library: Library) -> dict[str, list[bytes]]:
    """All hostile texts, an answer and a note each, in each format."""
    client = client_of(editorial_library)
    found = {}
    for format in FORMATS:
        halves = (HOSTILE[: len(HOSTILE) // 2], HOSTILE[len(HOSTILE) // 2 :])
        found[format] = [export(client, format, *(reviewed(forged(text), None, text) for text in half)) for half in halves]
    return found


def test_in_markdown_nothing_quoted_is_markup(hostile: dict[str, list[bytes]]):
    """A reader of CommonMark with tables, strikethrough and HTML sees our headings, our links, and the texts as they were, on one line."""
    reader = MarkdownIt("commonmark", {"html": True}).enable(["table", "strikethrough"])
    seen = ""
    for content in hostile["markdown"]:
        tokens = [child for token in reader.parse(content.decode()) for child in (token, *(token.children or ()))]
        used = {token.type for token in tokens}
        ours = {f"{name}_{end}" for name in ("heading", "paragraph", "link") for end in ("open", "close")}
        assert used == ours | {"inline", "text", "hardbreak"}
        links = [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]
        assert all(link.startswith("http://testserver/documents/") for link in links)
        assert sum(token.type == "heading_open" for token in tokens) == len(links) + 1
        seen += "".join(
            token.content if token.type == "text" else "\n" for token in tokens if token.type in ("text", "hardbreak", "inline")
        )
    for text in HOSTILE:
        assert f"“{line(text)}”\n" in seen
        assert f"Understood as: {line(text + ' (understood)')}\n" in seen


def test_in_csv_no_cell_begins_a_formula_however_its_bounds_are_read(hostile: dict[str, list[bytes]]):
    """Not for who divides at commas, nor at semicolons, tabs or line ends. Without the apostrophes the texts are what they were."""
    blank, begins = ' "\u200b\u202e\ufeff', tuple("=+-@＝＋－＠")
    texts = []
    for content in hostile["csv"]:
        for delimiter in ",;\t":
            for row in csv.reader(io.StringIO(content.decode("utf-8-sig"), newline=""), delimiter=delimiter):
                assert not any(part.lstrip(blank).startswith(begins) for cell in row for part in re.split(r"[;\t\r\n]", cell))
        texts += [row["quote"] for row in rows(content)]
    assert texts == [inert(text) for text in HOSTILE]
    assert [text.replace("'", "") for text in texts] == [text.replace("'", "") for text in HOSTILE]


@pytest.mark.parametrize(
    ("cell", "written"),
    [
        ("", ""), ("plain", "plain"), ("a = b", "a = b"), ("CD19-", "CD19-"), ("3 - 2", "3 - 2"), ("a, -0.5", "a, -0.5"), ("'tis", "'tis"),
        ("=1+1", "'=1+1"), ("+1", "'+1"), ("-1", "'-1"), ("@SUM(A1)", "'@SUM(A1)"), ("=cmd|' /C calc'!A0", "'=cmd|' /C calc'!A0"),
        ("\tx", "'\tx"), ("\rx", "'\rx"), ("\nx", "'\nx"), ("  =1", "'  =1"), ('"=1', "'\"=1"), ("'=1", "''=1"), ("“ =1", "'“ =1"),
        ("＝1", "'＝1"), ("＋1", "'＋1"), ("－1", "'－1"), ("＠x", "'＠x"), ("\u200b\ufeff=1", "'\u200b\ufeff=1"),
        ("\u00a0=1", "'\u00a0=1"), ("\x01=1", "'\x01=1"), ("a;=1", "a;'=1"), ("a; =1", "a;' =1"), ("a\t=1", "a\t'=1"),
        ("a\r\n=1", "a\r\n'=1"), ("a\n- b", "a\n'- b"),
        ("\r\n=1", "'\r\n'=1"),
    ],
)  # fmt: skip
def test_an_apostrophe_stands_before_what_could_be_a_formula(cell: str, written: str):
    assert inert(cell) == written


def test_word_holds_every_text_and_no_address_that_it_would_fetch(hostile: dict[str, list[bytes]]):
    seen: list[str] = []
    for content in hostile["docx"]:
        document = docx.Document(io.BytesIO(content))
        seen += [paragraph.text for paragraph in document.paragraphs]
        assert not any(relation.is_external for relation in document.part.rels.values())
        body = document.part.blob
        assert not re.search(rb"<w:(hyperlink|fldSimple|instrText|object|pict|altChunk)\b", body)
    quotes = [text.split("\n")[0].removeprefix("1. ") for text in seen if "\nsha256 " in text]
    assert quotes == [f"“{line(text)}”" for text in HOSTILE]


def test_annotations_hold_every_text_as_it_was(hostile: dict[str, list[bytes]]):
    items = [item for content in hostile["annotations"] for item in annotations(content)]
    assert [item["target"]["selector"][1] for item in items] == [
        {"type": "TextQuoteSelector", "exact": text, "prefix": text, "suffix": text} for text in HOSTILE
    ]
    assert [[body["value"] for body in item["body"]] for item in items] == [[text, "missing", text] for text in HOSTILE]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\r\n\tb", "a b"), ("\u2028x\u2029", " x "), ("\x00\x08", "\ufffd\ufffd"), ("\x0b\x0c\x1c\x85", " "), ("\u202ex", "\ufffdx"),
        ("\u200f\u200d", "\u200f\u200d"), ("\ud800", "\ufffd"), ("\ufffe\uffff", "\ufffd\ufffd"), ("🦘 e\u0301", "🦘 e\u0301"), ("", ""),
    ],
)  # fmt: skip
def test_a_line_holds_nothing_that_commands(text: str, shown: str):
    assert line(text) == shown


@pytest.mark.parametrize(
    ("text", "spans", "pieces"),
    [
        ("A [1]. [1]", [(0, 6)], ["A [1].", 1]),
        ("A. [1]\nB. [2]", [(0, 2), (7, 9)], ["A.", 1, "\n", "B.", 2]),
        ("So: A. [1][2] And B. [3]", [(4, 6), (14, 20)], ["So: ", "A.", 1, 2, " ", "And B.", " [3]"]),
        ("A. [1]", [], ["A.", 1]),
        ("A. [1]", [(0, 99)], ["A.", 1]),
        ("A. B. [1]", [(3, 5), (0, 4)], ["A. B", ".", 1]),
        ("A. [٣] [01] [0]", [(0, 2)], ["A.", " [٣]", 1, " [0]"]),
    ],
)
def test_the_marks_of_an_answer_are_those_between_its_sentences(text: str, spans: list[tuple[int, int]], pieces: list[str | int]):
    said = [{"text": text[start:end], "start": start, "end": end, "citations": [1]} for start, end in spans]
    citations = [forged("x")["citations"][0] | {"number": number} for number in (1, 2)]
    answer = AnswerSaid.model_validate(forged("x") | {"text": text, "sentences": said, "citations": citations})
    notes = tuple(Footnote(citation, "", Verification.VALID, None, "") for citation in answer.citations)
    assert list(Reviewed(answer, notes).pieces()) == pieces
