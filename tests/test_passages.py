"""Passages: whole sentences of one section."""

import random
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.documents import Document
from index.passages import LONGEST, OVERLAP, Passage, passages, word_count
from index.sentences import sentences
from index.texts import text_document


def _document(text: str, source: str = "a.txt") -> Document:
    return text_document(source, text)


def _spans(document: Document) -> list[tuple[int, int]]:
    return [span for section in document.sections for block in section.blocks for span in sentences(document.text, block)]


def _check(document: Document, found: list[Passage]) -> None:
    """Every passage is whole sentences of one section in order, none is lost, at most one short one is shared by neighbours."""
    text = document.text
    taken: list[tuple[int, int]] = []
    for before, passage in zip([None, *found], found, strict=False):
        assert passage.sentences
        assert (passage.start, passage.end) == (passage.sentences[0][0], passage.sentences[-1][1])
        assert all(start < end for start, end in passage.sentences)
        assert all(first[1] <= second[0] for first, second in pairwise(passage.sentences))
        shared = [span for span in passage.sentences if before and span in before.sentences]
        if shared:
            assert before
            assert shared == [before.sentences[-1]] == [passage.sentences[0]]
            assert before.section == passage.section
            assert word_count(text[slice(*shared[0])]) <= OVERLAP
        new = passage.sentences[len(shared) :]
        assert new
        assert len(new) == 1 or sum(word_count(text[start:end]) for start, end in new) <= LONGEST
        taken.extend(new)
    assert taken == _spans(document)


def test_passages_of_the_editorial_have_120_to_196_words_or_are_a_whole_section(editorial: str):
    document = _document(editorial)
    found = list(passages(document))
    _check(document, found)
    counts = {passage: len(document.text[passage.start : passage.end].split()) for passage in found}
    whole = [passage for passage in found if sum(other.section == passage.section for other in found) == 1]
    assert [passage.section for passage in whole] == [("CAR-NK cell therapy",), ("Concluding remarks",)]
    assert all(120 <= counts[passage] <= 196 for passage in found if passage not in whole)
    assert [counts[passage] for passage in found] == [131, 196, 188, 163, 139, 139, 179, 146, 174, 144, 152, 189, 153, 149, 109]


def test_a_short_section_is_one_passage():
    (passage,) = passages(_document("One. Two. Three."))
    assert passage == Passage(0, 16, ((0, 4), (5, 9), (10, 16)), ())


def test_a_long_section_is_split_evenly_with_the_last_sentence_repeated():
    text = " ".join(f"Sentence {number} has exactly six words." for number in range(40))  # 240 words, so two pieces of 120
    found = list(passages(_document(text)))
    assert [len(passage.sentences) for passage in found] == [20, 21]
    assert found[1].sentences[0] == found[0].sentences[-1]


def test_a_last_sentence_that_is_too_long_is_not_repeated():
    long = "Word " + "word " * (OVERLAP - 1) + "word."
    short = "Word " + "word " * (OVERLAP - 2) + "word."
    assert word_count(long) == OVERLAP + 1
    assert word_count(short) == OVERLAP
    assert [len(passage.sentences) for passage in passages(_document(" ".join([long] * 4)))] == [2, 2]
    assert [len(passage.sentences) for passage in passages(_document(" ".join([short] * 4)))] == [2, 3]


def test_a_single_sentence_longer_than_a_passage_stands_alone():
    document = _document("Before it. " + "Word " + "word " * LONGEST + "word. After it.")
    found = list(passages(document))
    assert [[word_count(document.text[start:end]) for start, end in passage.sentences] for passage in found] == [[2], [2, LONGEST + 2], [2]]
    _check(document, found)


def test_no_passage_crosses_a_heading():
    document = _document("# T\n\nOne.\n\n## A\n\nTwo.\n\n## B\n\nThree.", "a.md")
    shown = [(passage.section, document.text[passage.start : passage.end]) for passage in passages(document)]
    assert shown == [((), "One."), (("A",), "Two."), (("B",), "Three.")]


def test_the_context_is_title_and_headings_each_once():
    assert Passage(0, 1, ((0, 1),), ("Results", "Safety")).context("Paper") == "Paper › Results › Safety"
    assert Passage(0, 1, ((0, 1),), ("Paper", "Safety")).context("Paper") == "Paper › Safety"
    assert Passage(0, 1, ((0, 1),), ()).context("Paper") == "Paper"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        pytest.param("two words", 2, id="words between spaces"),
        pytest.param("CAR-T\u00a0cells\r\nrelapse", 3, id="any white space"),
        pytest.param("", 0, id="nothing"),
        pytest.param("一" * 60, 5, id="twelve characters are a word where a script writes no spaces"),
    ],
)
def test_word_count_of(text: str, words: int):
    assert word_count(text) == words


_WORDS = (
    "CD19- CD19+ IL‐6 4‐1BB relapse, patients p.163 R>L et al. e.g. 87.7% (3) naïve ﬁbrosis γδ β‐chain 14.8 i.e. B-ALL "
    "第一 治疗 шесть мышей מחקר חדש كبير 👩‍🔬 e\u0301 im\u00admuno \u202aLTR\u202c １９ “quoted” ‘one-two’ T\u00a0cell 한국어 ไทย"
).split(" ")
_STOPS = ["。", ".", ".", ".", "?", "!", "؟"]


def _generated(random: random.Random) -> Document:
    """A document of a few hundred to a few thousand words in many scripts, as plain text or as Markdown."""
    end = random.choice(["\n", "\r\n"])
    markdown = random.random() < 0.5
    parts = []
    for number in range(random.randint(1, 8)):
        parts.append(f"{'#' * random.randint(1, 3)} Section {number}" if markdown else f"{end}{end}Section {number}")
        parts.extend(_paragraph(random, end) for _ in range(random.randint(1, 6)))
    return _document((end + end).join(parts), "a.md" if markdown else "a.txt")


def _paragraph(random: random.Random, end: str) -> str:
    found = [_sentence(random) for _ in range(random.randint(1, 14))]
    mark = random.choice(["", "", "", "- ", "1. "])
    return mark + (end + mark if mark else random.choice([" ", "  ", end, " \u00a0"])).join(found)


def _sentence(random: random.Random) -> str:
    return "The " + " ".join(random.choice(_WORDS) for _ in range(random.randint(2, 45))) + random.choice(_STOPS)


def _corpus(wanted: int) -> Iterator[tuple[Document, list[Passage]]]:
    source, made = random.Random(19), 0
    while made < wanted:
        document = _generated(source)
        found = list(passages(document))
        made += len(found)
        yield document, found


def test_ten_thousand_passages_of_generated_documents_are_exact():
    documents = 0
    for document, found in _corpus(10_000):
        documents += 1
        _check(document, found)
        quotes = [document.text[start:end] for passage in found for start, end in passage.sentences]
        assert all(quote and quote == quote.strip() for quote in quotes)
    assert documents > 400


@settings(deadline=None, max_examples=200, derandomize=True)
@given(
    st.lists(
        st.one_of(
            st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=30),
            st.sampled_from(
                ["Methods\n", "word " * 100, "One. Two! ", "\n\n", "\r\n\r\n\r\n", "\u2028", "第一句。", "- item\n", "e\u0301 👩‍🔬. "]
            ),
        ),
        max_size=15,
    ).map("".join),
    st.sampled_from(["a.txt", "a.md"]),
)
def test_passages_of_any_text_are_whole_sentences_in_order_and_none_is_lost(text: str, source: str):
    document = _document(text + "\n\nword", source)
    _check(document, list(passages(document)))
