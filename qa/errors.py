"""What can go wrong with a question.

* AnsweringError
  + InvalidQuestion     empty, too long, or a conversation that cannot be followed
  + InvalidQuestionSet  a line of a question set for `footnote eval` is not what it should be
  + InvalidCalibration  a calibration cannot be read, or too few questions are given to make one
  + UnknownReader       a reader of that name does not exist
  + ReaderUnavailable   a reader's model is not the one that was shipped, or cannot be loaded
"""


class AnsweringError(Exception):
    """Everything `qa` raises on purpose; the message says what happened and what to do next."""


class InvalidQuestion(AnsweringError):
    """The question cannot be asked."""


class InvalidQuestionSet(AnsweringError):
    """A question set cannot be used."""


class InvalidCalibration(AnsweringError):
    """A calibration cannot be read or made."""


class ReaderUnavailable(AnsweringError):
    """A reader's model cannot be used."""


class UnknownReader(AnsweringError):
    """There is no reader of that name."""
