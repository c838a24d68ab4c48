"""The trained reader as it is shipped (modules qa.trained, qa.pair_scorer)."""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.encoder import Encoder
from index.library import Library
from index.view import View
from qa import trained
from qa.catalogue import reader_named
from qa.errors import ReaderUnavailable
from qa.evidence import Reading
from qa.expectations import Expected, expected
from qa.pair_scorer import PairScorer, Scored
from qa.questions import Understood
from qa.trained import MODEL, TOKENIZER, shipped_reader

TEXT = (
    "Zanubrutinib is a kinase inhibitor. It was approved by the agency in November 2019 for mantle cell lymphoma. "
    "Headache was reported in 4% of the patients. The study was funded by its maker."
)
SENTENCES = [(0, 35), (36, 108), (109, 153), (154, 188)]


@pytest.fixture(scope="module")
def scorer() -> PairScorer:
    return PairScorer(MODEL, TOKENIZER)


def _best(scores: list[Scored | None]) -> int:
    return max(range(len(scores)), key=lambda number: scores[number].log_odds)  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("question", "sentence", "answer"),
    [
        ("When was zanubrutinib approved?", 1, "November 2019"),
        ("What is zanubrutinib?", 0, "a kinase inhibitor"),
        ("How many patients had a headache?", 2, "4%"),
        ("Who paid for the study?", 3, "its maker"),
    ],
)
def test_the_sentence_that_answers_scores_best_and_the_answer_in_it_is_marked(
    scorer: PairScorer, question: str, sentence: int, answer: str
):
    scores = scorer.scored(question, "", TEXT, SENTENCES)
    assert _best(scores) == sentence
    start, end = scores[sentence].answer  # type: ignore[union-attr]
    assert answer in TEXT[start:end]
    assert SENTENCES[sentence][0] <= start < end <= SENTENCES[sentence][1]


def test_what_answers_is_surer_than_what_is_about_something_else(scorer: PairScorer):
    asked = [scorer.scored(question, "", TEXT, SENTENCES) for question in ("When was zanubrutinib approved?", "Who won the world cup?")]
    best = [max(one.log_odds for one in scores if one) for scores in asked]
    assert best[0] > 0 > best[1]


def test_a_window_scores_the_same_whatever_was_scored_before(scorer: PairScorer):
    first = scorer.scored("When was it approved?", "Zanubrutinib", TEXT, SENTENCES)
    scorer.scored("Something else?", "", "Another text. " * 40, [(0, 13)])
    assert scorer.scored("When was it approved?", "Zanubrutinib", TEXT, SENTENCES) == first


def test_a_sentence_behind_the_longest_text_read_has_no_score(scorer: PairScorer):
    text = "word " * 400 + "end."
    assert [one is None for one in scorer.scored("Where?", "", text, [(0, 1999), (2000, 2004)])] == [False, True]


@pytest.fixture
def view(editorial_library: Library) -> Iterator[View]:
    with editorial_library.view() as view:
        yield view


def _read(library: Library, view: View, asked: str) -> Reading:
    return reader_named("trained", library.encoder).read(Understood(asked), view.search(asked, 12), view.weight)


def test_evidence_is_a_slice_of_its_document_best_first_and_no_sentence_twice(editorial_library: Library, view: View, editorial: str):
    reading = _read(editorial_library, view, "Which antigen is lost in CD19- relapse?")
    assert reading.evidence
    for one in reading.evidence:
        start, end = one.span
        assert editorial[start:end] == one.quote
        assert one.answer is None or start <= one.answer[0] < one.answer[1] <= end
        assert one.probability is not None
        assert 0 < one.probability < 1
    order = [(-one.score, one.place) for one in reading.evidence]
    assert order == sorted(order)
    assert len({one.place for one in reading.evidence}) == len(order)


def test_the_confidence_is_that_of_the_calibration_it_came_with(editorial_library: Library, view: View):
    reader = reader_named("trained", editorial_library.encoder)
    reading = _read(editorial_library, view, "What is CD19?")
    assert reading.signals is not None
    best = reading.evidence[0]
    assert reading.signals.score == pytest.approx(best.score - 10 * best.hit.vector_score)
    assert reading.confidence == reader.calibration.confidence(reading.signals)


def test_without_passages_there_is_no_evidence(editorial_library: Library, view: View):
    reader = reader_named("trained", editorial_library.encoder)
    assert reader.read(Understood("cat"), [], view.weight) == Reading((), 0.0)


def test_a_model_that_is_not_the_one_that_was_shipped_is_refused(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, by_hand_encoder: Callable[[str], Encoder]
):
    for content in (None, b"", MODEL.read_bytes()[:-1] + b"x"):
        path = tmp_path / "reader.onnx"
        if content is not None:
            path.write_bytes(content)
        monkeypatch.setattr(trained, "MODEL", path)
        with pytest.raises(ReaderUnavailable, match="Install Footnote again"):
            shipped_reader(by_hand_encoder("cat"))


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("Who reported it?", "fact"),
        ("How many patients relapsed?", "fact"),
        ("In what year was it approved?", "fact"),
        ("Which genes are lost?", "list"),
        ("What are the mechanisms of resistance?", "list"),
        ("How does CD28 compare with 4-1BB?", "list"),
        ("Why does it fail?", "other"),
        ("What is CD19?", "other"),
    ],
)
def test_the_words_of_a_question_tell_what_it_expects(question: str, kind: Expected):
    assert expected(question) == kind
