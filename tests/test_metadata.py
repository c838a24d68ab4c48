"""Metadata: what is said of a document, what of it is refused, and what stands in the place of what the file says."""

import json
import math
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from index.encoder import Encoder
from index.errors import InvalidMetadata
from index.library import Library
from index.metadata import LONGEST_VALUE, MOST_NAMES, MOST_VALUES, TAKEN, as_json, checked, is_same, number_of, of_json, texts_of
from index.reading import read_document

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]

CATS = "# Cats\n\nThe cat sat. A cat slept.\n"

values = st.one_of(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=40),
    st.integers(-(2**53), 2**53),
    st.floats(allow_nan=False, allow_infinity=False),
    st.booleans(),
    st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=10), max_size=5),
)
names = st.from_regex(r"[A-Za-z_][A-Za-z0-9_.-]{0,20}", fullmatch=True).filter(
    lambda name: name not in (*TAKEN, "title", "authors", "date", "doi")
)
said = st.dictionaries(names, values, max_size=8)


# What is kept and what is refused


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        pytest.param({}, {}, id="nothing"),
        pytest.param({"journal": "Blood"}, {"journal": "Blood"}, id="a text"),
        pytest.param({"year": 2020, "impact": 5.25, "read": True}, {"year": 2020, "impact": 5.25, "read": True}, id="numbers and truth"),
        pytest.param({"tags": ["a", "b"]}, {"tags": ("a", "b")}, id="a list of texts"),
        pytest.param({"tags": []}, {"tags": ()}, id="an empty list"),
        pytest.param({"note": ""}, {"note": ""}, id="an empty text"),
        pytest.param({"most": 2**53, "least": -(2**53)}, {"most": 2**53, "least": -(2**53)}, id="the largest whole numbers"),
        pytest.param({"large": 1.5e308}, {"large": 1.5e308}, id="a large number"),
        pytest.param({"note": "x" * LONGEST_VALUE}, {"note": "x" * LONGEST_VALUE}, id="the longest text"),
        pytest.param({"tags": ["x"] * MOST_VALUES}, {"tags": ("x",) * MOST_VALUES}, id="the longest list"),
        pytest.param({f"n{i}": i for i in range(MOST_NAMES)}, {f"n{i}": i for i in range(MOST_NAMES)}, id="the most names"),
        pytest.param({"n" * 64: 1}, {"n" * 64: 1}, id="the longest name"),
        pytest.param({"_a.B-9": 1}, {"_a.B-9": 1}, id="every kind of character of a name"),
        pytest.param({"__proto__": "x", "constructor": "y", "lc": 1}, {"__proto__": "x", "constructor": "y", "lc": 1}, id="inert names"),
        pytest.param({"note": "'; DROP TABLE documents; --"}, {"note": "'; DROP TABLE documents; --"}, id="SQL is a text"),
        pytest.param({"note": "🦘\u2028\r\n\ufeff"}, {"note": "🦘\u2028\r\n\ufeff"}, id="any character"),
        pytest.param({"title": "T", "authors": ["A"], "date": "2020", "doi": "10.1/x"},
                     {"title": "T", "authors": ("A",), "date": "2020", "doi": "10.1/x"}, id="what files say"),
    ],
)  # fmt: skip
def test_metadata_is_kept_as_it_was_said(given: Any, kept: Any):
    assert checked(given) == kept
    assert of_json(as_json(checked(given))) == kept


