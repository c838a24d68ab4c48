"""Follow-ups: what a question leaves to the conversation, found in the earlier questions and answers without a language model.

A phrase that was spoken of before is a candidate; a logistic model scores each (`python benchmarks/followups.py DATA --fit` gives
its weights). The best one takes the place of a pronoun, or stands in brackets behind a question that lacks it.
"""

from collections.abc import Iterator, Sequence
from typing import Literal, NamedTuple

import regex

from index.shadow import content_terms
from qa.conversation import Conversation, Number, Turn
from qa.phrases import LIGHT, Phrase, SpokenWord, end_of_run, phrases, touch, words_of

MOST_TERMS_MISSING = 3
MOST_TERMS_CONTINUED = 4

_PRONOUNS: dict[str, "Number"] = {
    "one": "one",
    "ones": "many",
    **dict.fromkeys("it its itself this that".split(), "one"),
    **dict.fromkeys("they them their theirs themselves these those".split(), "many"),
    **dict.fromkeys("he him his himself she her hers herself".split(), "person"),
}
_DEMONSTRATIVES = frozenset({"this", "that", "these", "those"})
_POSSESSIVES = frozenset({"its", "their", "his"})
_DETERMINERS = frozenset({"a", "an", "the"}) | _DEMONSTRATIVES
_PREPOSITIONS = frozenset("about after against at before between by during for from in into of on to with".split())
_CONTINUATION = regex.compile(
    r"\s*(and|or|but|so|also|then|what about|how about|what else|any other|no|why\W*$|how so)\b", regex.IGNORECASE
)
_EMPTY = regex.compile(  # "is it possible to …" points at nothing
    r"\s+((is|was|be|been|would be)\s+)?(possible|true|necessary|worth|important|common|normal|legal|hard|easy|difficult)\b"
    r"|\s+(takes?|seems?|sounds?)\b",
    regex.IGNORECASE,
)
_EXCHANGE = regex.compile(
    r"((and|or|but|so|then|now|ok|okay)\b\W*)*((what|how)\s+about\b|(?<=\b(and|or)\W*))[^,;:.?!]+\??", regex.IGNORECASE
)
_CLAUSE = regex.compile(r"[.,;:?!–—]|\b(and|but|or|if|when|because)\b", regex.IGNORECASE)


class Edit(NamedTuple):
    """Text to stand at `[start, end)` of a question, and the phrase of the conversation that it is from."""

    start: int
    end: int
    text: str
    phrase: "Phrase"


class Resolution(NamedTuple):
    """A question that stands alone, and the phrases that it took from the conversation for that."""

    standalone: str
    lent: tuple[str, ...] = ()


class Gap(NamedTuple):
    """What a question leaves out: the pronoun at `[start, end)`, or nothing at its end."""

    start: int
    end: int
    number: Number | None
    form: Literal["whole", "possessive", "determiner", "missing"]


def resolved(asked: str, earlier: Sequence[Turn]) -> Resolution:
    """The question as it would be asked without the conversation, if it depends on it; else as it is."""
    left_out = list(gaps(asked))
    if not left_out and (exchanged := _exchanged(asked, next((turn.text.strip() for turn in reversed(earlier) if turn.asks), ""))):
        return exchanged
    conversation = Conversation(earlier)
    edits = _filled(asked, left_out, conversation)
    edits += list(_completed(asked, edits, conversation))
    if not edits and (left_out or _is_elliptical(asked, conversation)):
        edits = _filled(asked, [Gap(len(asked), len(asked), None, "missing")], conversation)
    return Resolution(_edited(asked, edits), tuple(dict.fromkeys(edit.phrase.text for edit in edits)))


def gaps(asked: str) -> Iterator[Gap]:
    """The pronouns of a question that point out of it, the first of each number."""
    held = words_of(asked)
    own = list(phrases(asked))
    seen: set[Number] = set()
    for place, word in enumerate(held):
        number = _PRONOUNS.get(word.plain)
        if not number or number in seen or _points_inside(asked, word, number, own):
            continue
        if gap := _gap(asked, held, place, number):
            seen.add(number)
            yield gap


def _points_inside(asked: str, pronoun: SpokenWord, number: Number, own: Sequence[Phrase]) -> bool:
    """Whether an earlier clause of the question names something that the pronoun can stand for."""
    first = next((phrase for phrase in own if phrase.named or number != "person"), None)
    return first is not None and _CLAUSE.search(asked, first.end, pronoun.start) is not None


