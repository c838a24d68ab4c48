"""The way of a question to its answer."""

from collections.abc import Callable, Sequence

import numpy as np
import pytest

from index.encoder import Encoder
from index.errors import DocumentNotFound
from index.library import Library
from index.reading import read_document
from index.view import Hit
from qa.answering import CLOSEST_SHOWN, PASSAGES_READ, Answerer, Passages
from qa.answers import ABSTENTIONS, Answer, Sentence
from qa.errors import InvalidQuestion
from qa.evidence import Evidence, Reading
from qa.questions import Message, Question, Understood
from qa.readers import LEXICAL, LateInteractionReader, LexicalReader, Weight

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]

PETS = {
    "a.txt": "The cat sat. A dog barked. The cat and the dog slept.",
    "b.txt": "A fish swam. The dog ran to the cat.",
    "empty.md": "# Only a heading",
}


class SureReader:
    """Takes every sentence of every passage for evidence, with the score that `scores` gives for its words."""

    name = "sure"
    calibration = LEXICAL

    def __init__(self, confidence: float = 1.0, scores: dict[str, float] | None = None) -> None:
        self.confidence = confidence
        self.scores = scores

    def read(self, question: Understood, hits: Sequence[Hit], weight: Weight) -> Reading:
        every = [Evidence(hit, i, 1.0, np.ones(1, dtype=np.float32)) for hit in hits for i in range(len(hit.row.sentences))]
        found = [
            Evidence(one.hit, one.sentence, self.scores[one.quote], one.matches) if self.scores else one
            for one in every
            if not self.scores or one.quote in self.scores
        ]
        return Reading(tuple(sorted(found, key=lambda one: (-one.score, one.place))), self.confidence if found else 0.0)


@pytest.fixture
def library(make_library: MakeLibrary, by_hand_encoder: ByHand) -> Library:
    return make_library(PETS, by_hand_encoder("cat dog fish"))


@pytest.fixture
def answerer(library: Library) -> Answerer:
    return Answerer(library, LateInteractionReader(library.encoder))


def _check(answer: Answer, library: Library) -> None:
    """What holds for every answer."""
    assert answer.mode == "extractive"
    assert 0 <= answer.confidence <= 1
    assert [one.number for one in answer.citations] == list(range(1, len(answer.citations) + 1))
    assert len(answer.sentences) == len(answer.citations)
    with library.view() as view:
        assert (answer.library.generation, answer.library.sha256) == (view.generation, view.sha256)
        for sentence, one in zip(answer.sentences, answer.citations, strict=True):
            assert answer.text[sentence.start : sentence.end] == sentence.text == one.quote
            assert view.text(one.document.id)[one.start : one.end] == one.quote
            assert (sentence.citations, sentence.support, sentence.highlights) == ((one.number,), "verbatim", ())
        for near in answer.closest:
            assert view.text(near.document.id)[near.start : near.end] == near.text
    if answer.status == "answered":
        assert answer.citations
        assert (answer.reason, answer.closest) == (None, ())
    else:
        assert answer.reason
        assert answer.text == ABSTENTIONS[answer.reason]
        assert (answer.sentences, answer.citations) == ((), ())


def test_an_answer_quotes_the_sentence_that_meets_the_whole_question(answerer: Answerer, library: Library):
    answer = answerer.ask(Question("  Did a cat and a dog do anything?  "))
    _check(answer, library)
    assert answer.status == "answered"
    assert [one.quote for one in answer.citations] == ["The cat and the dog slept.", "The dog ran to the cat."]
    assert [one.document.id for one in answer.citations] == ["a", "b"]
    assert answer.question == "  Did a cat and a dog do anything?  "
    assert answer.standalone_question == "Did a cat and a dog do anything?"
    assert (answer.models.encoder, answer.models.reader, answer.models.writer) == (library.encoder.fingerprint, "late-interaction", None)


@pytest.mark.parametrize(
    ("question", "part"),
    [
        pytest.param("What percentage of patients achieved an objective response with cocktail therapy?", "87.7% patients", id="a number"),
        pytest.param("Which mutation was found in exon 3 of CD19?", "p.163 R>L", id="a name"),
        pytest.param("Which checkpoint inhibitor increased CAR-T concentrations?", "pembrolizumab", id="a drug"),
    ],
)
def test_the_editorial_answers_from_its_own_words(editorial_library: Library, question: str, part: str):
    answer = Answerer(editorial_library, LateInteractionReader(editorial_library.encoder)).ask(Question(question))
    _check(answer, editorial_library)
    assert answer.status == "answered"
    assert part in answer.text


# Abstention


