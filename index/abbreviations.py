"""Abbreviations as documents themselves define them, by the algorithm of Schwartz and Hearst (Pacific Symposium on Biocomputing 2003).

Found are `full form (SF)`, `SF (full form)`, and the lists of captions: `SF, full form; SF2, full form`. The packages at hand give no
places, and do not know the many hyphens that journals set.
"""

from collections.abc import Iterator
from typing import NamedTuple

import regex

from index.shadow import is_function_word, plain, terms

_BRACKETED = regex.compile(r"\(([^()\[\]]{2,120})\)")
_LISTED = regex.compile(r"(?:^|[:;.]\s+)(?P<short>[^\s,:;.()=]{2,10})\s?[,:=]\s(?P<long>[^,:;.()=]{4,100})(?=[;.]|$)", regex.MULTILINE)
_SHORT = regex.compile(r"(?=[^\p{Lu}]*\p{Lu})(?=(?:.*?[\p{Lu}\p{N}]){2})[\p{L}\p{N}][\p{L}\p{N}+/\-]{1,9}")
_WORD, _SPACE = regex.compile(r"\S+"), regex.compile(r"\s")
_PLURAL = regex.compile(r"(?<=[\p{Lu}\p{N}])s$")
_NO_FORM = regex.compile(r"[()\[\]\n]|[.?!:;,]\s|\.\p{L}|^[^\s-]*$")  # of several sentences, with brackets, or of one word
_BEFORE = 200  # characters before a bracket that may hold the full form


class Abbreviation(NamedTuple):
    """A short form and the full form that a document gives for it, both with plain hyphens; the short one in the singular."""

    short: str
    long: str

    @property
    def key(self) -> str:
        """What the full form is found by: its search terms."""
        return key_of(self.long)


def abbreviations(text: str) -> list[Abbreviation]:
    """The abbreviations that a text defines, each once, in order."""
    seen = plain(text)
    return list(dict.fromkeys([*_bracketed(seen), *_listed(seen)]))


def short_form(word: str) -> str | None:
    """The word as an abbreviation is looked up, in the singular; None if it does not look like one."""
    bare = _PLURAL.sub("", plain(word))
    return bare if _SHORT.fullmatch(bare) else None


def key_of(long: str) -> str:
    """The search terms of a full form as one string, by which differently hyphenated and inflected forms are the same."""
    return " ".join(terms(apart(long)))


def apart(text: str) -> str:
    """The text with the parts of compounds as words of their own, each in its place."""
    return plain(text).replace("-", " ")


def _bracketed(text: str) -> Iterator[Abbreviation]:
    for match in _BRACKETED.finditer(text):
        before = text[max(0, match.start() - _BEFORE) : match.start()].rstrip()
        inside = regex.split(r"[;,]", match[1])[0].strip()
        if short := short_form(inside):
            yield from _defined(short, before)
        elif (last := regex.search(r"\S+$", before)) and (short := short_form(last[0])):
            yield from _defined(short, inside, whole=True)


def _listed(text: str) -> Iterator[Abbreviation]:
    for match in _LISTED.finditer(text, overlapped=True):
        if short := short_form(match["short"]):
            yield from _defined(short, match["long"].strip(), whole=True)


def _defined(short: str, text: str, whole: bool = False) -> Iterator[Abbreviation]:
    """The full form of `short` at the end of the text, if it is there; whole: it must be all of the text."""
    words = [match.start() for match in _WORD.finditer(text)]
    most = min(len(short) + 5, 2 * len(short))
    candidate = text[words[-most] :] if len(words) > most else text
    start = _start_of_full_form(short, candidate)
    if start is None or (whole and start):
        return
    long = candidate[start:].strip(" \"',;:")
    if len(long) > len(short) + 1 and not _NO_FORM.search(long) and not _says(long, short):
        yield Abbreviation(short, long)


def _start_of_full_form(short: str, text: str) -> int | None:
    """Where in the text the words begin that hold the letters of `short` in order, the first of them at a word's beginning."""
    letters = [character for character in short.casefold() if character.isalnum()]
    lowered, place = text.casefold(), len(text)
    if len(lowered) != len(text):
        return None
    for number, letter in reversed(list(enumerate(letters))):
        place -= 1
        while place >= 0 and not (lowered[place] == letter and (number or place == 0 or not lowered[place - 1].isalnum())):
            place -= 1
        if place < 0:
            return None
    start = max((space.end() for space in _SPACE.finditer(text, 0, place)), default=0)
    return None if is_function_word(regex.split(r"\W", text[start:])[0]) else start


def _says(long: str, short: str) -> bool:
    return short in regex.split(r"[\s-]", long)
