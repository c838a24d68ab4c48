"""Variants: a question as hurried people, other typesetters and conversations would write it."""

import random

import regex

from index.shadow import is_function_word

_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_WORD = regex.compile(r"[\p{L}\p{N}]+(?:[-'’][\p{L}\p{N}]+)*")


def varied(question: str, dice: random.Random) -> str:
    """The question as it is, most of the time, or one of its variants."""
    if dice.random() < 0.15:
        question = question.rstrip(" ?.")
    chance = dice.random()
    if chance < 0.06:
        return _mistyped(question, dice)
    if chance < 0.12:
        return _rehyphenated(question, dice)
    return _as_follow_up(question, dice) if chance < 0.18 else question


def _mistyped(question: str, dice: random.Random) -> str:
    """A letter of a longer word dropped, doubled, changed or swapped with the next."""
    long = [match for match in _WORD.finditer(question) if len(match[0]) >= 5]
    if not long:
        return question
    match = dice.choice(long)
    place = dice.randrange(match.start() + 1, match.end() - 1)
    one, two = question[place], question[place + 1]
    return question[:place] + dice.choice([two, one + one + two, dice.choice(_LETTERS) + two, two + one]) + question[place + 2 :]


def _rehyphenated(question: str, dice: random.Random) -> str:
    return question.replace("-", dice.choice(["", " ", "\u2010", "\u2011", "\u2013"]))


def _as_follow_up(question: str, dice: random.Random) -> str:
    """A word of the question behind it in brackets, a pronoun in its place: the form a standalone question has."""
    meant = [match for match in _WORD.finditer(question) if not is_function_word(match[0])]
    if len(meant) < 3:
        return question
    match = dice.choice(meant)
    return f"{question[: match.start()]}{dice.choice(['it', 'that', 'they', 'this'])}{question[match.end() :]} ({match[0]})"
