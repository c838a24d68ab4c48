"""Abbreviations: found where a document defines them, and nowhere else."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.abbreviations import Abbreviation, abbreviations, apart, key_of, short_form
from index.shadow import plain

_PIECES = [
    *(
        "complete remission (CR)",
        "interleukin‐6 (IL‐6)",
        "TNF (tumour necrosis factor)",
        "chimeric antigen receptors (CARs)",
        "Straße Test (ST)",
    ),
    *(
        ". CR: complete remission",
        "; PFS, progression‐free survival;",
        "(CR)",
        "(IL‐6, ",
        "the (",
        "[",
        "]",
        "(",
        ")",
        "ﬁbroblast growth (FG)",
        "İ",
    ),
    *("\n", "\u00a0", ",", ";", ":", "=", ".", "‐", "“", "”", "of", "severe relapse", "SR"),
]
ANY_TEXT = st.lists(st.sampled_from(_PIECES) | st.text(st.characters(exclude_categories=("Cs",)), max_size=6), max_size=14).map(" ".join)
UNHURRIED = settings(deadline=None, max_examples=300, derandomize=True)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("Sustained complete remission (CR) was rare.", [("CR", "complete remission")], id="the full form before"),
        pytest.param("We measured TNF (tumor necrosis factor).", [("TNF", "tumor necrosis factor")], id="the full form in brackets"),
        pytest.param(
            "CAR‐T (chimeric antigen receptor‐T) cells expand.",
            [("CAR-T", "chimeric antigen receptor-T")],
            id="with the hyphens of journals",
        ),
        pytest.param("After interleukin‐6 (IL‐6) rose, they fell.", [("IL-6", "interleukin-6")], id="one word and a number"),
        pytest.param(
            "Inhibitors of histone deacetylase (HDAC) and Bruton’s tyrosine kinase (BTK) work.",
            [("HDAC", "histone deacetylase"), ("BTK", "Bruton's tyrosine kinase")],
            id="two in a sentence, in order",
        ),
        pytest.param("tumor necrosis factor (TNF, a cytokine)", [("TNF", "tumor necrosis factor")], id="a comma follows it"),
        pytest.param("partial remission (PR; 3%)", [("PR", "partial remission")], id="a semicolon follows it"),
        pytest.param("Methods\n\nComplete remission (CR)", [("CR", "Complete remission")], id="behind a heading"),
        pytest.param("polymerase chain reaction, (PCR)", [("PCR", "polymerase chain reaction")], id="a comma between"),
        pytest.param("messenger ribonucleic acid (mRNA)", [("mRNA", "messenger ribonucleic acid")], id="a small letter first"),
        pytest.param("deoxyribonucleic acid (DNA)", [("DNA", "deoxyribonucleic acid")], id="letters inside a word"),
        pytest.param("Both had allogeneic HSCT (allo‐HSCT).", [("allo-HSCT", "allogeneic HSCT")], id="one made of another"),
        pytest.param("a “complete remission” (CR)", [("CR", "complete remission")], id="in quotation marks"),
        pytest.param("minimal residual disease (MRD) and MRD (minimal residual disease)", [("MRD", "minimal residual disease")], id="once"),
        pytest.param(
            "severe relapse (SR) and strong response (SR)", [("SR", "severe relapse"), ("SR", "strong response")], id="of two meanings"
        ),
    ],
)
def test_a_document_defines_its_abbreviations_in_brackets(text: str, expected: list[tuple[str, str]]):
    assert [tuple(one) for one in abbreviations(text)] == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param(
            "CR, complete remission; PFS, progression‐free survival.",
            [("CR", "complete remission"), ("PFS", "progression-free survival")],
            id="commas and semicolons",
        ),
        pytest.param(
            "CR: complete remission\nPR: partial remission", [("CR", "complete remission"), ("PR", "partial remission")], id="lines"
        ),
        pytest.param("OS = overall survival; OR = odds ratio", [("OS", "overall survival"), ("OR", "odds ratio")], id="equals signs"),
        pytest.param(
            "Figure 1: The trial. CAR, chimeric antigen receptor; CR, complete remission.",
            [("CAR", "chimeric antigen receptor"), ("CR", "complete remission")],
            id="behind a caption",
        ),
        pytest.param("CR, sustained complete remission; PR, partial remission.", [("PR", "partial remission")], id="all of it must be it"),
        pytest.param("We saw CR, complete remission, often.", [], id="not in the middle of a sentence"),
    ],
)
def test_a_document_defines_its_abbreviations_in_a_list(text: str, expected: list[tuple[str, str]]):
    assert [tuple(one) for one in abbreviations(text)] == expected


@pytest.mark.parametrize(
    "text",
    [
        pytest.param("", id="nothing"),
        pytest.param("Complete remission (see below) was rare.", id="words in brackets"),
        pytest.param("Complete remission (2010) was rare.", id="a year"),
        pytest.param("Complete remission (R) was rare.", id="one letter"),
        pytest.param("(CR)", id="nothing before it"),
        pytest.param("a trial of AB‐C (ABC)", id="hardly longer"),
        pytest.param("Most patients survived (CR).", id="other letters"),
        pytest.param("Local remission (CR) was rare.", id="no word begins as it does"),
        pytest.param("Remission was complete (CR).", id="the letters in another order"),
        pytest.param("The cure. Then relapse (CR) came.", id="two sentences"),
        pytest.param("the cells of remission (TCR)", id="a function word first"),
        pytest.param("immunotherapy (IT)", id="one word of letters"),
        pytest.param("the CR rate (CR) was high", id="the full form says the short one"),
        pytest.param("Complete remission [CR] was rare.", id="square brackets"),
        pytest.param("Complete remission in many of the old and of the young patients (CR)", id="too far before"),
        pytest.param("chimeric anti (CHIMERICANTI)", id="too long to be short"),
    ],
)
def test_what_only_looks_like_a_definition_is_none(text: str):
    assert abbreviations(text) == []


@pytest.mark.parametrize(
    ("word", "expected"),
    [
        ("HDAC", "HDAC"),
        ("IL‐6", "IL-6"),
        ("PD–L1", "PD-L1"),
        ("4‐1BB", "4-1BB"),
        ("eGFR", "eGFR"),
        ("SARS", "SARS"),
        ("3D", "3D"),
        ("CD19+", "CD19+"),
        ("ABCDEFGHIJ", "ABCDEFGHIJ"),
        ("ABCDEFGHIJK", None),
        ("A", None),
        ("Dna", None),
        ("gas", None),
        ("2010", None),
        ("PCR.", None),
        ("r/r", None),
        ("", None),
    ],
)
def test_an_abbreviation_is_told_by_its_capitals_and_digits(word: str, expected: str | None):
    assert short_form(word) == expected


@pytest.mark.parametrize(("plural", "singular"), [("CARs", "CAR"), ("CAR‐Ts", "CAR-T"), ("BCL2s", "BCL2")])
def test_a_plural_is_looked_up_in_the_singular(plural: str, singular: str):
    assert short_form(plural) == singular
    assert short_form(singular) == singular


def test_a_plural_is_defined_in_the_singular():
    assert abbreviations("chimeric antigen receptors (CARs)") == [Abbreviation("CAR", "chimeric antigen receptors")]


@pytest.mark.parametrize(
    "other",
    ["progression free survival", "Progression‐Free Survival", "progression–free survivals", "progression-free\u00a0survival"],
    ids=["apart", "typography", "plural", "no-break space"],
)
def test_a_full_form_is_found_however_it_is_hyphenated_and_inflected(other: str):
    assert key_of(other) == Abbreviation("PFS", "progression-free survival").key == "progress free surviv"


def test_the_parts_of_compounds_stand_apart_in_their_places():
    assert apart("anti‐CD19 CAR–T, then") == "anti CD19 CAR T, then"


@UNHURRIED
@given(ANY_TEXT)
def test_every_form_found_stands_in_the_text_and_none_is_found_twice(text: str):
    found = abbreviations(text)
    assert all(one.short in plain(text) and one.long in plain(text) for one in found)
    assert len(set(found)) == len(found)


@UNHURRIED
@given(ANY_TEXT)
def test_every_full_form_holds_the_letters_of_the_short_one_in_order(text: str):
    for short, long in abbreviations(text):
        letters = ".*".join(re.escape(letter) for letter in short.casefold() if letter.isalnum())
        assert re.search(letters, long.casefold()), (short, long)
        assert short_form(short) == short
        assert len(long) > len(short) + 1


@UNHURRIED
@given(ANY_TEXT)
def test_what_is_found_does_not_depend_on_the_hyphens(text: str):
    assert abbreviations(text.replace("-", "\u2010")) == abbreviations(text)


def test_the_editorial_defines_what_its_reader_looks_up(editorial: str):
    found = dict(abbreviations(editorial))
    assert found["HDAC"] == "histone deacetylase"
    assert found["DLBCL"] == "diffuse large B-cell lymphoma"
    assert found["MRD"] == "minimal residual disease"
    assert "IL-6" not in found
