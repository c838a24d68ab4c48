"""Pairs: a question and a window of text as the trained reader sees them, in training and in serving alike."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.shadow import Word, is_function_word, plain, words

# The token types: what a token belongs to, and whether its word also stands on the other side.
ASKED, ASKED_AND_HELD, HELD, HELD_AND_ASKED = range(4)
TOKEN_TYPES = 4
NO_SENTENCE = -1

LONGEST_QUESTION = 64  # tokens
LONGEST_HEADING = 16  # tokens
LONGEST_TEXT = 256  # tokens

Integers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Pair:
    """`[CLS] question [SEP] heading text [SEP]`, one row a token: all int64.

    ids: vocabulary. types: ASKED … HELD_AND_ASKED. sentences: which sentence of the window, NO_SENTENCE for a question, a
    heading or a special token. offsets: the code points `[start, end)` of the window's text, (tokens, 2), zeros outside it.
    question: how many tokens the question has; they are rows 1 to `question`.
    """

    ids: Integers
    types: Integers
    sentences: Integers
    offsets: Integers
    question: int


@dataclass(frozen=True, slots=True)
class _Piece:
    """A text in tokens and in words."""

    ids: list[int]
    offsets: Integers
    words: list[Word]
    meant: list[bool]  # of each word: says something of the subject

    def terms(self) -> set[str]:
        return {term for word, meant in zip(self.words, self.meant, strict=True) if meant for term in word.terms}

    def shared(self, terms: set[str]) -> NDArray[np.bool_]:
        """Of each token: whether its word means one of `terms`."""
        if not self.words:
            return np.zeros(len(self.ids), dtype=bool)
        found = np.array([meant and not terms.isdisjoint(word.terms) for word, meant in zip(self.words, self.meant, strict=True)])
        starts, ends = np.array([[word.start, word.end] for word in self.words]).T
        word = np.maximum(np.searchsorted(starts, self.offsets[:, 0], "right") - 1, 0)
        return np.asarray(found[word] & (self.offsets[:, 0] >= starts[word]) & (self.offsets[:, 0] < ends[word]))


class PairTokenizer:
    """Makes pairs with the encoder's tokenizer."""

    def __init__(self, tokenizer: Tokenizer) -> None:
        tokenizer.no_padding()
        tokenizer.no_truncation()
        self._tokenizer = tokenizer
        self._first, self._between = tokenizer.token_to_id("[CLS]"), tokenizer.token_to_id("[SEP]")

    def pair(self, question: str, heading: str, text: str, sentences: Sequence[tuple[int, int]]) -> Pair:
        """The pair of a question and a text whose sentences are `[start, end)` in it; what is too long is cut off."""
        asked, held = self._piece(question, LONGEST_QUESTION), self._piece(text, LONGEST_TEXT)
        above = self._tokens(heading, LONGEST_HEADING)[0]
        ids = [self._first, *asked.ids, self._between, *above, *held.ids, self._between]
        first = 2 + len(asked.ids) + len(above)  # of the text
        types = np.full(len(ids), HELD)
        types[: 1 + len(asked.ids)] = ASKED
        types[1 : 1 + len(asked.ids)][asked.shared(held.terms())] = ASKED_AND_HELD
        types[first:-1][held.shared(asked.terms())] = HELD_AND_ASKED
        places = np.full(len(ids), NO_SENTENCE)
        places[first:-1] = _sentence_of(held.offsets[:, 0], sentences)
        offsets = np.zeros((len(ids), 2), dtype=np.int64)
        offsets[first:-1] = held.offsets
        return Pair(np.array(ids), types, places, offsets, len(asked.ids))

    def _piece(self, text: str, longest: int) -> _Piece:
        ids, offsets = self._tokens(text, longest)
        found = list(words(text))
        return _Piece(ids, offsets, found, [not is_function_word(text[word.start : word.end]) for word in found])

    def _tokens(self, text: str, longest: int) -> tuple[list[int], Integers]:
        encoded = self._tokenizer.encode(plain(text), add_special_tokens=False)
        return encoded.ids[:longest], np.array(encoded.offsets[:longest], dtype=np.int64).reshape(-1, 2)


def _sentence_of(starts: Integers, sentences: Sequence[tuple[int, int]]) -> Integers:
    if not sentences:
        return np.full(len(starts), NO_SENTENCE)
    firsts, lasts = np.array(sentences, dtype=np.int64).reshape(-1, 2).T
    found = np.searchsorted(firsts, starts, "right") - 1
    inside = (found >= 0) & (starts < lasts[np.maximum(found, 0)])
    return np.where(inside, found, NO_SENTENCE)
