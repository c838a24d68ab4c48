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
    ("text", "earlier", "context"),
    [
        pytest.param("How long did it last?", ["What is CD19- relapse?"], "CD19- relapse", id="a pronoun"),
        pytest.param("Which drugs inhibit that kinase in patients?", ["What is BTK?"], "BTK", id="a demonstrative"),
        pytest.param(
            "And in relapsed lymphoma after transplantation?", ["Does ibrutinib work?"], "ibrutinib work", id="it begins with and"
        ),
        pytest.param("What about zanubrutinib in lymphoma patients?", ["Does ibrutinib work?"], "ibrutinib work", id="what about"),
        pytest.param("Why?", ["Did CAR-T fail?"], "CAR-T fail", id="no content word of its own"),
        pytest.param("Side effects?", ["Does ibrutinib work?"], "ibrutinib work", id="two content words"),
        pytest.param("Why?", ["Which IL‐6 inhibitors?", "And BTK?"], "IL‐6 inhibitors BTK", id="several earlier questions, in order"),
        pytest.param("And CD19+?", ["Is CD19- frequent?"], "CD19- frequent", id="the opposite sign is another word"),
        pytest.param("Is it frequent?", ["How frequent is IL‐6?", "IL-6 frequently"], "IL‐6", id="no word twice, in any form"),
        pytest.param("Which kinases are blocked by ibrutinib?", ["What is CAR-T?"], "", id="a whole question of its own"),
        pytest.param("Why?", ["What is it?"], "", id="earlier questions without content"),
        pytest.param("How long did it last?", ["What's the survival?"], "survival", id="a contraction"),
        pytest.param("How long did it last?", ["What’s the survival?"], "survival", id="a contraction with a curly apostrophe"),
    ],
)
def test_a_follow_up_borrows_the_content_words_of_earlier_questions_that_it_lacks(text: str, earlier: list[str], context: str):
    understood = _understood(text, *earlier)
    assert understood == Understood(text, context)
    assert understood.standalone == (f"{text} ({context})" if context else text)


def test_what_the_assistant_said_is_not_borrowed():
    history = (Message("user", "What is BTK?"), Message("assistant", "Bruton’s tyrosine kinase, see zanubrutinib."))
    assert Question("Who inhibits it?", history).understood().context == "BTK"
    assert Question("Who inhibits it?", history[1:]).understood().context == ""


# BUG: all words of all earlier questions are borrowed: the longest history makes a question of a million characters, seconds of work.
def test_what_a_long_conversation_lends_keeps_the_length_of_a_question():
    history = tuple(Message("user", " ".join(f"word{number}of{message}" for number in range(100))) for message in range(MOST_MESSAGES))
    understood = Question("Why did it fail?", history).understood()
    assert understood.context
    assert len(understood.standalone) <= 2 * LONGEST_QUESTION
