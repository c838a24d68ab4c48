"""Sentences and their exact places."""

import re
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.blocks import Block
from index.sentences import LONGEST_SENTENCE, sentences
from index.texts import text_document

SENTENCES_IN_EDITORIAL = 89  # counted by reading

ANY_TEXT = st.lists(
    st.one_of(
        st.text(st.characters(exclude_categories=("Cs",)), max_size=12),
        st.sampled_from(
            [
                "One. ",
                "Two! ",
                "(3). ",
                "e.g. ",
                "et al. ",
                "p < 0.05. ",
                "第一句。",
                "هل؟ ",
                "\r\n",
                "\u0085",
                "\u2028",
                "👩‍🔬. ",
                "e\u0301. ",
                "\u202e",
                "“Ha!” ",
            ]
        ),
    ),
    max_size=12,
).map("".join)


def _sentences(text: str) -> list[str]:
    return [text[start:end] for start, end in sentences(text, Block(0, len(text)))]


@pytest.fixture(scope="module")
def blocks_of_editorial(editorial: str) -> list[Block]:
    return [block for section in text_document("editorial.txt", editorial).sections for block in section.blocks]


@pytest.fixture(scope="module")
def sentences_of_editorial(editorial: str, blocks_of_editorial: list[Block]) -> list[str]:
    return [editorial[start:end] for block in blocks_of_editorial for start, end in sentences(editorial, block)]


def test_the_editorial_has_the_sentences_that_a_reader_counts(sentences_of_editorial: list[str]):
    assert len(sentences_of_editorial) == SENTENCES_IN_EDITORIAL
    assert all("\n" not in sentence and sentence.endswith(".") for sentence in sentences_of_editorial)


def test_sentences_of_the_editorial_end_where_a_full_stop_is_followed_by_a_capital_except_after_al(
    editorial: str, blocks_of_editorial: list[Block], sentences_of_editorial: list[str]
):
    body = [editorial[block.start : block.end] for block in blocks_of_editorial]
    assert sentences_of_editorial == [piece for block in body for piece in re.split(r"(?<=\.)(?<!al\.) (?=[A-Z])", block)]


@pytest.mark.parametrize(
    ("beginning", "end"),
    [
        pytest.param("Our previous review (1) and Xiao et al. have", "in B‐cell hematological malignancies.", id="et al. inside"),
        pytest.param("As for CD19- relapse, the underlying", "under selective pressure (1).", id="a reference at the end"),
        pytest.param("As for CD19+ relapse, any potential", "might be attributed to relapse.", id="after a reference"),
        pytest.param("The unfavorable factors include: 1) high", "low persistence of T cells.", id="a numbered list in one sentence"),
        pytest.param("Several strategies to overcome", "in clinical practice (Figure 1).", id="(Figure 1). at the end"),
        pytest.param("Figure 1 | Strategies to overcome", "CD19 CAR-T cell therapy.", id="Figure 1 | at the beginning"),
        pytest.param("The combination of CAR-T cells with HDACi,", "synergistic anti-tumor effects.", id="PD-1/PD-L1 inside"),
        pytest.param("CAR-T cell therapy can effectively", "bridge allo-SCT in B-ALL.", id="an abbreviation at the end"),
        pytest.param("CAR, chimeric antigen receptor;", "B-cell non-Hodgkin lymphoma.", id="a list of abbreviations"),
        pytest.param("A p.163 R>L site mutation", "of the patient.", id="p.163 R>L inside"),
        pytest.param("Another investigation demonstrated that 21D4", "mutant B-cell lymphomas (2).", id="(2). at the end"),
        pytest.param("Moreover, CAR T‐cells adding", "cell function and persistence.", id="two e.g. inside"),
        pytest.param("In our previous study, 66 patients", "survival (PFS) of 14.8 months (3).", id="decimal numbers inside"),
        pytest.param("Cordoba et al. enrolled 15", "survival rates at one year (5).", id="et al. at the beginning"),
        pytest.param("Tong et al. recruited 28 r/r NHL cases", "cells therapy targeting CD19/CD20.", id="a slash before the full stop"),
        pytest.param("The CR and PFS rates", "71% and 64%, respectively (6).", id="percentages"),
        pytest.param(
            "Analysis conducted by Hu et al. revealed", "with the first relapse of B-ALL.", id="et al. in the middle, B-ALL. at the end"
        ),
        pytest.param(
            "We incorporated CAR19/22", "central nervous system lymphoma patients (8).", id="references (3), (7) inside, (8). at the end"
        ),
        pytest.param("In addition, chemotherapy and radiotherapy", "CAR-T cell function (9, 10).", id="two references"),
        pytest.param("Biopsy confirmed that", "the patient was CD19+ relapse.", id="CD19+ inside"),
        pytest.param("Other small molecule inhibitors,", "in maintenance therapy post immunotherapy.", id="Greek letters inside"),
        pytest.param("Valeri et al. reviewed current strategies", "migration and homing into tumor bed.", id="before tumor bed. CRISPR"),
        pytest.param("CRISPR/Cas9 genetic engineering", "to eradicate refractory tumors.", id="after tumor bed. CRISPR"),
        pytest.param(
            "There are several phase I/II", "in treating hematological malignancies.", id="phase I/II, and a space at the end of the line"
        ),
    ],
)
def test_a_sentence_of_the_editorial_begins_and_ends_here(beginning: str, end: str, sentences_of_editorial: list[str]):
    found = [one.replace("\u00a0", " ") for one in sentences_of_editorial]
    assert [one.endswith(end) for one in found if one.startswith(beginning)] == [True]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        pytest.param("It fell, i.e. it relapsed. Then it rose.", ["It fell, i.e. it relapsed.", "Then it rose."], id="i.e."),
        pytest.param("Some, e.g. IL-2 and IL-15, rose. It fell.", ["Some, e.g. IL-2 and IL-15, rose.", "It fell."], id="e.g."),
        pytest.param("It had (B-ALL). Then it fell.", ["It had (B-ALL).", "Then it fell."], id="abbreviation in brackets"),
        pytest.param("It took 14.8 months. P was 0.05.", ["It took 14.8 months.", "P was 0.05."], id="decimal numbers"),
        pytest.param("A line\nthat goes on. Next.", ["A line\nthat goes on.", "Next."], id="a line end inside a sentence"),
        pytest.param("A line\r\nthat goes on. Next.", ["A line\r\nthat goes on.", "Next."], id="a Windows line end inside"),
        pytest.param("第一句。第二句！", ["第一句。", "第二句！"], id="Chinese"),
        pytest.param("Where? Here! So.", ["Where?", "Here!", "So."], id="question and exclamation marks"),
        pytest.param("👩‍🔬 rose. e\u0301 fell.", ["👩‍🔬 rose.", "e\u0301 fell."], id="code points outside the basic plane"),
        pytest.param("no full stop", ["no full stop"], id="no full stop"),
        pytest.param("", [], id="nothing"),
        pytest.param(" \n ", [], id="blank"),
    ],
)
def test_sentences_of(text: str, expected: list[str]):
    assert _sentences(text) == expected


