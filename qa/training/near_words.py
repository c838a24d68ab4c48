"""Near words: for the words people ask with, others of a like meaning, as the encoder judges.

Questions that people write with a text before them repeat its words; people who have not read it use others. A question with a
word replaced teaches the reader to do without shared words. The words come from the sets themselves and nothing is looked up.
"""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
import regex
from Stemmer import Stemmer
from tqdm import tqdm

from index.encoder import Encoder
from index.shadow import is_function_word
from qa.opposites import OPPOSITE
from qa.training.sources import Source

LEAST_COSINE = 0.6  # below it words are of one subject rather than of one meaning
COMMON = 20  # occurrences, below which the encoder hardly knows a word
MOST = 4  # near words of a word

_WORD = regex.compile(r"(?<![\p{L}\p{N}'’-])[a-z]{4,}(?![\p{L}\p{N}'’-])")

NearWords = Mapping[str, Sequence[str]]


def near_words(sources: Iterable[Source], encoder: Encoder, remembered: Path) -> NearWords:
    """For each word that has some, its near words, nearest first; kept in the file `remembered`."""
    if not remembered.exists():
        found = _near(_common(sources), encoder)
        remembered.write_text(json.dumps(found), "utf-8")
    known: NearWords = json.loads(remembered.read_text("utf-8"))
    return known


def replaceable(question: str, text: str, near: NearWords) -> list[regex.Match[str]]:
    """The words of the question that have near words and stand in the text too."""
    held = set(_WORD.findall(text.casefold()))
    return [match for match in _WORD.finditer(question) if match[0] in near and match[0] in held]


def _common(sources: Iterable[Source]) -> list[str]:
    counted: Counter[str] = Counter()
    for source in sources:
        for text in [*(each.text for each in source.paragraphs.values()), *(each.question for each in source.trained)]:
            counted.update(_WORD.findall(text))
    return [word for word, times in counted.items() if times >= COMMON and not is_function_word(word)]


def _near(words: Sequence[str], encoder: Encoder) -> dict[str, list[str]]:
    vectors = np.stack([encoder.encode(word, "question").vector for word in tqdm(words, desc="words", mininterval=10)])
    stems = Stemmer("english").stemWords(words)
    found = {}
    for n, word in enumerate(words):
        cosines = vectors @ vectors[n]
        nearest = [m for m in np.argsort(-cosines, kind="stable")[: 4 * MOST] if cosines[m] >= LEAST_COSINE and stems[m] != stems[n]]
        found[word] = [words[m] for m in nearest if OPPOSITE.get(word) != words[m]][:MOST]
    return {word: others for word, others in found.items() if others}
