"""The search shadow: typographic variants fold together, places in the original text stay exact."""

import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.shadow import STOPWORDS, content_terms, plain, terms, words

ANY_TEXT = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=8),
        st.sampled_from(
            [
                "CD19‐",
                "IL‐6",
                "é",
                "e\u0301",
                "\u00ad",
                "\u200b",
                "\r\n",
                "\u0085",
                "\u2028",
                "\u202e",
                "שלום",
                "中文",
                "👩‍🔬",
                "γ",
                "ﬁ",
                "1,000",
                "'",
            ]
        ),
    ),
    max_size=12,
).map("".join)
UNHURRIED = settings(deadline=None, max_examples=150, derandomize=True)


@pytest.mark.parametrize(
    ("written", "typed"),
    [
        pytest.param("IL‐6", "IL-6", id="U+2010 hyphen in IL-6"),
        pytest.param("4‐1BB", "4-1BB", id="U+2010 hyphen in 4-1BB"),
        pytest.param("IL‑6", "IL-6", id="no-break hyphen"),
        pytest.param("PD–L1", "PD-L1", id="en dash as a hyphen"),
        pytest.param("PD−L1", "PD-L1", id="minus sign as a hyphen"),
        pytest.param("CD19‐", "CD19-", id="U+2010 as the sign of CD19-"),
        pytest.param("CD19−", "CD19-", id="U+2212 as the sign of CD19-"),
        pytest.param("ＣＤ１９", "CD19", id="full-width letters and digits"),
        pytest.param("Ｂ－ＡＬＬ", "B-ALL", id="full-width hyphen"),
        pytest.param("ﬁbrosis", "fibrosis", id="ligature"),
        pytest.param("im\u00admuno\u00adtherapy", "immunotherapy", id="soft hyphens"),
        pytest.param("CD\u200b19", "CD19", id="zero-width space"),
        pytest.param("\u200eCD19\u200f", "CD19", id="bidirectional marks"),
        pytest.param("naïve", "naive", id="composed diacritics"),
        pytest.param("nai\u0308ve", "naive", id="combining diacritics"),
        pytest.param("Ångström", "angstrom", id="ring and umlaut"),
        pytest.param("Straße", "STRASSE", id="sharp s"),
        pytest.param("IFN-γ", "IFN-gamma", id="Greek letter after a hyphen"),
        pytest.param("IFNγ", "IFN-gamma", id="Greek letter fused to Latin ones"),
        pytest.param("TGF-β1", "TGF-beta-1", id="Greek letter between hyphen and digit"),
        pytest.param("TNFΑ", "TNF alpha tnfalpha", id="capital Greek letter"),
        pytest.param("κ/ω", "kappa/omega", id="Greek letters alone"),
        pytest.param("𝛽", "β", id="mathematical Greek letter"),
        pytest.param("µ", "μ", id="micro sign and mu"),
        pytest.param("1,000", "1000", id="thousands separator"),
        pytest.param("12,345,678", "12345678", id="several thousands separators"),
        pytest.param("don’t", "don't", id="curly apostrophe"),
        pytest.param("relapsed", "relapse", id="inflected form"),
        pytest.param("CAR\u00a0T", "CAR T", id="no-break space"),
        pytest.param("H₂O", "H2O", id="subscript digit"),
    ],
)
def test_typographic_variants_have_the_same_terms(written: str, typed: str):
    assert set(terms(written)) == set(terms(typed))


def test_lambda_is_found_by_its_usual_name():
    assert terms("λ light chain") == terms("lambda light chain")


@pytest.mark.parametrize("possessive", ["Bruton’s", "Bruton's", "tumor's"])
def test_a_possessive_is_found_by_the_word_itself(possessive: str):
    assert terms(possessive) == terms(possessive[:-2])


@pytest.mark.parametrize(("written", "typed"), [("CD19⁺", "CD19+"), ("CD19⁻", "CD19-"), ("CD19＋", "CD19+")])
def test_superscript_and_full_width_signs_are_signs(written: str, typed: str):
    assert terms(written) == terms(typed)


def test_positive_and_negative_markers_share_the_marker_and_differ_in_the_sign():
    assert terms("CD19+") == ["cd19", "cd19+"]
    assert terms("CD19-") == ["cd19", "cd19-"]


def test_the_sign_is_kept_apart_only_where_the_compound_ends():
    assert terms("CD19-negative") == ["cd19", "negat", "cd19negative"]
    assert terms("well- and long-known") == ["well", "and", "long", "known", "longknown"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("IL-6", ["il", "6", "il6"], id="a compound joined and in parts"),
        pytest.param("anti-CD19", ["anti", "cd19", "anticd19"], id="a prefix"),
        pytest.param("87.7%", ["87.7"], id="a decimal number"),
        pytest.param("8,12", ["8,12"], id="a decimal comma is no thousands separator"),
        pytest.param("r/r", ["r", "r"], id="a slash parts words"),
        pytest.param("wait—what", ["wait", "what"], id="an em dash parts words"),
        pytest.param("人工知能", ["人", "工", "知", "能"], id="Han is read character by character"),
        pytest.param("… — !", [], id="punctuation alone"),
        pytest.param("\u0301", [], id="a mark without a letter"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_terms_of(text: str, expected: list[str]):
    assert terms(text) == expected


def test_content_terms_leave_out_function_words_and_repetitions_but_keep_the_order():
    assert content_terms("What is the dose of IL‐6 and the dose of CD19-?") == ["dose", "il", "6", "il6", "cd19", "cd19-"]


def test_content_terms_of_a_question_of_function_words_are_none():
    assert content_terms("What is it, and why?") == []
    assert "what" in STOPWORDS


def test_words_keep_their_places_in_the_text_as_written():
    text = "“CD19‐” vs. IL‐6,\u00a01,000\u00adfold naïve"
    assert [text[word.start : word.end] for word in words(text)] == ["CD19‐", "vs", "IL‐6", "1,000", "\u00adfold", "naïve"]


@UNHURRIED
@given(ANY_TEXT)
def test_plain_text_keeps_every_character_at_its_place(text: str):
    assert len(plain(text)) == len(text)
    changed = [(a, b) for a, b in zip(text, plain(text), strict=True) if a != b]
    assert all(b in "-'\" " and a not in "-'\" " for a, b in changed)


@UNHURRIED
@given(ANY_TEXT)
def test_words_stand_in_order_inside_the_text_and_hold_every_letter_and_digit(text: str):
    found = list(words(text))
    places = [place for word in found for place in (word.start, word.end)]
    assert places == sorted(places)
    assert all(0 <= word.start < word.end <= len(text) for word in found)
    inside = {i for word in found for i in range(word.start, word.end)}
    assert all(i in inside for i, character in enumerate(text) if re.match(r"[^\W_]", character))


@UNHURRIED
@given(ANY_TEXT)
def test_no_term_is_empty_or_holds_white_space_so_that_terms_can_be_stored_joined_by_spaces(text: str):
    found = terms(text)
    assert " ".join(found).split() == found


@UNHURRIED
@given(ANY_TEXT)
def test_what_is_searched_does_not_depend_on_case_or_typography(text: str):
    assert terms(plain(text)) == terms(text)


@UNHURRIED
@given(st.text(st.sampled_from("ACDILTBcarl0123456789-+ .,"), max_size=30))
def test_upper_and_lower_case_have_the_same_terms(text: str):
    assert terms(text.upper()) == terms(text.lower())
