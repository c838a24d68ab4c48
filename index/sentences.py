"""Sentences with their exact places, by sentencex (Wikimedia, MIT).

Chosen by experiment over nupunkt, pysbd, blingfire and syntok: on the editorial it alone makes no error, on 4,559 gold
snippets of BioASQ it meets the most sentence ends (89.4 %, nupunkt 88.3 %), and it is the fastest.
"""

from collections.abc import Iterator

import sentencex

from index.blocks import Block, trimmed

LONGEST_SENTENCE = 2_000  # characters; a longer one (a table, a list of genes) is cut at white space


def sentences(text: str, block: Block) -> Iterator[tuple[int, int]]:
    """The sentences of a block as `(start, end)` in `text`, in order, without white space around them."""
    piece = text[block.start : block.end]
    for boundary in sentencex.get_sentence_boundaries("en", piece):
        start, end = trimmed(text, block.start + boundary["start_index"], block.start + boundary["end_index"])
        yield from _cut(text, start, end)


def _cut(text: str, start: int, end: int) -> Iterator[tuple[int, int]]:
    while end - start > LONGEST_SENTENCE:
        space = text.rfind(" ", start + LONGEST_SENTENCE // 2, start + LONGEST_SENTENCE)
        cut = space if space > 0 else start + LONGEST_SENTENCE
        yield trimmed(text, start, cut)
        start, _ = trimmed(text, cut, end)
    if end > start:
        yield start, end