def test_an_empty_library_abstains(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({}, by_hand_encoder("cat"))
    answer = Answerer(library, SureReader()).ask(Question("Where is the cat?"))
    _check(answer, library)
    assert (answer.status, answer.reason, answer.confidence, answer.closest) == ("abstained", "empty_library", 0, ())


def test_where_no_passage_may_be_read_there_is_no_evidence(answerer: Answerer, library: Library):
    answer = answerer.ask(Question("Where is the cat?", documents=("empty",)))
    _check(answer, library)
    assert (answer.status, answer.reason, answer.confidence, answer.closest) == ("abstained", "no_evidence", 0, ())


def test_where_the_reader_finds_nothing_there_is_no_evidence_and_the_closest_passages_are_shown(library: Library):
    answer = Answerer(library, SureReader(scores={"not there": 1.0})).ask(Question("Where is the cat?"))
    _check(answer, library)
    assert (answer.status, answer.reason) == ("abstained", "no_evidence")
    assert len(answer.closest) == 2


def test_below_the_least_confidence_the_closest_passages_are_shown_apart(library: Library):
    answer, hits = Answerer(library, SureReader(0.49), least_confidence=0.5).ask_with_passages(Question("Where is the fish?"))
    _check(answer, library)
    assert (answer.status, answer.reason, answer.confidence) == ("abstained", "low_confidence", 0.49)
    assert [(one.document.id, one.text) for one in answer.closest] == [(hit.document.id, hit.text) for hit in hits[:CLOSEST_SHOWN]]
    assert answer.closest[0].document.id == "b"


def test_at_the_least_confidence_there_is_an_answer(library: Library):
    assert Answerer(library, SureReader(0.5), least_confidence=0.5).ask(Question("cat")).status == "answered"
    assert Answerer(library, SureReader(LEXICAL.least_confidence)).ask(Question("cat")).status == "answered"
    assert Answerer(library, SureReader(LEXICAL.least_confidence - 1e-6)).ask(Question("cat")).status == "abstained"


@pytest.mark.parametrize(("caution", "status"), [(0.0, "answered"), (0.4, "answered"), (0.41, "abstained"), (1.0, "abstained")])
def test_a_question_may_say_how_sure_its_answer_has_to_be(library: Library, caution: float, status: str):
    answerer = Answerer(library, SureReader(0.4), least_confidence=0.5)
    answer = answerer.ask(Question("cat", caution=caution))
    assert answer.status == status
    assert answer.id != answerer.ask(Question("cat")).id


@pytest.mark.parametrize("caution", [-0.1, 1.1, float("nan"), float("inf")])
def test_a_caution_that_is_no_confidence_is_refused(library: Library, caution: float):
    with pytest.raises(InvalidQuestion, match="from 0"):
        Answerer(library, SureReader()).ask(Question("cat", caution=caution))


def test_no_more_closest_passages_are_shown_than_three(make_library: MakeLibrary, by_hand_encoder: ByHand):
    library = make_library({f"{number}.txt": f"Cat number {number}." for number in range(5)}, by_hand_encoder("cat"))
    assert len(Answerer(library, SureReader(0)).ask(Question("cat")).closest) == CLOSEST_SHOWN == 3


# Order and limit


def test_sentences_stand_as_they_are_read_documents_as_they_were_ranked(library: Library):
    answerer = Answerer(library, SureReader(scores={"The cat and the dog slept.": 0.9, "The cat sat.": 0.9, "A fish swam.": 0.9}))
    fish_first = answerer.ask(Question("fish"))
    assert [one.quote for one in fish_first.citations] == ["A fish swam.", "The cat sat.", "The cat and the dog slept."]
    cat_first = answerer.ask(Question("cat cat sat"))
    assert [one.quote for one in cat_first.citations] == ["The cat sat.", "The cat and the dog slept.", "A fish swam."]


@pytest.mark.parametrize("limit", [1, 2, 5])
def test_an_answer_has_no_more_sentences_than_the_limit(library: Library, limit: int):
    answer = Answerer(library, SureReader()).ask(Question("cat"), limit)
    _check(answer, library)
    assert len(answer.sentences) == limit


def test_only_the_named_documents_are_quoted(library: Library):
    answer, hits = Answerer(library, SureReader()).ask_with_passages(Question("Where is the cat?", documents=("b",)))
    _check(answer, library)
    assert {hit.document.id for hit in hits} == {one.document.id for one in answer.citations} == {"b"}


def test_no_more_passages_are_read_than_twelve_and_for_a_follow_up_those_of_both_readings_once(
    make_library: MakeLibrary, by_hand_encoder: ByHand
):
    texts = {f"two{number}.txt": f"The cat and the bird {number}." for number in range(30)}
    texts |= {f"all{number}.txt": f"The cat and the bird and the fish {number}." for number in range(30)}
    answerer = Answerer(make_library(texts, by_hand_encoder("cat fish bird")), SureReader())
    _, asked = answerer.ask_with_passages(Question("cat"))
    earlier = (Message("user", "Where is the bird?"), Message("user", "Where is the fish?"))
    answer, both = answerer.ask_with_passages(Question("cat", earlier))
    assert answer.standalone_question == "cat (bird)"  # and the wider reading is "cat (bird fish)"
    assert len(asked) == PASSAGES_READ == 12
    assert len(both) == 2 * PASSAGES_READ
    assert len({hit.number for hit in both}) == len(both)
    assert [hit.document.id[:3] for hit in both] == ["two"] * 12 + ["all"] * 12


def test_a_passage_that_both_readings_of_a_follow_up_find_is_read_once(answerer: Answerer):
    answer, hits = answerer.ask_with_passages(Question("cat", (Message("user", "fish"),)))
    assert answer.standalone_question == "cat (fish)"
    assert [hit.document.id for hit in hits] == ["b", "a"]


# Steps


def test_the_steps_are_question_passages_sentences_answer(answerer: Answerer):
    steps = list(answerer.steps(Question("Did a cat and a dog do anything?")))
    assert [type(step) for step in steps] == [Understood, Passages, Sentence, Sentence, Answer]
    assert isinstance(steps[1], Passages)
    assert isinstance(steps[-1], Answer)
    assert steps[0] == steps[1].understood
    assert steps[2:-1] == list(steps[-1].sentences)
    answer, hits = answerer.ask_with_passages(Question("Did a cat and a dog do anything?"))
    assert (answer, [hit.number for hit in hits]) == (steps[-1], [hit.number for hit in steps[1].hits])


def test_an_abstention_has_the_same_steps_without_sentences(library: Library):
    steps = list(Answerer(library, SureReader(0)).steps(Question("cat")))
    assert [type(step) for step in steps] == [Understood, Passages, Answer]


def test_a_question_that_cannot_be_asked_is_refused_at_the_first_step(answerer: Answerer):
    with pytest.raises(InvalidQuestion):
        next(iter(answerer.steps(Question("?!"))))
    with pytest.raises(DocumentNotFound):
        answerer.ask(Question("cat", documents=("missing",)))


def test_whoever_stops_halfway_leaves_the_library_free(answerer: Answerer, library: Library):
    for _ in range(40):
        steps = answerer.steps(Question("Where is the cat?"))
        next(steps)
        next(steps)
        steps.close()
    library.remove("a")
    assert {one.document.id for one in answerer.ask(Question("Where is the cat?")).citations} == {"b"}


def test_an_answer_is_of_one_generation_though_the_library_changes_meanwhile(answerer: Answerer, library: Library):
    steps = answerer.steps(Question("Did a cat and a dog do anything?"))
    next(steps)
    passages = next(steps)
    library.remove("a")
    library.remove("b")
    *_, answer = steps
    assert isinstance(passages, Passages)
    assert isinstance(answer, Answer)
    assert {one.document.id for one in answer.citations} == {hit.document.id for hit in passages.hits} == {"a", "b"}
    assert answerer.ask(Question("Did a cat and a dog do anything?")).reason == "empty_library"


# The same bytes


QUESTION = Question("Did it sleep?", (Message("user", "Where is the cat?"),), ("a", "b"))


def test_the_same_question_to_the_same_library_gives_the_same_bytes(library: Library):
    reader = LateInteractionReader(library.encoder)
    first, again = (Answerer(library, reader).ask(QUESTION).as_json() for _ in range(2))
    assert first == again


def test_a_library_opened_anew_gives_the_same_bytes(editorial_library: Library):
    opened = Library.open(editorial_library.folder)
    for text in ("How frequent is CD19- relapse?", "Who won the cup in 1998?"):
        given = [Answerer(one, LateInteractionReader(one.encoder)).ask(Question(text)).as_json() for one in (editorial_library, opened)]
        assert given[0] == given[1]
    opened.close()


def test_the_id_differs_when_anything_differs_that_the_answer_depends_on(
    library: Library, make_library: MakeLibrary, by_hand_encoder: ByHand
):
    reader = LateInteractionReader(library.encoder)
    usual = Answerer(library, reader)
    other_encoder = make_library(PETS, by_hand_encoder("cat dog fish bird"))
    ids = [
        usual.ask(QUESTION).id,
        usual.ask(Question("Did it sit?", QUESTION.history, QUESTION.documents)).id,
        usual.ask(Question(QUESTION.text, (Message("user", "Where is the dog?"),), QUESTION.documents)).id,
        usual.ask(Question(QUESTION.text, (Message("assistant", "Where is the cat?"),), QUESTION.documents)).id,
        usual.ask(Question(QUESTION.text, QUESTION.history, ("a",))).id,
        usual.ask(QUESTION, limit=3).id,
        Answerer(library, LexicalReader()).ask(QUESTION).id,
        Answerer(library, reader, least_confidence=0.5).ask(QUESTION).id,
        Answerer(other_encoder, LateInteractionReader(other_encoder.encoder)).ask(QUESTION).id,
    ]
    library.add(read_document("c.txt", b"Another document."))
    ids.append(usual.ask(QUESTION).id)
    library.remove("c")
    ids.append(usual.ask(QUESTION).id)
    assert len(set(ids)) == len(ids)