def _gap(asked: str, held: Sequence[SpokenWord], place: int, number: Number) -> Gap | None:
    word = held[place]
    left = held[place - 1] if place and touch(asked, held[place - 1], word) else None
    right = held[place + 1] if place + 1 < len(held) and touch(asked, word, held[place + 1]) else None
    if word.plain == "it" and _EMPTY.match(asked[word.end :]):
        return None
    if word.plain == "that" and left and right and _joins(left, right):
        return None
    if word.plain in ("one", "ones"):
        stands = left and (left.names or left.plain in _DETERMINERS) and not (right and right.names)
        return Gap(word.start, word.end, number, "determiner") if stands else None
    if word.plain in _DEMONSTRATIVES and right and right.names:
        return Gap(word.start, held[end_of_run(asked, held, place + 1) - 1].end, number, "determiner")
    if word.plain in _POSSESSIVES or (word.plain == "her" and right and right.names):
        return Gap(word.start, word.end, number, "possessive")
    return Gap(word.start, word.end, number, "whole")


def _joins(left: SpokenWord, right: SpokenWord) -> bool:
    """Whether `that` between these words is a conjunction or a relative pronoun: `showed that`, `drugs that are`."""
    return left.plain in LIGHT or left.plain in ("so", "than") or (left.names and not right.names)


def _is_elliptical(asked: str, conversation: Conversation) -> bool:
    """Whether a question without a pronoun says too little; a few words of its own, none spoken of before, are a change of topic."""
    own = content_terms(asked)
    if len(own) <= 1 or (len(own) <= MOST_TERMS_CONTINUED and _is_continued(asked)):
        return True
    if len(own) == 2:
        return conversation.spoke_of(own) or not any(phrase.named for phrase in phrases(asked))
    return len(own) <= MOST_TERMS_MISSING and conversation.spoke_of(own)


def _is_continued(asked: str) -> bool:
    return _CONTINUATION.match(asked) is not None


def _exchanged(asked: str, previous: str) -> Resolution | None:
    """The question before with a phrase in the place of its like: one with the same last word, or behind the same preposition."""
    new = list(phrases(asked))
    if not new or not _EXCHANGE.fullmatch(asked) or next(gaps(previous), None) or _is_continued(previous):
        return None
    left = list(phrases(previous))
    edits = []
    for phrase in new:
        like = next((one for one in left if _are_alike(one, phrase)), None)
        if like is None:
            return None
        left.remove(like)
        edits.append(Edit(_with_qualifiers(previous, like), like.end, asked[_with_qualifiers(asked, phrase) : phrase.end], phrase))
    return Resolution(_edited(previous, edits), tuple(phrase.text for phrase in left))


def _are_alike(one: Phrase, other: Phrase) -> bool:
    return one.head == other.head or (one.before == other.before and one.before in _PREPOSITIONS)


def _with_qualifiers(text: str, phrase: Phrase) -> int:
    """Where a phrase starts together with the article and the words before it that name nothing: `the second` drug."""
    start = phrase.start
    for word in reversed(words_of(text[:start])):
        if not (word.plain in _DETERMINERS or word.plain in LIGHT) or not text[word.end : start].isspace():
            break
        start = word.start
    return start


def _filled(asked: str, left_out: Sequence[Gap], conversation: Conversation) -> list[Edit]:
    have = frozenset(content_terms(asked))
    edits: list[Edit] = []
    for gap in left_out:
        if phrase := conversation.meant(gap.number, have, [edit.phrase for edit in edits]):
            edits.append(_edit(asked, gap, phrase))
    return edits


def _edit(asked: str, gap: Gap, phrase: Phrase) -> Edit:
    if gap.form in ("determiner", "missing"):
        return Edit(gap.end, gap.end, f" ({phrase.text})", phrase)
    text = f"the {phrase.text}" if phrase.before in _DETERMINERS and not phrase.text[0].isupper() else phrase.text
    if gap.form == "possessive":
        text += "’" if text.endswith("s") else "’s"
    return Edit(gap.start, gap.end, text if gap.start else text[0].upper() + text[1:], phrase)


def _completed(asked: str, edits: Sequence[Edit], conversation: Conversation) -> Iterator[Edit]:
    """Single words behind an article that were spoken of by a longer name: `the Alliance`; each once."""
    heads: set[str] = set()
    for phrase in phrases(asked):
        inside = any(phrase.start < edit.end and edit.start < phrase.end for edit in edits)
        single = phrase.before in _DETERMINERS and len(phrase.terms) == 1 and phrase.head not in heads
        if single and not inside and (name := conversation.in_full(phrase.head)):
            heads.add(phrase.head)
            yield Edit(phrase.start, phrase.end, name.text, name)


def _edited(asked: str, edits: Sequence[Edit]) -> str:
    for edit in sorted(edits, reverse=True):
        asked = asked[: edit.start] + edit.text + asked[edit.end :]
    return asked
