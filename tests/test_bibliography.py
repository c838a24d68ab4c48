"""References to documents: CSL-JSON and BibTeX from what their files say and what was said of them."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from payloads import PAYLOADS
from starlette.testclient import TestClient

from api.exports.bibtex import bibtex
from api.exports.csl import csl
from api.exports.lines import line
from api.exports.names import Name, name_of
from api.exports.references import references
from index.encoder import Encoder
from index.library import Library
from index.metadata import checked
from index.reading import read_document
from index.rows import About, DocumentRow

WANG = {
    "title": "The mechanism of CAR T-cell killing",
    "authors": ["Wang, Wei", "Jan van der Berg", "The SPRINT Research Group"],
    "date": "2021-03-05",
    "doi": "https://doi.org/10.3389/fimmu.2021.1_2",
    "journal": "Frontiers in Immunology",
    "volume": 12,
    "issue": "3",
    "pages": "101-112",
    "publisher": "Frontiers & Co.",
    "url": "https://example.org/a_b?c=d%20e#f",
    "read": True,
}
HOSTILE = [
    *PAYLOADS,
    "\\input{/etc/passwd}",
    "a}, url={x",
    "{{{",
    "}}}",
    "x\\",
    "\\",
    "100% _$&#~^",
    "a\r\n\tb",
    "\u202ex\u202c",
    "@misc{x,",
    '"',
]

MakeLibrary = Callable[..., Library]


@pytest.fixture
def library(make_library: MakeLibrary, by_hand_encoder: Callable[[str], Encoder]) -> Library:
    library = make_library({"notes.txt": "A dog ran."}, by_hand_encoder("cat dog"))
    library.add(read_document("wang.txt", b"The cat sat.").described(checked(WANG)))
    return library


@pytest.fixture
def client(library: Library, client_of: Callable[..., TestClient]) -> TestClient:
    return client_of(library)


def _row(
    id: str = "x", title: str = "A title", authors: tuple[str, ...] = (), date: str = "", doi: str = "", **metadata: Any
) -> DocumentRow:
    return DocumentRow(id, f"{id}.txt", title, "0" * 64, 10, 1, 1, About("text", authors, date, doi), metadata=metadata)


def _csl(*rows: DocumentRow) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(csl(references(rows)))
    return found


def _bibtex(*rows: DocumentRow) -> list[tuple[str, str, dict[str, str]]]:
    return list(_read(bibtex(references(rows)).decode("utf-8")))


def _read(text: str) -> Iterator[tuple[str, str, dict[str, str]]]:
    """(kind, key, fields) of each entry, as BibTeX finds their ends: by counting braces, those behind a backslash too."""
    at = 0
    while at < len(text):
        head = re.compile(r"\s*@(\w+)\{([^\s,{}]+),\n").match(text, at)
        assert head, text[at : at + 100]
        fields, at = {}, head.end()
        while named := re.compile(r"  (\w+) = ").match(text, at):
            end = named.end()
            depth = 0
            while depth or text[end] != ",":
                depth += {"{": 1, "}": -1}.get(text[end], 0)
                assert depth >= 0
                end += 1
            fields[named[1]] = text[named.end() : end]
            at = end + 2
        assert text[at : at + 2] == "}\n"
        at += 2
        yield head[1], head[2], fields


def _as_set(value: str) -> str:
    """What TeX sets for a value: commands are the characters they stand for, and braces are nothing."""
    signs = {"backslash": "\\", "braceleft": "{", "braceright": "}", "asciitilde": "~", "asciicircum": "^"}
    return re.sub(
        r"\\text([a-z]+)\{\}|\\([%&#_$])|([{}])|(\\)",
        lambda match: signs[match[1]] if match[1] else match[2] or ("" if match[3] else "a command"),
        value,
    )


# What is said


def test_csl_has_what_the_document_and_its_metadata_say(client: TestClient):
    response = client.get("/bibliography", params={"document": ["wang", "notes", "wang"], "format": "csl"})
    assert response.headers["content-type"] == "application/vnd.citationstyles.csl+json"
    assert response.headers["content-disposition"] == 'attachment; filename="references.json"'
    assert response.json() == [
        {
            "id": "wang2021mechanism",
            "type": "article-journal",
            "title": "The mechanism of CAR T-cell killing",
            "author": [
                {"family": "Wang", "given": "Wei"},
                {"family": "Berg", "given": "Jan", "non-dropping-particle": "van der"},
                {"literal": "The SPRINT Research Group"},
            ],
            "issued": {"date-parts": [[2021, 3, 5]]},
            "DOI": "10.3389/fimmu.2021.1_2",
            "container-title": "Frontiers in Immunology",
            "volume": "12",
            "issue": "3",
            "page": "101-112",
            "publisher": "Frontiers & Co.",
            "URL": "https://example.org/a_b?c=d%20e#f",
        },
        {"id": "notes", "type": "document", "title": "notes"},
    ]


def test_bibtex_has_what_the_document_and_its_metadata_say(client: TestClient):
    response = client.get("/bibliography?document=wang&document=notes&format=bibtex")
    assert response.headers["content-type"] == "application/x-bibtex; charset=utf-8"
    assert response.headers["content-disposition"] == 'attachment; filename="references.bib"'
    assert response.content.decode("utf-8") == (
        "@article{wang2021mechanism,\n"
        "  author = {Wang, Wei and van der Berg, Jan and {The SPRINT Research Group}},\n"
        "  title = {The mechanism of {CAR} {T-cell} killing},\n"
        "  journal = {Frontiers in Immunology},\n"
        "  volume = {12},\n"
        "  number = {3},\n"
        "  pages = {101--112},\n"
        "  year = {2021},\n"
        "  month = mar,\n"
        "  publisher = {Frontiers \\& Co.},\n"
        "  doi = {10.3389/fimmu.2021.1_2},\n"
        "  url = {https://example.org/a_b?c=d%20e#f},\n"
        "}\n"
        "\n"
        "@misc{notes,\n"
        "  title = {notes},\n"
        "}\n"
    )


def test_a_collection_refers_to_its_own_documents(make_library: MakeLibrary, client_of: Callable[..., TestClient], problem: Any):
    client = client_of(make_library({"wang.txt": "The cat sat."}))
    client.put("/collections/cats")
    assert client.get("/bibliography?document=wang").status_code == 200
    problem(client.get("/collections/cats/bibliography?document=wang"), 404, "document_not_found")
    problem(client.get("/collections/dogs/bibliography?document=wang"), 404, "collection_not_found")


@pytest.mark.parametrize(
    ("date", "issued"),
    [
        ("2021", {"date-parts": [[2021]]}),
        ("2021-03", {"date-parts": [[2021, 3]]}),
        ("2021-03-05T10:00:00Z", {"date-parts": [[2021, 3, 5]]}),
        ("2021-02-30", {"literal": "2021-02-30"}),
        ("2021-13", {"literal": "2021-13"}),
        ("0000", {"literal": "0000"}),
        ("Spring 2021", {"literal": "Spring 2021"}),
        ("2021/2022", {"literal": "2021/2022"}),
        ("20210305", {"literal": "20210305"}),
        ("", None),
    ],
)
def test_a_date_is_taken_apart_where_it_is_iso_8601_and_else_left(date: str, issued: Any):
    assert _csl(_row(date=date))[0].get("issued") == issued


def test_a_year_in_metadata_stands_where_there_is_no_date():
    assert _csl(_row(year=2020))[0]["issued"] == {"date-parts": [[2020]]}
    assert _csl(_row(date="2019", year=2020))[0]["issued"] == {"date-parts": [[2019]]}


@pytest.mark.parametrize(
    ("written", "name"),
    [
        ("Lee, Ann", Name("Lee", "Ann")),
        ("Ann Lee", Name("Lee", "Ann")),
        ("Özgür  Çelik", Name("Çelik", "Özgür")),
        ("Ludwig van Beethoven", Name("Beethoven", "Ludwig", "van")),
        ("van der Waals, Johannes D.", Name("Waals", "Johannes D.", "van der")),
        ("Martin Luther King Jr.", Name("King", "Martin Luther", "", "Jr.")),
        ("King, Jr., Martin Luther", Name("King", "Martin Luther", "", "Jr.")),
        ("Martin King, III", Name("King", "Martin", "", "III")),
        ("Ann Lee, MD, PhD", Name("Lee", "Ann")),
        ("Smith, MS", Name("Smith", "MS")),
        ("Petrov, IV", Name("Petrov", "IV")),
        ("The SPRINT Research Group", Name(literal="The SPRINT Research Group")),
        ("World Health Organization", Name(literal="World Health Organization")),
        ("Plato", Name(literal="Plato")),
        ("a, b, c, d", Name(literal="a, b, c, d")),
        ("One Two Three Four Five Six Seven", Name(literal="One Two Three Four Five Six Seven")),
        (",", Name()),
    ],
)
def test_a_name_is_taken_apart_as_far_as_it_tells_how(written: str, name: Name):
    assert name_of(written) == name


@pytest.mark.parametrize(
    ("authors", "written"),
    [
        (("Ann Lee", "Bo Ray"), "{Lee, Ann and Ray, Bo}"),
        (("Smith and Sons",), "{{Smith and Sons}}"),
        (("King, Jr., Martin",), "{King, Jr., Martin}"),
        (("Lee, Ann {x}",), "{Lee, Ann \\textbraceleft{}x\\textbraceright{}}"),
        (("Ray & Co",), "{{Ray \\& Co}}"),
        ((",", "--"), None),
    ],
)
def test_names_are_joined_so_that_none_is_divided(authors: tuple[str, ...], written: str | None):
    assert _bibtex(_row(authors=authors))[0][2].get("author") == written


@pytest.mark.parametrize(
    ("title", "written"),
    [
        ("A mRNA vaccine", "A {mRNA} vaccine"),
        ("Role of IL‐6 in COVID-19", "Role of {IL‐6} in {COVID-19}"),
        ("The B cell, T-cell and X-ray of E. coli", "The {B} cell, {T-cell} and {X-ray} of {E.} coli"),
        ("T cells of Paris", "T cells of Paris"),
        ("T-cells", "{T-cells}"),
        ("ALL IN CAPITALS OF IL-6", "ALL IN CAPITALS OF IL-6"),
        ("McDonald’s α-SMA", "{McDonald’s} {α-SMA}"),
    ],
)
def test_capitals_that_a_style_must_keep_are_in_braces(title: str, written: str):
    assert _bibtex(_row(title=title))[0][2]["title"] == f"{{{written}}}"


@pytest.mark.parametrize("url", ["javascript:alert(1)", "//evil.example/", "see the site", "https://a b", "file:///etc/passwd", ""])
def test_what_is_no_address_of_the_web_is_no_url(url: str):
    assert "URL" not in _csl(_row(url=url))[0]


@pytest.mark.parametrize("doi", ["10.1/x", "doi:10.1/x", "DOI: 10.1/x", "https://doi.org/10.1/x", "http://dx.doi.org/10.1/x", " 10.1/x "])
def test_a_doi_is_written_in_one_way(doi: str):
    assert _csl(_row(doi=doi))[0]["DOI"] == "10.1/x"


def test_metadata_is_known_in_whatever_case_and_by_its_other_names():
    (item,) = _csl(_row(**{"Container-Title": "Blood", "Number": 7, "page": "1", "lang": "en", "keywords": ("a", "b"), "publisher": ""}))
    assert item == {
        "id": "x",
        "type": "article-journal",
        "title": "A title",
        "container-title": "Blood",
        "issue": "7",
        "page": "1",
        "language": "en",
    }


# Keys


def test_keys_are_author_year_and_word_and_told_apart_by_the_document_alone():
    one, other = (_row(id, "On the effects of sleep", ("Ann Çelik",), "2020") for id in ("one", "other"))
    third = _row("third", "Sleep", ("Bo Ray",), "2020")
    keys = [[reference.key for reference in references(rows)] for rows in ((one, other, third), (third, other, one), (one,), (third,))]
    assert keys[0] == keys[1][::-1]
    assert keys[0][2] == "ray2020sleep"
    assert re.fullmatch(r"celik2020effects-[0-9a-f]{8}", keys[0][0])
    assert len(set(keys[0])) == 3
    assert keys[2:] == [["celik2020effects"], ["ray2020sleep"]]


@pytest.mark.parametrize(
    "row",
    [_row("a-1"), _row("a-1", authors=("Ann Lee",)), _row("a-1", date="2020"), _row("a-1", authors=("王伟",), date="2020")],
    ids=["nothing known", "no year", "no author", "no letters of ASCII"],
)
def test_where_author_or_year_is_not_known_the_id_of_the_document_is_the_key(row: DocumentRow):
    assert references([row])[0].key == "a-1"


# What is written stays what it is


def test_no_text_becomes_a_command_or_ends_an_entry():
    """Each is author, title, journal, date and publisher; what TeX sets of them is the text on one line."""
    texts = [text for text in HOSTILE if line(text).strip()]
    rows = [
        _row(f"d{i}", text, (f"{text} Group",), text, text, journal=text, publisher=text, pages=text, url=f"https://x/{text}")
        for i, text in enumerate(texts)
    ]
    entries = _bibtex(*rows)
    assert [kind for kind, _, _ in entries] == ["article"] * len(texts)
    assert len({key for _, key, _ in entries}) == len(texts)
    assert all(re.fullmatch(r"[a-z0-9-]+", key) for _, key, _ in entries)
    for text, (_, _, fields) in zip(texts, entries, strict=True):
        shown = line(text).strip()
        assert {_as_set(fields[name]) for name in ("title", "journal", "publisher")} == {shown}
        assert not re.search(r"[\\{}]", fields.get("doi", "{}")[1:-1] + fields.get("url", "{}")[1:-1])
    assert [item["title"] for item in _csl(*rows)] == [line(text).strip() for text in texts]


# What is taken and what is refused


@pytest.mark.parametrize(
    ("query", "status", "code"),
    [
        ("document=nowhere", 404, "document_not_found"),
        ("document=wang&document=nowhere", 404, "document_not_found"),
        ("document=WANG", 404, "document_not_found"),
        ("document=../wang", 404, "document_not_found"),
        ("", 422, "invalid"),
        ("document=", 422, "invalid"),
        ("document=" + "x" * 121, 422, "invalid"),
        ("document=a%00b", 422, "invalid"),
        ("document=wang&format=ris", 422, "invalid"),
        ("document=wang&format=", 422, "invalid"),
        ("document=wang&more=1", 422, "invalid"),
        ("&".join(["document=wang"] * 201), 422, "invalid"),
    ],
)
def test_what_is_no_question_for_references_is_refused(client: TestClient, problem: Any, query: str, status: int, code: str):
    problem(client.get(f"/bibliography?{query}"), status, code)


def test_two_hundred_documents_are_referred_to_at_once(client: TestClient, library: Library):
    for number in range(200):
        library.add(read_document(f"cat-{number}.txt", f"Cat {number} sat.".encode()))
    names = [f"cat-{number}" for number in range(200)]
    found = client.get("/bibliography", params={"document": names}).json()
    assert [item["id"] for item in found] == names
