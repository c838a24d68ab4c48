"""The answer: one shape, byte for byte."""

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from index.rows import DocumentRow, PassageRow
from index.view import Hit
from qa.answers import ABSTENTIONS, Answer, LibraryState, Models, Sentence, answer_id, quoted, text_of, to_json
from qa.citations import Citation, Cited
from qa.evidence import Evidence


def _citation(number: int, quote: str) -> Citation:
    return Citation(number, Cited("id", "title", "source", "sha"), ("Results",), None, 5, 5 + len(quote), quote, "p", "s", 0.5, "/url")


def _evidence(answer: tuple[int, int] | None = None, leant_on: bool = False) -> Evidence:
    row = PassageRow(0, 0, (), np.empty((0, 4), dtype=np.int32), (), b"", b"")
    hit = Hit(1, DocumentRow("id", "source", "title", "sha", 0, 1, 1), row, "", 1, 1, 1)
    return Evidence(hit, 0, 0.5, np.zeros(1, dtype=np.float32), answer=answer, leant_on=leant_on)


def _answer(*quotes: str) -> Answer:
    citations = tuple(_citation(number, quote) for number, quote in enumerate(quotes, start=1))
    return Answer(
        id="abc",
        question="Why?",
        standalone_question="Why? (cat)",
        status="answered",
        reason=None,
        mode="extractive",
        text=text_of(citations),
        confidence=0.9,
        sentences=tuple(quoted(citations)),
        citations=citations,
        conflicts=(),
        closest=(),
        notes=(),
        library=LibraryState(3, "sha of it"),
        models=Models("encoder", "reader", None),
    )


def test_the_text_is_each_quote_with_its_footnote_mark_a_line_each():
    assert text_of([_citation(1, "The cat sat."), _citation(2, "It slept.")]) == "The cat sat. [1]\nIt slept. [2]"
    assert text_of([]) == ""


@settings(deadline=None, max_examples=150, derandomize=True)
@given(st.lists(st.text(st.characters(exclude_categories=("Cs",)), min_size=1, max_size=30), max_size=12))
def test_sentences_stand_in_the_text_and_between_them_only_marks_and_line_ends(quotes: list[str]):
    answer = _answer(*quotes)
    assert [answer.text[one.start : one.end] for one in answer.sentences] == quotes == [one.text for one in answer.sentences]
    left = list(answer.text)
    for one in reversed(answer.sentences):
        del left[one.start : one.end]
    assert "".join(left) == "\n".join(f" [{number}]" for number in range(1, len(quotes) + 1))


def test_a_sentence_cites_its_citation_word_for_word():
    assert _answer("The cat sat.", "It slept.").sentences == (
        Sentence("The cat sat.", 0, 12, (1,), "verbatim", ()),
        Sentence("It slept.", 17, 26, (2,), "verbatim", ()),
    )


def test_the_shape_of_an_answer_is_the_contract():
    answer = _answer("“Cät” 😀.").as_dict()
    names = "id question standalone_question status reason mode text confidence sentences citations conflicts closest notes library models"
    assert list(answer) == names.split()
    assert list(answer["sentences"][0]) == "text start end citations support highlights context".split()
    assert list(answer["citations"][0]) == "number document section page start end quote prefix suffix score url".split()
    assert list(answer["citations"][0]["document"]) == "id title source sha256".split()
    assert answer["library"] == {"generation": 3, "sha256": "sha of it"}
    assert answer["models"] == {"encoder": "encoder", "reader": "reader", "writer": None}


def test_an_answer_as_json_is_compact_keeps_characters_and_says_the_same():
    answer = _answer("“Cät” 😀.", "Two.")
    written = answer.as_json()
    assert "“Cät” 😀." in written
    assert json.loads(written) == json.loads(json.dumps(answer.as_dict()))
    assert ", " not in written.replace("Cät", "")
    assert to_json({"a": ["é", None, 1.5]}) == '{"a":["é",null,1.5]}'


def test_every_reason_to_abstain_has_its_words():
    assert set(ABSTENTIONS) == {"empty_library", "no_evidence", "low_confidence"}
    assert len(set(ABSTENTIONS.values())) == 3


@pytest.mark.parametrize(
    "parts",
    [
        pytest.param(("ab", "c"), id="another border"),
        pytest.param(("a", "bc", ""), id="one part more"),
        pytest.param(("a", "bd"), id="another part"),
        pytest.param(("bc", "a"), id="another order"),
        pytest.param((["a", "bc"],), id="a list of them"),
    ],
)
def test_the_id_of_an_answer_depends_on_every_part_and_on_nothing_else(parts: tuple[object, ...]):
    assert answer_id("a", "bc") == answer_id("a", "bc") != answer_id(*parts)
    assert len(answer_id(*parts)) == 24


def test_the_stretch_that_answers_is_highlighted_where_it_stands_in_its_sentence():
    first, second = _citation(1, "The cat sat."), _citation(2, "It slept.")
    sentences = list(quoted([first, second], [_evidence(answer=(first.start + 4, first.start + 7)), _evidence(leant_on=True)]))
    assert [one.highlights for one in sentences] == [((4, 7),), ()]
    assert [one.context for one in sentences] == [False, True]
    assert first.quote[4:7] == "cat"
