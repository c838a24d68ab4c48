"""Phrases: runs of words that name something, found by what their words are and how they touch, without a parser."""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import NamedTuple

import regex

from index.shadow import is_function_word, plain, words

LONGEST_PHRASE = 6  # words

# Words that are no function words, yet name nothing: a phrase neither begins, ends nor goes on with one.
LIGHT = frozenset(
    "able according actually affect affected affects ago although among anything article aspect aspects based became become becomes began "
    "begin best better big call called came cannot cause caused causes certain come comes common compare compared consider considered "
    "considering day days describe detail details died differ difference differences different else end ended even ever every everything "
    "example examples expand explain far feel feels find first found gave get gets getting give given gives go goes going good got happen "
    "happened happening happens hear heard help helped helps hence hi hold huge important include included includes including information "
    "interesting keep kept kind kinds know known large last lasted lasts later learn least leave left like likely list long look looking "
    "looks lose lost lot lots made main make makes making many may maybe mean means meant meet mention mentioned might much must name "
    "named need needed needs never new next okay ok often old one others part parts per perhaps place play played please point possible "
    "put read really reason reasons recommend regarding related said same saw say says second see seem seems seen several shall show "
    "showed shown shows significant similar since small someone something soon sort start started still sure take taken takes talk tell "
    "thank thanks therefore thing things think third though thought three thus time times today told took toward tried try two type types "
    "understand upon use used useful uses using various versus via vs want wanted wants way ways went whether whose win within without won "
    "work worked working works worth worse wow write wrote year years yes yet".split()
)
_BREAK = regex.compile(r"[^\s\"“”'‘’]")
_NAME = regex.compile(r"[\p{Lu}\p{N}]")


class SpokenWord(NamedTuple):
    """A word of a text at `[start, end)`, with its last search term; names: whether it can be part of a phrase."""

    text: str
    start: int
    end: int
    term: str
    names: bool

    @property
    def plain(self) -> str:
        return plain(self.text).lower()


class Phrase(NamedTuple):
    """A run of words at `[start, end)` of a text that names something; `before` is the word it follows."""

    text: str
    start: int
    end: int
    terms: frozenset[str]
    head: str
    named: bool
    before: str


def words_of(text: str) -> list[SpokenWord]:
    """The words of a text, in order."""
    found = ((text[word.start : word.end], word) for word in words(text) if word.terms)
    return [SpokenWord(typed, word.start, word.end, word.terms[-1], _names(typed)) for typed, word in found]


@lru_cache(maxsize=65536)
def _names(typed: str) -> bool:
    return not is_function_word(typed) and plain(typed).lower() not in LIGHT


def phrases(text: str) -> Iterator[Phrase]:
    """The phrases of a text, in order: runs of words that name something, as long as no sign parts them."""
    held = words_of(text)
    first = 0
    while first < len(held):
        after = end_of_run(text, held, first)
        if after > first and (run := _trimmed(held[first:after])):
            yield _phrase(text, run, held[first - 1].plain if first else "")
        first = max(after, first + 1)


def end_of_run(text: str, held: Sequence[SpokenWord], first: int) -> int:
    """The number of the word after the run that begins with word `first`; a name goes on after `of`: `Mothers of Invention`."""
    after = first
    while after < len(held) and held[after].names and (after == first or touch(text, held[after - 1], held[after])):
        after += 1
        if held[after - 1].text[0].isupper() and _is_of_name(held[after : after + 2]):
            after += 1
    return after


def _is_of_name(following: Sequence[SpokenWord]) -> bool:
    return len(following) == 2 and following[0].text == "of" and following[1].names and following[1].text[0].isupper()


def _trimmed(run: Sequence[SpokenWord]) -> Sequence[SpokenWord]:
    """The run without the verbs at its ends, as far as their endings give them away: `treating ear mites`, `disorders perceived`."""
    while run and run[-1].text.islower() and run[-1].text.endswith(("ed", "ly")):
        run = run[:-1]
    while len(run) > 1 and run[0].text.islower() and run[0].text.endswith(("ing", "ly")):
        run = run[1:]
    return run[-LONGEST_PHRASE:]


def touch(text: str, left: SpokenWord, right: SpokenWord) -> bool:
    """Whether nothing but space and quotation marks stands between two words."""
    return not _BREAK.search(text[left.end : right.start])


def _phrase(text: str, run: Sequence[SpokenWord], before: str) -> Phrase:
    start, end = run[0].start, run[-1].end
    opens = text[max(0, start - 5) : start].rstrip()[-1:] in ("", *".?!:")  # a capital there makes no name
    named = _NAME.search(text, start + opens, end) is not None
    return Phrase(text[start:end], start, end, frozenset(word.term for word in run if word.names), run[-1].term, named, before)


def is_plural(text: str) -> bool:
    """Whether a phrase looks like a plural."""
    return text.endswith("s") and not text.endswith(("ss", "us", "is"))