@pytest.mark.parametrize(
    "given",
    [
        pytest.param(None, id="nothing at all"),
        pytest.param([["year", 2020]], id="a list of pairs"),
        pytest.param("year=2020", id="a text"),
        pytest.param({f"n{i}": i for i in range(MOST_NAMES + 1)}, id="too many names"),
        pytest.param({"nested": {"a": 1}}, id="an object inside"),
        pytest.param({"nested": [["a"]]}, id="a list in a list"),
        pytest.param({"nested": [{"a": "b"}]}, id="an object in a list"),
        pytest.param({"tags": ["a", 1]}, id="a number in a list"),
        pytest.param({"tags": [True]}, id="truth in a list"),
        pytest.param({"tags": ["a", None]}, id="nothing in a list"),
        pytest.param({"tags": ["x"] * (MOST_VALUES + 1)}, id="too long a list"),
        pytest.param({"tags": ["x" * (LONGEST_VALUE + 1)]}, id="too long a text in a list"),
        pytest.param({"tags": {"a"}}, id="a set"),
        pytest.param({"note": None}, id="a name of nothing"),
        pytest.param({"note": b"bytes"}, id="bytes"),
        pytest.param({"note": "x" * (LONGEST_VALUE + 1)}, id="too long a text"),
        pytest.param({"note": "x" * 2**20}, id="a megabyte"),
        pytest.param({"note": "a\x00b"}, id="NUL"),
        pytest.param({"note": "half \ud83e"}, id="a lone surrogate"),
        pytest.param({"tags": ["\udc00"]}, id="a lone surrogate in a list"),
        pytest.param({"year": math.nan}, id="not a number"),
        pytest.param({"year": math.inf}, id="infinity"),
        pytest.param({"year": -math.inf}, id="minus infinity"),
        pytest.param({"year": 2**53 + 1}, id="a whole number that JSON readers disagree about"),
        pytest.param({"year": 2**60}, id="2 to the 60th"),
        pytest.param({"year": -(10**400)}, id="a number beyond floats"),
        pytest.param({"": 1}, id="a name without a character"),
        pytest.param({"n" * 65: 1}, id="too long a name"),
        pytest.param({"1st": 1}, id="a name that begins with a digit"),
        pytest.param({"a b": 1}, id="a space in a name"),
        pytest.param({"a=b": 1}, id="a sign of filters in a name"),
        pytest.param({"größe": 1}, id="a letter beyond ASCII in a name"),
        pytest.param({"year\n": 1}, id="a line feed after a name"),
        pytest.param({"\ud83e": 1}, id="a lone surrogate in a name"),
        pytest.param({7: "x"}, id="a number as name"),
        *(pytest.param({name: "x"}, id=f"the taken name {name}") for name in TAKEN),
        pytest.param({"title": ["T"]}, id="a list as title"),
        pytest.param({"title": 7}, id="a number as title"),
        pytest.param({"authors": "A. Author"}, id="a text as authors"),
        pytest.param({"date": 2020}, id="a number as date"),
        pytest.param({"doi": True}, id="truth as DOI"),
    ],
)
def test_what_cannot_be_kept_is_refused_and_not_repeated(given: Any):
    with pytest.raises(InvalidMetadata) as refused:
        checked(given)
    assert str(refused.value).endswith(".")
    assert len(str(refused.value)) < 250
    str(refused.value).encode("utf-8")


@given(said)
def test_metadata_has_one_form_in_json_whatever_the_order(given: dict[str, Any]):
    """And it comes back from that form as it was, and is what any reader of JSON understands."""
    kept = checked(given)
    written = as_json(kept)
    assert as_json(dict(reversed(list(kept.items())))) == written
    assert of_json(written) == kept
    assert as_json(of_json(written)) == written
    assert checked(json.loads(written)) == kept


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        ({"a": 1, "b": "x"}, {"b": "x", "a": 1}, True),
        ({"a": ("x",)}, {"a": ["x"]}, True),
        ({}, None, True),
        ({"a": 1}, {"a": True}, False),
        ({"a": 1}, {"a": 1.0}, False),
        ({"a": 1}, {"a": "1"}, False),
        ({"a": ("x", "y")}, {"a": ("y", "x")}, False),
    ],
)
def test_metadata_is_the_same_if_it_says_the_same_and_not_if_python_calls_it_equal(one: Any, other: Any, same: bool):
    assert is_same(one, other) is same


@pytest.mark.parametrize(
    ("value", "texts"),
    [
        ("Blood", ["Blood"]), (2020, ["2020"]), (2020.0, ["2020"]), (-0.0, ["0"]), (0.1, ["0.1"]), (True, ["true"]), (False, ["false"]),
        (("a", "b"), ["a", "b"]), ((), []),
    ],
)  # fmt: skip
def test_each_value_has_the_texts_that_filters_find_it_by(value: Any, texts: list[str]):
    assert list(texts_of(value)) == texts


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("2020", 2020.0), ("2020.0", 2020.0), ("-1.5", -1.5), ("1e3", 1000.0), ("007", 7.0),
        ("", None), ("2020-05-01", None), ("12 mg", None), ("1_000", None), ("nan", None), ("inf", None), ("-Infinity", None),
        ("1e999", None), ("0x10", None),
    ],
)  # fmt: skip
def test_a_text_is_a_number_if_it_reads_as_one(text: str, number: float | None):
    assert number_of(text) == number


# Documents with metadata


