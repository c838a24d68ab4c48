"""Measuring a model while it is trained: on paragraphs of sets and articles that it is not trained on."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from sklearn.metrics import roc_auc_score

from qa.pairs import PairTokenizer
from qa.training.batches import batch_of
from qa.training.examples import Example, heading_of
from qa.training.model import PairModel, scores
from qa.training.sources import Asked, Source, gold_sentences

_SIZE = 16


@dataclass(frozen=True, slots=True)
class Measured:
    """first: the share of answerable questions whose best sentence answers. auroc: answerable against unanswerable (nan if only one)."""

    first: float
    auroc: float
    questions: int


def held_out_examples(source: Source, most: int) -> list[Example]:
    """The held-out questions of a source with the whole paragraph each was written for; evenly taken, at most `most`."""
    made = [_whole(asked, source) for asked in source.held_out]
    usable = [example for example in made if example is not None]
    return usable[:: max(1, len(usable) // most)][:most]


def measured(model: PairModel, tokenizer: PairTokenizer, examples: Sequence[Example]) -> Measured:
    """How well the model reads the examples."""
    pairs = [(tokenizer.pair(one.question, one.heading, one.text, one.sentences), one) for one in examples]
    pairs.sort(key=lambda pair: len(pair[0].ids))
    first, margins, answerable = [], [], []
    model.eval()
    with torch.inference_mode():
        for start in range(0, len(pairs), _SIZE):
            found = scores(model, batch_of(pairs[start : start + _SIZE]))
            best = found.sentences.max(-1)
            for (_, example), score, place, nothing in zip(pairs[start:], best.values, best.indices, found.nothing, strict=False):
                margins.append(float(score - nothing))
                answerable.append(bool(example.gold))
                if example.gold:
                    first.append(int(place) in example.gold)
    model.train()
    both = len(set(answerable)) == 2
    return Measured(float(np.mean(first)), float(roc_auc_score(answerable, margins)) if both else float("nan"), len(pairs))


def _whole(asked: Asked, source: Source) -> Example | None:
    id = next(iter(asked.answering), None) or asked.about
    if id is None or id not in source.paragraphs:
        return None
    paragraph = source.paragraphs[id]
    gold = gold_sentences(paragraph, asked.answering.get(id, ()))
    if not paragraph.sentences or (asked.answering and not gold):
        return None
    return Example(asked.question, heading_of(paragraph), paragraph.text, paragraph.sentences, gold)
