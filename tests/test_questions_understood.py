"""Questions: what can be asked, and what a follow-up means without its conversation (module qa.questions)."""

import pytest

from qa.errors import InvalidQuestion
from qa.questions import LONGEST_MESSAGE, LONGEST_QUESTION, MOST_MESSAGES, Message, Question, Understood


def _understood(text: str, *earlier: str) -> Understood:
    return Question(text, tuple(Message("user", content) for content in earlier)).understood()


@pytest.mark.parametrize("text", ["x", "What?", "87", "治", "\u200bwhat", "x" * LONGEST_QUESTION])
def test_a_question_with_a_letter_or_digit_can_be_asked(text: str):
    assert Question(text).checked() == Question(text)


@pytest.mark.parametrize(
    ("question", "reason"),
    [
        pytest.param(Question(""), "holds no word", id="empty"),
        pytest.param(Question(" \n\u3000"), "holds no word", id="blank"),
        pytest.param(Question("?! … 👩‍🔬"), "holds no word", id="signs alone"),
        pytest.param(Question("\u0301"), "holds no word", id="a mark without its letter"),
        pytest.param(Question("x" * (LONGEST_QUESTION + 1)), f"{LONGEST_QUESTION + 1} characters", id="too long"),
        pytest.param(Question("x", (Message("user", "y"),) * (MOST_MESSAGES + 1)), f"{MOST_MESSAGES + 1} messages", id="too many messages"),
        pytest.param(
            Question("x", (Message("assistant", "y" * (LONGEST_MESSAGE + 1)),)), f"{LONGEST_MESSAGE + 1} characters", id="a long message"
        ),
        pytest.param(Question("what is \udc80"), "question", id="half a surrogate pair, as a broken command line gives it"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_the_reason_and_without_the_text(question: Question, reason: str):
    with pytest.raises(InvalidQuestion, match=reason) as caught:
        question.checked()
    assert question.text.strip() not in str(caught.value) or not question.text.strip() or question.text == "x"


def test_the_longest_history_can_be_asked():
    question = Question("x", (Message("user", "y" * LONGEST_MESSAGE),) * MOST_MESSAGES)
    assert question.checked() is question


def test_without_a_conversation_a_question_is_understood_as_it_stands():
    assert _understood("  How long did it last? ") == Understood("How long did it last?", "")
    assert _understood("  How long did it last? ").standalone == "How long did it last?"


@pytest.mark.parametrize(
    ("text", "earlier", "context", "standalone"),
    [
        pytest.param(
            "How long did it last?", ["What is CD19- relapse?"], "CD19- relapse", "How long did CD19- relapse last?", id="a pronoun"
        ),
        pytest.param("And CD19+?", ["Is CD19- frequent?"], "CD19- frequent", "And CD19+? (CD19- frequent)", id="it begins with and"),
        pytest.param("Is it frequent?", ["How frequent is IL‐6?"], "IL‐6", "Is IL‐6 frequent?", id="a typographic hyphen is kept"),
        pytest.param("Which kinases are blocked by ibrutinib?", ["What is CAR-T?"], "", "", id="a whole question of its own"),
        pytest.param("Why?", ["What is it?"], "", "", id="earlier questions without content"),
        pytest.param("How long did it last?", ["What’s the survival?"], "survival", "How long did the survival last?", id="a contraction"),
    ],
)
def test_a_follow_up_borrows_what_it_lacks_from_earlier_questions(text: str, earlier: list[str], context: str, standalone: str):
    understood = _understood(text, *earlier)
    assert (understood.asked, understood.context, understood.standalone) == (text, context, standalone or text)


def test_the_ways_to_write_a_question_that_was_understood():
    understood = Understood("Who made it?", "ibrutinib", "Who made ibrutinib?", "ibrutinib CLL")
    assert understood.standalone == "Who made ibrutinib?"
    assert understood.with_context == "Who made it? (ibrutinib)"
    assert understood.with_background == "Who made it? (ibrutinib CLL)"
    alone = Understood("Who made ibrutinib?")
    assert {alone.standalone, alone.with_context, alone.with_background} == {"Who made ibrutinib?"}


def test_the_background_is_every_content_word_of_the_earlier_questions_that_the_new_one_lacks_once():
    understood = _understood("Who made it for CLL?", "Which IL‐6 inhibitors?", "Do IL-6 inhibitors help in CLL?")
    assert understood.background == "IL‐6 inhibitors help"


def test_what_the_assistant_said_can_be_borrowed():
    history = (Message("user", "What should I take?"), Message("assistant", "Zanubrutinib is better than ibrutinib. [1]"))
    assert Question("Who makes it?", history).understood().standalone == "Who makes Zanubrutinib?"


# BUG: all words of all earlier questions are borrowed: the longest history makes a question of a million characters, seconds of work.
def test_what_a_long_conversation_lends_keeps_the_length_of_a_question():
    history = tuple(Message("user", " ".join(f"word{number}of{message}" for number in range(100))) for message in range(MOST_MESSAGES))
    understood = Question("Why did it fail?", history).understood()
    assert understood.context
    assert len(understood.standalone) <= 2 * LONGEST_QUESTION
