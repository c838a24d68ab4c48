"""The pair scorer: what the trained model makes of a question and a window of text, by the runtime alone."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.runtime import session
from qa.pairs import Pair, PairTokenizer

Floats = NDArray[np.float32]

MEAN, PEAK, FIRST, LAST, WEIGHT = range(5)  # columns of the token scores
LONGEST_ANSWER = 30  # tokens of a short answer


@dataclass(frozen=True, slots=True)
class Scored:
    """One sentence of a window.

    log_odds: that it answers, against that nothing in the window does; natural logarithm. answer: the code points `[start, end)`
    of the window that answer most shortly. sure: how much the model prefers this stretch, from 0 to 1 among all of the sentence.
    """

    log_odds: float
    answer: tuple[int, int]
    sure: float


class PairScorer:
    """Scores the sentences of a window. A window is run alone: int8 activations are scaled by the largest value of a batch."""

    def __init__(self, model: Path, tokenizer: Path, threads: int | None = None) -> None:
        self._session = session(model, threads)
        self._tokenizer = PairTokenizer(Tokenizer.from_file(str(tokenizer)))

    def scored(self, question: str, heading: str, text: str, sentences: Sequence[tuple[int, int]]) -> list[Scored | None]:
        """For each sentence `[start, end)` of the text its scores; None for one that lies behind the longest text read."""
        pair = self._tokenizer.pair(question, heading, text, sentences)
        inputs = {"ids": pair.ids[None], "types": pair.types[None], "mask": np.ones_like(pair.ids)[None]}
        tokens, vectors, nothing = (output[0] for output in self._session.run(None, inputs))
        places = [np.flatnonzero(pair.sentences == n) for n in range(len(sentences))]
        best = _best_matches(tokens, vectors, pair)
        return [_scored(pair, tokens, best, float(nothing), each) if len(each) else None for each in places]


def _best_matches(tokens: Floats, vectors: Floats, pair: Pair) -> Floats:
    """Cosines of the question's tokens, weighted, to all tokens: (question tokens, tokens)."""
    asked = slice(1, 1 + pair.question)
    weights = np.logaddexp(0, tokens[asked, WEIGHT])
    return np.asarray((vectors[asked] @ vectors.T) * (weights / weights.sum())[:, None], dtype=np.float32)


def _scored(pair: Pair, tokens: Floats, matches: Floats, nothing: float, places: NDArray[np.int64]) -> Scored:
    score = matches[:, places].max(axis=1).sum() + tokens[places, MEAN].mean() + tokens[places, PEAK].max()
    first, last, sure = shortest_answer(tokens[places, FIRST], tokens[places, LAST])
    answer = int(pair.offsets[places[first], 0]), int(pair.offsets[places[last], 1])
    return Scored(float(score) - nothing, answer, sure)


def shortest_answer(first: Floats, last: Floats) -> tuple[int, int, float]:
    """The likeliest stretch of tokens, and its share of all of them."""
    total = first[:, None] + last[None, :]
    total[~np.tri(len(first), k=LONGEST_ANSWER - 1, dtype=bool) | np.tri(len(first), k=-1, dtype=bool)] = -np.inf
    likely = np.exp(total - total.max())
    place = np.unravel_index(int(total.argmax()), total.shape)
    return int(place[0]), int(place[1]), float(1 / likely.sum())
