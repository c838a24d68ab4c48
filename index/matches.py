"""Matches: the words of a question that stand in a passage, and where."""

from collections import defaultdict
from collections.abc import Iterable, Iterator
from typing import NamedTuple

from index.shadow import IDEOGRAPHS, is_function_word, terms, words

Span = tuple[int, int]


class Match(NamedTuple):
    """A word of a question as it was typed, and every `[start, end)` of a text where a word has one of its search terms."""

    term: str
    spans: tuple[Span, ...]


def matches(question: str, text: str) -> tuple[Match, ...]:
    """The words of a question that a text holds, in the order of the question, each once, however they are inflected and hyphenated.

    Function words are left out: they are counted by search, but tell nobody why a passage was found.
    """
    places: defaultdict[str, set[Span]] = defaultdict(set)
    for span, held in _places(text):
        for term in held:
            places[term].add(span)
    found: dict[tuple[str, ...], Match] = {}
    for word in words(question):
        typed = question[word.start : word.end]
        spans = {span for term in word.terms for span in places.get(term, ())}
        if spans and not is_function_word(typed):
            found.setdefault(word.terms, Match(typed, _joined(spans)))
    return tuple(found.values())


def _places(text: str) -> Iterator[tuple[Span, Iterable[str]]]:
    """The words of a text with their terms; where a script writes no spaces, its characters, which are terms there."""
    for word in words(text):
        if IDEOGRAPHS.search(text, word.start, word.end):
            yield from (((at, at + 1), terms(text[at])) for at in range(word.start, word.end))
        else:
            yield (word.start, word.end), word.terms


def _joined(spans: Iterable[Span]) -> tuple[Span, ...]:
    """The spans in order, those that touch as one."""
    joined: list[Span] = []
    for start, end in sorted(spans):
        begun = joined.pop()[0] if joined and joined[-1][1] == start else start
        joined.append((begun, end))
    return tuple(joined)
