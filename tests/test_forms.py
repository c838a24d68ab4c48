"""Forms: abbreviations and what they stand for, in a text and in the library that defines them."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import pytest
import regex
from hypothesis import given, settings
from hypothesis import strategies as st

from index.abbreviations import Abbreviation, key_of
from index.database import Database
from index.encoder import Encoder
from index.forms import Form, Lookup, forms, in_other_forms
from index.library import Library
from index.reading import read_document
from index.rows import DocumentRow
from index.transaction import Transaction
from index.view import View

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]

_NAMES = {"CR": "complete remission", "CAR": "chimeric antigen receptor", "CAR-T": "chimeric antigen receptor T cell"}
FULL = {**_NAMES, "IL-6": "interleukin-6", "PFS": "progression-free survival"}
SHORT = {key_of(long): short for short, long in FULL.items()}

_WORDS = (
    "CR CRs CAR CAR‐T IL‐6 PFS anti‐CAR complete remission chimeric antigen receptor receptors T cell interleukin‐6 Progression–free "
    "survival the of ( ) , ‐ IFNγ 中文 \u00ad"
)
TYPED = st.lists(st.sampled_from(_WORDS.split(" ")), max_size=12).map(" ".join)
UNHURRIED = settings(deadline=None, max_examples=300, derandomize=True)


def _known(held: dict[str, str]) -> Lookup:
    return lambda asked: {one: held[one] for one in asked if one in held}


def _forms(text: str) -> list[tuple[str, str]]:
    return [tuple(one) for one in forms(text, _known(FULL), _known(SHORT))]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("What is CR?", [("CR", "complete remission")], id="a short form"),
        pytest.param("How rare are CRs?", [("CRs", "complete remission")], id="its plural"),
        pytest.param("What does IL‐6 do?", [("IL‐6", "interleukin-6")], id="with a typographic hyphen"),
        pytest.param("What is complete remission?", [("complete remission", "CR")], id="a full form"),
        pytest.param("Complete Remissions", [("Complete Remissions", "CR")], id="capitals and plural"),
        pytest.param("Is progression free survival long?", [("progression free survival", "PFS")], id="without its hyphen"),
        pytest.param("Are anti‐CAR antibodies there?", [("CAR", "chimeric antigen receptor")], id="in a compound"),
        pytest.param("Does CAR‐T work?", [("CAR‐T", "chimeric antigen receptor T cell")], id="the longest short form"),
        pytest.param("a chimeric antigen receptor T cell", [("chimeric antigen receptor T cell", "CAR-T")], id="the longest full form"),
        pytest.param("PFS after complete remission", [("PFS", "progression-free survival"), ("complete remission", "CR")], id="in order"),
        pytest.param("Is CR a complete remission of PFS?", [("PFS", "progression-free survival")], id="what is written in both ways aside"),
    ],
)
def test_what_the_documents_define_has_another_form(text: str, expected: list[tuple[str, str]]):
    assert _forms(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("What is DLBCL?", id="defined nowhere"),
        pytest.param("What is cr?", id="small letters"),
        pytest.param("Was the remission complete?", id="in another order"),
        pytest.param("What are chimeric antigen receptors (CARs)?", id="both are there"),
        pytest.param("Are CRs complete remissions?", id="both are there, in the plural"),
        pytest.param("Is it complete. Remission came late.", id="a full stop inside"),
    ],
)
def test_nothing_else_has_another_form(text: str):
    assert _forms(text) == []


def test_a_text_takes_the_other_form_of_its_words():
    held = forms("Does CAR‐T give CR?", _known(FULL), _known(SHORT))
    assert in_other_forms("CR, not CRS", [Form("CR", "complete remission")]) == "complete remission, not CRS"
    assert in_other_forms("Does CAR‐T give CR?", ()) == "Does CAR‐T give CR?"
    assert in_other_forms("Does CAR‐T give CR?", held) == "Does chimeric antigen receptor T cell give complete remission?"


def _stand_in_order(text: str, found: Sequence[Form]) -> bool:
    return regex.search(".*".join(regex.escape(form.typed) for form in found), text) is not None


@UNHURRIED
@given(TYPED)
def test_forms_stand_one_after_the_other_and_say_what_is_not_there_yet(text: str):
    found = forms(text, _known(FULL), _known(SHORT))
    assert _stand_in_order(text, found)
    assert all(f" {key_of(form.other)} " not in f" {key_of(text)} " for form in found)
    assert all(form.other in FULL or form.other in FULL.values() for form in found)


# In the database


@pytest.fixture
def database(tmp_path: Path) -> Database:
    return Database.create(tmp_path / "library.sqlite", {})


REMISSION, REMISSIONS = ("CR", "complete remission"), ("CR", "complete remissions")
RESPONSE, COMPLETE = ("CR", "complete response"), ("CoR", "complete remission")


def _put(transaction: Transaction, documents: Sequence[Sequence[tuple[str, str]]]) -> None:
    for number, defined in enumerate(documents):
        transaction.put_document(DocumentRow(f"id-{number}", f"{number}.txt", "", "0" * 64, 0, 1, 0), "")
        transaction.definitions.put(f"id-{number}", [Abbreviation(*one) for one in defined])


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param([[REMISSION]], {"CR": "complete remission"}, id="the only one"),
        pytest.param([[RESPONSE], [REMISSION], [RESPONSE]], {"CR": "complete response"}, id="that of most"),
        pytest.param([[RESPONSE], [REMISSIONS], [REMISSION]], {"CR": "complete remission"}, id="inflected ones count as one"),
        pytest.param([[RESPONSE], [REMISSION]], {"CR": "complete remission"}, id="a tie"),
        pytest.param([[REMISSION, REMISSIONS], [RESPONSE], [RESPONSE]], {"CR": "complete response"}, id="a document counts once"),
    ],
)
def test_the_full_form_is_that_of_most_documents(database: Database, documents: list[list[tuple[str, str]]], expected: dict[str, str]):
    with database.writing() as transaction:
        _put(transaction, documents)
        assert transaction.definitions.full_forms(["CR", "PFS"]) == expected


@pytest.mark.parametrize(
    ("documents", "expected"),
    [
        pytest.param([[RESPONSE], [REMISSION]], {"complet remiss": "CR"}, id="the only one"),
        pytest.param([[COMPLETE], [REMISSION], [COMPLETE]], {"complet remiss": "CoR"}, id="that of most"),
        pytest.param([[COMPLETE], [REMISSION]], {"complet remiss": "CR"}, id="a tie"),
        pytest.param([[REMISSION, REMISSIONS], [COMPLETE], [COMPLETE]], {"complet remiss": "CoR"}, id="a document counts once"),
    ],
)
def test_the_short_form_is_that_of_most_documents(database: Database, documents: list[list[tuple[str, str]]], expected: dict[str, str]):
    with database.writing() as transaction:
        _put(transaction, documents)
        assert transaction.definitions.short_forms(["complet remiss", "progress free surviv"]) == expected


def test_only_what_is_asked_for_is_looked_up(database: Database):
    with database.writing() as transaction:
        _put(transaction, [[REMISSION, ("PFS", "progression-free survival")]])
        assert transaction.definitions.full_forms([]) == transaction.definitions.short_forms([]) == {}
        assert transaction.definitions.full_forms(["PFS", "PFS", '"', "pfs"]) == {"PFS": "progression-free survival"}
        assert transaction.definitions.short_forms(iter(["complet remiss", "complet"])) == {"complet remiss": "CR"}


def test_a_removed_document_defines_nothing(database: Database):
    with database.writing() as transaction:
        _put(transaction, [[RESPONSE], [REMISSION]])
        transaction.remove_document("id-1")
        assert transaction.definitions.full_forms(["CR"]) == {"CR": "complete response"}
        assert transaction.definitions.short_forms(["complet remiss"]) == {}


# In the library

TRIAL = "Sustained complete remission (CR) was rare. Progression‐free survival (PFS) was long."


def _of(library: Library, text: str) -> tuple[Form, ...]:
    with library.view() as view:
        return view.forms(text)


def test_a_library_knows_what_its_documents_abbreviate(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({"a.txt": TRIAL}, by_hand_encoder("cat"))
    assert _of(library, "CR or progression‐free survival?") == (Form("CR", "complete remission"), Form("progression‐free survival", "PFS"))


def test_a_library_forgets_what_a_new_version_or_no_version_says(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({"a.txt": TRIAL}, by_hand_encoder("cat"))
    library.add(read_document("a.txt", b"A complete response (CR) was rare."))
    assert _of(library, "CR and PFS") == (Form("CR", "complete response"),)
    library.remove("a")
    assert _of(library, "CR and PFS") == ()


def test_a_passage_is_near_by_the_other_form_of_the_question(make_library: MakeLibrary, by_hand_encoder: ByHand):
    encoder = by_hand_encoder("complete remission cat")
    remission = {"b.txt": "Complete remission."}
    with make_library({"a.txt": TRIAL, **remission}, encoder).view() as view:
        assert _scores(view, "CR?")["b"] == pytest.approx((1, 0), abs=1e-3)
        mean = np.array([0, 0, 1]) + np.array([1, 1, 1]) / np.sqrt(3)  # of `cat` and of `complete remission cat`
        near = (mean[0] + mean[1]) / np.linalg.norm(mean) / np.sqrt(2)
        assert _scores(view, "CR cat?")["b"] == pytest.approx((near, 0), abs=1e-3)
    with make_library(remission, encoder).view() as view:
        assert _scores(view, "CR?")["b"] == pytest.approx((0, 0), abs=1e-3)


def _scores(view: View, question: str) -> dict[str, tuple[float, float]]:
    """For each document found, how near its vector is and how well its text fits."""
    return {hit.document.id: (hit.vector_score, hit.text_score) for hit in view.search(question, 9)}
