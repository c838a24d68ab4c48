"""Readers: sentences scored as evidence, by numbers that can be computed by hand."""

import math
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from index.encoder import Encoder
from index.library import Library
from index.view import View
from qa.catalogue import reader_named
from qa.errors import UnknownReader
from qa.evidence import Reading
from qa.questions import Understood
from qa.readers import LateInteractionReader, LexicalReader, Reader

MakeLibrary = Callable[..., Library]

TEXTS = {
    "first.txt": "The cat sat. The dog and the cat ran. Nothing else.",
    "second.md": "# Fish\n\nA fish swam. A cat and a dog and a fish met.",
}


@pytest.fixture
def library(make_library: MakeLibrary, by_hand_encoder: Callable[[str], Encoder]) -> Library:
    return make_library(TEXTS, by_hand_encoder("cat dog fish bird"))


@pytest.fixture
def view(library: Library) -> Iterator[View]:
    with library.view() as view:
        yield view


def _read(reader: Reader, view: View, asked: str, context: str = "") -> Reading:
    understood = Understood(asked, context)
    return reader.read(understood, view.search(understood.standalone, 12), view.weight)


def _scores(reading: Reading) -> dict[str, float]:
    return {evidence.quote: evidence.score for evidence in reading.evidence}


def test_late_interaction_scores_the_mean_over_the_question_of_the_best_match(library: Library, view: View):
    reading = _read(LateInteractionReader(library.encoder), view, "Did a cat or a dog?")
    assert _scores(reading) == {
        "The dog and the cat ran.": pytest.approx(1),
        "A cat and a dog and a fish met.": pytest.approx(1),
        "The cat sat.": pytest.approx(0.5),
        "A fish swam.": pytest.approx(0),
        "Nothing else.": pytest.approx(-1),  # without a token there is nothing to match
    }
    assert [one.matches.tolist() for one in reading.evidence if one.quote == "The cat sat."] == [[1, 0]]


def test_late_interaction_is_the_sure_the_better_the_best_sentence(library: Library, view: View):
    reader = LateInteractionReader(library.encoder)
    asked = ["bird", "bird fish", "cat dog bird", "cat"]  # the best sentence meets none, half, two thirds, all
    readings = [_read(reader, view, text) for text in asked]
    assert [reading.evidence[0].score for reading in readings] == pytest.approx([0, 1 / 2, 2 / 3, 1])
    odds = [math.log(reading.confidence / (1 - reading.confidence)) for reading in readings]
    steps = np.diff(odds) / np.diff([reading.evidence[0].score for reading in readings])
    assert steps == pytest.approx(np.full(3, steps[0]), rel=1e-4)  # a logistic curve
    assert steps[0] > 0


def test_a_word_lent_by_earlier_questions_counts_for_less_than_one_asked(library: Library, view: View):
    reader = LateInteractionReader(library.encoder)
    alone, lent = _scores(_read(reader, view, "cat")), _scores(_read(reader, view, "cat", "fish"))
    assert lent["The cat sat."] + lent["A fish swam."] == pytest.approx(1)
    assert alone["A fish swam."] == 0 < lent["A fish swam."] < 0.2
    assert lent["A cat and a dog and a fish met."] == pytest.approx(1)


def test_the_lexical_reader_scores_the_share_of_the_terms_weighted_by_how_rare_they_are(view: View):
    reading = _read(LexicalReader(), view, "Did the fish or the dog swim?")
    # of two passages both hold dog, one holds fish, none swim
    both, one, none = math.log(1 + 0.5 / 2.5), math.log(1 + 1.5 / 1.5), math.log(1 + 2.5 / 0.5)
    total = both + one + none
    assert _scores(reading) == {
        "A cat and a dog and a fish met.": pytest.approx((both + one) / total),
        "A fish swam.": pytest.approx(one / total),
        "The dog and the cat ran.": pytest.approx(both / total),
        "The cat sat.": 0,
        "Nothing else.": 0,
    }
    assert reading.evidence[0].matches.mean() == pytest.approx(reading.evidence[0].score)


@pytest.mark.parametrize("name", ["late-interaction", "lexical"])
def test_evidence_falls_and_equal_scores_stand_in_reading_order(library: Library, view: View, name: str):
    reading = _read(reader_named(name, library.encoder), view, "cat dog")
    order = [(-evidence.score, evidence.place) for evidence in reading.evidence]
    assert order == sorted(order)
    assert len(order) == len(set(order)) == 5
    assert 0 < reading.confidence < 1


@pytest.mark.parametrize("name", ["late-interaction", "lexical"])
def test_evidence_is_a_slice_of_its_document(library: Library, view: View, name: str):
    for evidence in _read(reader_named(name, library.encoder), view, "cat").evidence:
        start, end = evidence.span
        assert view.text(evidence.hit.document.id)[start:end] == evidence.quote
        assert evidence.place == (evidence.hit.document.id, start)


@pytest.mark.parametrize("name", ["late-interaction", "lexical"])
def test_without_passages_there_is_no_evidence_and_no_confidence(library: Library, view: View, name: str):
    assert reader_named(name, library.encoder).read(Understood("cat"), [], view.weight) == Reading((), 0.0)


@pytest.mark.parametrize("name", ["late-interaction", "lexical"])
def test_a_question_without_a_known_word_finds_everything_equally_bad(library: Library, view: View, name: str):
    reading = _read(reader_named(name, library.encoder), view, "what is that")
    assert {evidence.score for evidence in reading.evidence} == {0}
    assert reading.confidence < 0.1


def test_a_sentence_that_two_passages_share_is_read_once(make_library: MakeLibrary, by_hand_encoder: Callable[[str], Encoder]):
    text = " ".join(f"Sentence {number} has a cat, a dog and a fish in it." for number in range(40))
    library = make_library({"long.txt": text}, by_hand_encoder("cat dog fish"))
    with library.view() as view:
        hits = view.search("cat", 12)
        shared = set(map(tuple, hits[0].row.sentences[:, :2])) & set(map(tuple, hits[1].row.sentences[:, :2]))
        evidence = LateInteractionReader(library.encoder).read(Understood("cat"), hits, view.weight).evidence
    assert shared
    assert len({one.place for one in evidence}) == len(evidence) == 40


def test_a_reader_is_made_by_its_name_and_there_are_no_others(library: Library):
    for kind in (LateInteractionReader, LexicalReader):
        assert reader_named(kind.name, library.encoder).name == kind.name
    with pytest.raises(UnknownReader, match=r"no reader 'cross-encoder'\. Use trained, late-interaction or lexical"):
        reader_named("cross-encoder", library.encoder)
