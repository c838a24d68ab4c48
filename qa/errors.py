"""What can go wrong with a question.

* AnsweringError
  + InvalidQuestion     empty, too long, or a conversation that cannot be followed
  + InvalidQuestionSet  a line of a question set for `footnote eval` is not what it should be
  + UnknownReader       a reader of that name does not exist
"""


class AnsweringError(Exception):
    """Everything `qa` raises on purpose; the message says what happened and what to do next."""


class InvalidQuestion(AnsweringError):
    """The question cannot be asked."""


class InvalidQuestionSet(AnsweringError):
    """A question set cannot be used."""


class UnknownReader(AnsweringError):
    """There is no reader of that name."""
