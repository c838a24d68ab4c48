"""Batches: examples as tensors, those of about the same length together."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from qa.pairs import NO_SENTENCE, Pair, PairTokenizer
from qa.training.examples import Example, Examples

POOLED = 8  # batches are drawn at once and sorted by length


@dataclass(frozen=True, slots=True)
class Batch:
    """ids, types, mask, sentences: (examples, tokens). gold: (examples, sentences), 1 where a sentence answers. held: the same
    shape, 1 where there is a sentence. answer: (examples, 2), first and last token of the short answer, -1 if unknown.
    questions: the tokens of each question.
    """

    ids: Tensor
    types: Tensor
    mask: Tensor
    sentences: Tensor
    gold: Tensor
    held: Tensor
    answer: Tensor
    questions: Tensor


def batches(examples: Examples, tokenizer: PairTokenizer, size: int) -> Iterator[Batch]:
    """Batches of `size` examples without end."""
    while True:
        drawn = [examples.draw() for _ in range(POOLED * size)]
        pairs = [(tokenizer.pair(one.question, one.heading, one.text, one.sentences), one) for one in drawn]
        pairs.sort(key=lambda pair: len(pair[0].ids))
        order = np.random.default_rng(len(pairs[0][0].ids)).permutation(POOLED)
        for n in order:
            yield batch_of(pairs[n * size : (n + 1) * size])


def batch_of(pairs: Sequence[tuple[Pair, Example]]) -> Batch:
    """Pairs and the examples they were made from as one batch."""
    longest, most = max(len(pair.ids) for pair, _ in pairs), max(len(example.sentences) for _, example in pairs)
    gold, held = torch.zeros(len(pairs), most), torch.zeros(len(pairs), most)
    for row, (_, example) in enumerate(pairs):
        held[row, : len(example.sentences)] = 1
        gold[row, list(example.gold)] = 1
    return Batch(
        _padded([pair.ids for pair, _ in pairs], longest, 0),
        _padded([pair.types for pair, _ in pairs], longest, 0),
        _padded([np.ones_like(pair.ids) for pair, _ in pairs], longest, 0),
        _padded([pair.sentences for pair, _ in pairs], longest, NO_SENTENCE),
        gold,
        held,
        torch.tensor([_answer_tokens(pair, example) for pair, example in pairs]),
        torch.tensor([pair.question for pair, _ in pairs]),
    )


def _padded(rows: Sequence[np.ndarray], longest: int, value: int) -> Tensor:
    return torch.from_numpy(np.stack([np.pad(row, (0, longest - len(row)), constant_values=value) for row in rows]))


def _answer_tokens(pair: Pair, example: Example) -> tuple[int, int]:
    if example.answer is None:
        return -1, -1
    start, end = example.answer
    inside = (pair.sentences != NO_SENTENCE) & (pair.offsets[:, 1] > start) & (pair.offsets[:, 0] < end)
    places = np.flatnonzero(inside)
    return (int(places[0]), int(places[-1])) if len(places) else (-1, -1)
