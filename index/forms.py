"""Forms: where a text abbreviates, or spells out, what the library's documents also write the other way."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

import regex

from index.abbreviations import apart, key_of, short_form
from index.shadow import Word, words

_SIGN = regex.compile(r"[.?!:;,()]")
LONGEST_FULL_FORM = 10  # words

Lookup = Callable[[Iterable[str]], dict[str, str]]
Span = tuple[int, int]


class Form(NamedTuple):
    """Words of a text as they were typed, and the other form of them."""

    typed: str
    other: str


def forms(text: str, full_forms: Lookup, short_forms: Lookup) -> tuple[Form, ...]:
    """The forms in a text, in order, none inside another; those whose other form the text holds too are left out."""
    parts = list(words(apart(text)))
    shorts, longs = dict(_shorts(text, parts)), dict(_longs(text, parts))
    full, short = full_forms(shorts.values()), short_forms(longs.values())
    known = {span: full[key] for span, key in shorts.items() if key in full} | {
        span: short[key] for span, key in longs.items() if key in short
    }
    found = (Form(text[start:end], known[start, end]) for start, end in _apart(known))
    key = key_of(text)
    return tuple(form for form in found if not holds(key, form.other) and form.other not in shorts.values())


def holds(key: str, form: str) -> bool:
    """Whether a text, given by its key (`index.abbreviations.key_of`), holds a form, however it is inflected and hyphenated."""
    return f" {key_of(form)} " in f" {key} "


def in_other_forms(text: str, held: Iterable[Form]) -> str:
    """The text with each of the forms it holds replaced by the other, wherever it stands."""
    for typed, other in held:
        text = other.join(regex.split(rf"(?<![\p{{L}}\p{{N}}]){regex.escape(typed)}(?![\p{{L}}\p{{N}}])", text))
    return text


def _shorts(text: str, parts: Sequence[Word]) -> Iterator[tuple[Span, str]]:
    """Words and parts of compounds that look abbreviated, with what they are looked up by."""
    for word in [*words(text), *parts]:
        if short := short_form(text[word.start : word.end]):
            yield (word.start, word.end), short


def _longs(text: str, parts: Sequence[Word]) -> Iterator[tuple[Span, str]]:
    """Runs of words that no sign parts, with what a full form is looked up by."""
    for first in range(len(parts)):
        for last in range(first + 2, min(first + LONGEST_FULL_FORM, len(parts)) + 1):
            run = parts[first:last]
            if _SIGN.search(text, run[-2].end, run[-1].start):
                break
            yield (run[0].start, run[-1].end), " ".join(term for word in run for term in word.terms)


def _apart(spans: Iterable[Span]) -> list[Span]:
    """The spans that touch no longer one, in order."""
    kept: list[Span] = []
    for start, end in sorted(spans, key=lambda span: (span[0] - span[1], span)):
        if all(end <= other[0] or other[1] <= start for other in kept):
            kept.append((start, end))
    return sorted(kept)