def test_what_is_said_stands_in_the_place_of_what_the_file_says_and_the_rest_stays():
    html = (
        b"<title>File</title><meta name=citation_author content='Ann File'><meta name=citation_doi content=10.1000/file><p>The cat sat.</p>"
    )
    document = read_document("cats.html", html)
    assert (document.title, document.about.authors, document.about.doi) == ("File", ("Ann File",), "10.1000/file")
    described = document.described(checked({"title": "Said", "authors": ["Bob Said", "Cy Said"], "date": "2021-03", "journal": "Blood"}))
    assert (described.title, described.about.authors, described.about.date) == ("Said", ("Bob Said", "Cy Said"), "2021-03")
    assert (described.about.doi, described.about.kind) == ("10.1000/file", "html")
    assert (described.text, described.sha256, described.content) == (document.text, document.sha256, document.content)
    assert described.metadata == {"title": "Said", "authors": ("Bob Said", "Cy Said"), "date": "2021-03", "journal": "Blood"}


@pytest.mark.parametrize("title", ["", "  \t", "--- * ---"])
def test_a_title_without_a_word_says_nothing(title: str):
    assert read_document("cats.md", CATS.encode()).described(checked({"title": title})).title == "Cats"


def test_the_title_that_is_said_is_encoded_and_searched_and_the_one_of_the_file_is_not(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({}, by_hand_encoder("cat dog fish"))
    library.add(read_document("a.html", b"<title>fish</title><p>It sat.</p>").described({"title": "dog"}))
    with library.view() as view:
        (found,) = view.search("dog", 9)
        assert (found.document.title, found.text, found.vector_score) == ("dog", "It sat.", pytest.approx(1, abs=1e-3))
        assert found.text_score > 0
        assert [(hit.text_score, hit.vector_score) for hit in view.search("fish", 9)] == [(0, 0)]


def test_metadata_said_anew_of_the_same_file_changes_the_librarys_hash_and_makes_no_version(
    make_library: MakeLibrary, by_hand_encoder: ByHand
):
    library, document = make_library({}, by_hand_encoder("cat")), read_document("cats.md", CATS.encode())
    outcomes, hashes, generations = [], [], []
    for metadata in (
        {"year": 2020},
        {"year": 2020},
        None,
        {"year": 2021},
        {"year": "2021"},
        {"year": 1},
        {"year": True},
        {},
        {"year": 2020},
    ):
        outcomes.append(library.add(document if metadata is None else document.described(metadata)).outcome)
        with library.view() as view:
            hashes.append(view.sha256)
            generations.append(view.generation)
            assert len(view.versions("cats")) == 1
            assert len(view.search("cat", 9)) == view.passages == 1
    assert outcomes == ["added", "unchanged", "unchanged", *["replaced"] * 6]
    assert generations == [1, 1, 1, 2, 3, 4, 5, 6, 7]
    assert hashes[0] == hashes[1] == hashes[2] == hashes[8]
    assert len(set(hashes[2:8])) == 6
    assert library.damage() == []


def test_a_new_version_of_which_nothing_is_said_has_the_metadata_of_the_one_before(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({}, by_hand_encoder("cat dog"))
    library.add(read_document("a.md", b"# File\n\nA cat.").described(checked({"title": "Said", "year": 2020})))
    assert library.add(read_document("a.md", b"# Other\n\nA dog.")) == ("a", "replaced")
    with library.view() as view:
        assert (view.document("a").title, view.document("a").metadata) == ("Said", {"title": "Said", "year": 2020})
    library.add(read_document("a.md", b"# Other\n\nA dog.").described({}))
    with library.view() as view:
        assert (view.document("a").title, view.document("a").metadata) == ("Other", {})
    assert library.damage() == []


@pytest.mark.parametrize("name", ["__proto__", "constructor", "lc", "toString", "_"])
def test_names_that_mean_something_elsewhere_are_names_like_any_other(
    make_library: MakeLibrary, by_hand_encoder: ByHand, client_of: Callable[..., Any], name: str
):
    library = make_library({"dogs.md": "A dog."}, by_hand_encoder("cat dog"))
    library.add(read_document("cats.md", CATS.encode()).described(checked({name: "it"})))
    client = client_of(library)
    assert client.get("/documents/cats").json()["metadata"] == {name: "it"}
    found = client.get("/documents", params={"filter": f"{name}=IT"}).json()
    assert ([document["id"] for document in found["documents"]], found["total"]) == (["cats"], 1)
