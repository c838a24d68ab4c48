"""The search shadow: how text is seen by search, never by a reader of an answer.

Typographic variants (the many Unicode hyphens, no-break spaces, curly quotes, case, diacritics, ligatures, Greek letters
beside Latin ones) are folded away, so that `CD19-`, `4-1BB` and `IL-6` typed in ASCII find `CD19‐`, `4‐1BB` and `IL‐6`.
Words are found in the original text and folded one by one, so every word keeps its exact place.
"""

import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache

import regex
import Stemmer

_HYPHENS = "\u2010\u2011\u2012\u2013\u2212\ufe58\ufe63\uff0d"
_SPACES = "\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
_SIGNS = "\u207a\u207b\uff0b"  # superscript plus and minus, full-width plus
_LOOK_ALIKES = str.maketrans(
    {
        **dict.fromkeys(_HYPHENS, "-"),
        **dict.fromkeys(_SPACES, " "),
        **dict.fromkeys("\u2018\u2019\u201a\u201b\u2032", "'"),
        **dict.fromkeys("\u201c\u201d\u201e\u201f\u2033", '"'),
    }
)
_GREEK_NAMES = dict(
    zip(
        "αβγδεζηθικλμνξοπρστυφχψω",
        "alpha beta gamma delta epsilon zeta eta theta iota kappa lambda mu nu xi omicron pi rho sigma tau upsilon phi chi psi "
        "omega".split(),
        strict=True,
    )
)

# A word: numbers keep their separators, letters their apostrophes; hyphens tie words into a compound, and a sign
# after a word that ends the compound is kept apart because "CD19-" and "CD19+" are opposites.
_PART = r"\p{N}+(?:[.,]\p{N}+)+|(?:[\p{L}\p{N}\p{M}\p{Cf}](?:['\u2019](?=\p{L}))?)+"
_COMPOUND = regex.compile(rf"(?P<part>{_PART})(?:[-{_HYPHENS}](?P<part>{_PART}))*(?P<sign>[+\-{_HYPHENS}{_SIGNS}](?![\p{{L}}\p{{N}}]))?")
IDEOGRAPHS = regex.compile(r"[\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}]")
_LETTER = regex.compile(r"[\p{L}\p{N}]")
_LONE_GREEK = regex.compile(r"(?<!\p{Greek})\p{Greek}(?!\p{Greek})")

STOPWORDS = frozenset(
    "a about above after again all also am an and any are as at be because been before being below between both but by can could did "
    "do does doing down during each few for from further had has have having he her here hers him his how i if in into is it its "
    "itself just let me more most my no nor not now of off on once only or other our out over own please same she should so some such "
    "tell than that the their them then there these they this those through to too under until up us very was we were what when where "
    "which while who whom whose why will with would you your "
    "aren't can't cannot couldn't didn't doesn't don't hasn't haven't isn't i'm shouldn't wasn't weren't won't wouldn't".split(" ")
)


@dataclass(frozen=True, slots=True)
class Word:
    """A word or hyphenated compound of a text, at `[start, end)`, with the search terms it stands for."""

    start: int
    end: int
    terms: tuple[str, ...]


def is_well_formed(text: str) -> bool:
    """Whether a text is one that UTF-8 can write: it holds no half of a surrogate pair."""
    return not any("\ud800" <= character <= "\udfff" for character in text)


def has_word(text: str) -> bool:
    """Whether there is a letter or a digit in a text."""
    return _LETTER.search(text) is not None


def plain(text: str) -> str:
    """Hyphens, spaces and quotes as ASCII writes them; every character keeps its place."""
    return text.translate(_LOOK_ALIKES)


def words(text: str) -> Iterator[Word]:
    """The words of `text` in order, each with its folded and stemmed terms."""
    for match in _COMPOUND.finditer(text):
        yield Word(match.start(), match.end(), _terms_of(tuple(match.captures("part")), match["sign"] or ""))


def terms(text: str) -> list[str]:
    """The search terms of `text`, in order, compounds both joined and in parts."""
    return [term for word in words(text) for term in word.terms]


def content_terms(text: str) -> list[str]:
    """The terms of `text` without function words, each once, in order of first appearance."""
    kept = (term for word in words(text) if not is_function_word(text[word.start : word.end]) for term in word.terms)
    return list(dict.fromkeys(kept))


def is_function_word(word: str) -> bool:
    """Whether a word is one of grammar (`what`, `what's`, `doesn't`) and says nothing of the subject."""
    return _fold(word) in STOPWORDS


@lru_cache(maxsize=65536)
def _terms_of(parts: tuple[str, ...], sign: str) -> tuple[str, ...]:
    folded = [piece for part in parts for piece in _pieces(_fold(part))]
    found = [_stem(piece) for piece in folded]
    joined = "".join(folded)
    if len(folded) > 1 and not IDEOGRAPHS.search(joined):
        found.append(_stem(joined))
    if sign and regex.search(r"\p{N}", joined):
        found.append(joined + ("+" if sign in "+\u207a\uff0b" else "-"))
    return tuple(dict.fromkeys(found))


def _fold(word: str) -> str:
    """NFKC, lower case, no diacritics, no invisible characters; a lone Greek letter is spelled out."""
    compatible = unicodedata.normalize("NFKC", plain(word)).casefold()
    decomposed = unicodedata.normalize("NFD", compatible)
    bare = "".join(c for c in decomposed if not "\u0300" <= c <= "\u036f" and unicodedata.category(c) != "Cf")
    spelled = _LONE_GREEK.sub(lambda match: f" {_GREEK_NAMES.get(match[0], match[0])} ", bare)
    return unicodedata.normalize("NFC", spelled).strip().removesuffix("'s")


def _pieces(folded: str) -> list[str]:
    """A folded part as separate terms: at spelled-out Greek letters, and character by character where no spaces are written."""
    pieces: list[str] = []
    for piece in folded.split():
        pieces.extend(piece if IDEOGRAPHS.search(piece) else [_number(piece)])
    return pieces


def _number(piece: str) -> str:
    """`1,000` is the same number as `1000`."""
    return piece.replace(",", "") if regex.fullmatch(r"\p{N}{1,3}(?:,\p{N}{3})+", piece) else piece


def _stem(term: str) -> str:
    # Snowball objects keep state and are not safe to share between threads; making one costs microseconds and
    # `_terms_of` remembers its answers.
    return str(Stemmer.Stemmer("english", 0).stemWord(term)) if term.isalpha() and term.isascii() else term
