"""Follow-ups: what a question takes from the conversation before it (module qa.followups)."""

import time

import pytest

from qa.conversation import Conversation, Turn
from qa.followups import Resolution, gaps, resolved
from qa.phrases import phrases


def _conversation(*texts: str) -> list[Turn]:
    """Questions and answers by turns, the first a question."""
    return [Turn(number % 2 == 0, text) for number, text in enumerate(texts)]


@pytest.mark.parametrize(
    ("earlier", "asked", "standalone"),
    [
        pytest.param(
            ["What does CD28 costimulation do?", "CD28 costimulation increased persistence. [1]"],
            "Why does that help?",
            "Why does CD28 costimulation help?",
            id="that",
        ),
        pytest.param(
            ["What is primary CNS lymphoma?", "It is rare. [1]"],
            "And its one-year survival?",
            "And primary CNS lymphoma’s one-year survival?",
            id="its",
        ),
        pytest.param(
            ["What does the wombat do?", "It digs."], "How many does it dig?", "How many does the wombat dig?", id="with its article"
        ),
        pytest.param(["What are CAR T cells?", "Lymphocytes."], "Who made them?", "Who made CAR T cells?", id="them"),
        pytest.param(["Who is Carl June?", "A physician."], "Where did he work?", "Where did Carl June work?", id="he"),
        pytest.param(["What are BTK inhibitors?", "x"], "What is their target?", "What is BTK inhibitors’ target?", id="their"),
        pytest.param(["What is ibrutinib?", "x"], "It works how?", "Ibrutinib works how?", id="at the start, in a capital"),
        pytest.param(
            ["What is BTK?", "x"],
            "Which drugs inhibit that kinase?",
            "Which drugs inhibit that kinase (BTK)?",
            id="that kinase, another word",
        ),
        pytest.param(["What is BTK?", "x"], "Which drugs inhibit that?", "Which drugs inhibit BTK?", id="that, at the end"),
        pytest.param(
            ["What is Bruton tyrosine kinase?", "x"],
            "Which drugs inhibit the kinase?",
            "Which drugs inhibit the Bruton tyrosine kinase?",
            id="the kinase, known by a longer name",
        ),
        pytest.param(["Did CAR-T therapy cure lymphoma?", "x"], "Why?", "Why? (CAR-T therapy cure lymphoma)", id="nothing of its own"),
        pytest.param(
            ["How effective is the first drug in CLL?", "x"],
            "What about the second drug?",
            "How effective is the second drug in CLL?",
            id="a phrase exchanged for one with the same last word",
        ),
        pytest.param(
            ["What are the causes of stigma in Africa?", "x"],
            "And in Asia?",
            "What are the causes of stigma in Asia?",
            id="a phrase exchanged for one behind the same preposition",
        ),
        pytest.param(["Does ibrutinib work?", "x"], "What about mice?", "What about mice? (ibrutinib)", id="nothing to exchange it for"),
    ],
)
def test_a_follow_up_is_understood_from_what_was_spoken_of(earlier: list[str], asked: str, standalone: str):
    assert resolved(asked, _conversation(*earlier)).standalone == standalone


@pytest.mark.parametrize(
    "asked",
    [
        pytest.param("Which kinases are blocked by ibrutinib?", id="a whole question of its own"),
        pytest.param("What is BTK, and who inhibits it?", id="a pronoun for what the question names itself"),
        pytest.param("Is it possible to treat neurotoxicity with tocilizumab early?", id="a pronoun that stands for nothing"),
        pytest.param("Which trials showed that tocilizumab prevents neurotoxicity?", id="that as a conjunction"),
    ],
)
def test_a_change_of_topic_is_left_alone(asked: str):
    assert resolved(asked, _conversation("What is CAR-T?", "A therapy. [1]")) == Resolution(asked, ())


def test_what_an_answer_cited_can_be_what_is_meant():
    earlier = _conversation("What should be checked?", "Lobular carcinoma should be checked; lobular carcinoma grows slowly. [1]")
    assert resolved("How deadly is it?", earlier) == Resolution("How deadly is Lobular carcinoma?", ("Lobular carcinoma",))


def test_marks_of_citations_are_no_words_of_an_answer():
    assert resolved("Why is it?", [Turn(False, "[1] [2]")]) == Resolution("Why is it?", ())


def test_without_a_conversation_nothing_is_filled_in():
    assert resolved("Why does it help?", []) == Resolution("Why does it help?", ())


@pytest.mark.parametrize(
    ("text", "found"),
    [
        pytest.param("Does ibrutinib help patients with CLL?", ["ibrutinib", "patients", "CLL"], id="parted by words that name nothing"),
        pytest.param("IL‐6 inhibitors, 4-1BB costimulation", ["IL‐6 inhibitors", "4-1BB costimulation"], id="hyphens tie, commas part"),
        pytest.param("The Mothers of Invention split", ["Mothers of Invention split"], id="of inside a name"),
        pytest.param("treating ear mites", ["ear mites"], id="a verb before"),
        pytest.param("disorders perceived", ["disorders"], id="a verb behind"),
        pytest.param("one two three", [], id="nothing named"),
        pytest.param("a1 b2 c3 d4 e5 f6 g7", ["b2 c3 d4 e5 f6 g7"], id="no longer than six words"),
    ],
)
def test_phrases_are_runs_of_words_that_name_something(text: str, found: list[str]):
    assert [phrase.text for phrase in phrases(text)] == found


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        pytest.param("Did it cure her?", [("one", "whole"), ("person", "whole")], id="two of them"),
        pytest.param("Did her doctors agree?", [("person", "possessive")], id="her doctors"),
        pytest.param("Did these work when they were given?", [("many", "whole")], id="each number once"),
        pytest.param("How early should the allogeneic one be done?", [("one", "determiner")], id="the allogeneic one"),
        pytest.param("Did one of the patients relapse in one year?", [], id="a number"),
        pytest.param("Does this drug help?", [("one", "determiner")], id="this drug"),
        pytest.param("It seems so. Which drugs help?", [], id="it seems"),
    ],
)
def test_gaps_are_the_pronouns_that_point_out_of_the_question(asked: str, found: list[tuple[str, str]]):
    assert [(gap.number, gap.form) for gap in gaps(asked)] == found


def test_the_same_conversation_is_always_understood_the_same():
    earlier = _conversation("Compare alpha with beta and gamma with delta.", "x")
    assert {resolved("Why it?", earlier) for _ in range(20)} == {resolved("Why it?", earlier)}
    assert [mention.phrase.text for mention in Conversation(earlier).mentions] == ["alpha", "beta", "gamma", "delta", "x"]


@pytest.mark.parametrize("asked", ["it " * 660, "the kinase " * 180, "and about " * 200, "a, " * 660])
def test_hostile_questions_are_understood_in_no_time(asked: str):
    earlier = _conversation("kinase inhibitor kinase " * 800, "that kinase " * 1_600) * 50
    started = time.process_time()
    assert len(resolved(asked, earlier).standalone) < 20_000
    assert time.process_time() - started < 0.5