def test_only_the_block_is_split():
    text = "Before. One. Two. After."
    assert [text[start:end] for start, end in sentences(text, Block(8, 17))] == ["One.", "Two."]


def test_a_sentence_that_is_too_long_is_cut_at_spaces_and_loses_no_word():
    text = " ".join(f"gene{number}" for number in range(1500))
    found = _sentences(text)
    assert len(found) > 4
    assert all(LONGEST_SENTENCE // 2 <= len(one) <= LONGEST_SENTENCE for one in found[:-1])
    assert " ".join(found) == text


def test_a_sentence_is_not_cut_at_a_space_so_early_that_little_would_be_left():
    found = _sentences("ab " + "x" * (LONGEST_SENTENCE + 100))
    assert [len(one) for one in found] == [LONGEST_SENTENCE, 103]


def test_a_sentence_without_spaces_is_cut_by_length():
    assert [len(one) for one in _sentences("x" * (2 * LONGEST_SENTENCE + 1))] == [LONGEST_SENTENCE, LONGEST_SENTENCE, 1]


def test_a_sentence_of_the_greatest_length_is_left_whole():
    text = "x " * (LONGEST_SENTENCE // 2 - 1) + "xx"
    assert _sentences(text) == [text]


@pytest.mark.parametrize("space", [" ", "\t", "\u00a0", "\u3000", "\u0085"])
def test_a_long_run_of_white_space_makes_no_empty_sentence(space: str):
    assert _sentences("one" + space * 3 * LONGEST_SENTENCE + "two") == ["one", "two"]


@settings(deadline=None, max_examples=200, derandomize=True)
@given(ANY_TEXT, st.data())
def test_sentences_stand_in_order_inside_the_block_and_leave_out_white_space_only(text: str, data: st.DataObject):
    left = data.draw(st.integers(0, len(text)))
    right = data.draw(st.integers(left, len(text)))
    found = list(sentences(text, Block(left, right)))
    assert all(left <= start < end <= right for start, end in found)
    assert all(first[1] <= second[0] for first, second in pairwise(found))
    assert all(not text[start].isspace() and not text[end - 1].isspace() for start, end in found)
    inside = {i for start, end in found for i in range(start, end)}
    assert not "".join(text[i] for i in range(left, right) if i not in inside).replace("\ufeff", "").strip()
