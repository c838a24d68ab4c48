"""Antecedents: what a sentence leans on is quoted with it."""

import numpy as np
import pytest

from index.rows import DocumentRow, PassageRow
from index.view import Hit
from qa.antecedents import antecedent, leans
from qa.evidence import Evidence

START = 100  # of the passage in its document


def _evidence(text: str, number: int, *sentences: str) -> Evidence:
    """The sentence of that number of a passage, whose sentences stand in the text in this order."""
    spans, place = [], 0
    for sentence in sentences:
        place = text.index(sentence, place)
        spans.append([START + place, START + place + len(sentence), 0, 0])
        place += len(sentence)
    row = PassageRow(START, START + len(text), (), np.array(spans, dtype=np.int32), (), b"", b"")
    hit = Hit(1, DocumentRow("document", "source", "title", "", START + len(text), 1, 1), row, text, 1, 1, 1)
    return Evidence(hit, number, 0.7, np.array([0.5, 0.9], dtype=np.float32), answer=(START, START + 4), probability=0.8)


def _antecedent(between: str, sentence: str) -> Evidence | None:
    return antecedent(_evidence(f"The trial ended.{between}{sentence}", 1, "The trial ended.", sentence))


@pytest.mark.parametrize(
    "sentence",
    [
        "It was safe.",
        "It’s early.",
        "Its expansion was slow.",
        "They relapsed.",
        "Their cells expanded.",
        "He relapsed.",
        "Her marrow was empty.",
        "This relapse came early.",
        "These cells expanded.",
        "That is why they relapsed.",
        "Those were the first.",
        "Such patients relapsed.",
        "Both were lost.",
        "Neither worked.",
        "The former expanded.",
        "The latter did not.",
        "The same was seen in mice.",
        "Each of them relapsed.",
        "It led to relapse.",
        "It binds to the antigen.",
        "It is used to treat lymphoma.",
    ],
)
def test_a_sentence_leans_that_begins_with_a_word_for_what_was_said(sentence: str):
    assert leans(sentence)
    assert not leans(f"Lymphoma came back. {sentence}")


@pytest.mark.parametrize(
    "opening", ["However, ", "Moreover, ", "And ", "But ", "In addition, ", "For example, ", "As a result, ", "Thus ", "“", "(", "‐ "]
)
def test_connectives_and_signs_before_the_word_change_nothing(opening: str):
    assert leans(f"{opening}they relapsed.")
    assert not leans(f"{opening}patients relapsed.")


@pytest.mark.parametrize(
    "sentence",
    [
        pytest.param("", id="nothing"),
        pytest.param("Patients relapsed.", id="a noun"),
        pytest.param("Italy took part.", id="a word that begins as one"),
        pytest.param("Thesis work ended.", id="a longer word that begins as one"),
        pytest.param("This-and-that is sold.", id="a compound"),
        pytest.param("The patients relapsed.", id="an article"),
        pytest.param("Patients relapsed because they stopped.", id="not at its beginning"),
        pytest.param("It is known that CD19‐ relapse is common.", id="it is known that"),
        pytest.param("It has been shown that patients relapse.", id="it has been shown that"),
        pytest.param("However, it is not clear whether patients relapse.", id="it is not clear whether"),
        pytest.param("It is possible to treat them.", id="it is possible to"),
        pytest.param("Both CD19‐ and CD22‐ relapse occur.", id="both A and B"),
        pytest.param("Neither CD19 nor CD22 was lost.", id="neither A nor B"),
        pytest.param("Those who relapsed were treated again.", id="those who"),
        pytest.param("This study shows that patients relapse.", id="the document itself"),
        pytest.param("However, this study shows relapse.", id="the document itself, behind a connective"),
        pytest.param("However, both mice and rats relapsed.", id="both A and B, behind a connective"),
    ],
)
def test_a_sentence_leans_on_nothing_that_says_what_it_is_about(sentence: str):
    assert not leans(sentence)


@pytest.mark.parametrize("between", [" ", "\n", "\r\n", "", "  (see Figure 1) "], ids=["space", "line", "CRLF", "nothing", "words"])
def test_what_a_sentence_leans_on_is_the_sentence_before(between: str):
    before = _antecedent(between, "It was safe.")
    assert before is not None
    assert before.quote == "The trial ended."
    assert before.span == (START, START + 16)


@pytest.mark.parametrize("between", ["\n\n", "\r\n\r\n", "\n \t\n", " \n\n\n "], ids=["blank line", "CRLF", "spaces", "several"])
def test_no_sentence_leans_on_another_paragraph(between: str):
    assert _antecedent(between, "It was safe.") is None


def test_a_sentence_that_does_not_lean_has_no_antecedent():
    assert _antecedent(" ", "Patients were safe.") is None


def test_the_first_sentence_of_a_passage_has_no_antecedent():
    assert antecedent(_evidence("It was safe. It ended.", 0, "It was safe.", "It ended.")) is None


def test_an_antecedent_may_lean_itself():
    sentences = ["The trial ended.", "It was safe.", "It was short."]
    last = _evidence(" ".join(sentences), 2, *sentences)
    before = antecedent(last)
    assert before is not None
    first = antecedent(before)
    assert first is not None
    assert [first.quote, before.quote, last.quote] == sentences
    assert antecedent(first) is None


def test_an_antecedent_scores_as_the_sentence_that_needs_it_and_answers_nothing_itself():
    after = _evidence("The trial ended. It was safe.", 1, "The trial ended.", "It was safe.")
    before = antecedent(after)
    assert before is not None
    assert (before.hit, before.sentence, before.score, before.probability) == (after.hit, 0, 0.7, 0.8)
    assert before.matches.tolist() == [0, 0]
    assert before.matches.dtype == np.float32
    assert (before.answer, before.leant_on) == (None, True)
    assert (after.answer, after.leant_on, after.matches.tolist()) == ((START, START + 4), False, [0.5, np.float32(0.9)])
