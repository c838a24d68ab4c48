"""The model: the encoder's transformer reading question and text together, with a score for every sentence and for none.

A sentence scores `MaxSim + mean + peak`: late interaction (Khattab and Zaharia, SIGIR 2020) over token vectors that have now seen
both sides, the mean of a score of its tokens, and the largest of another. Both scores start at nothing, so that training starts
from late interaction and not from noise.
"""

from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from transformers import AutoModel

from qa.pair_scorer import FIRST, LAST, MEAN, PEAK, WEIGHT
from qa.pairs import NO_SENTENCE, TOKEN_TYPES
from qa.training.batches import Batch

_SHARPNESS, _NOTHING = 15.0, 0.72  # at the start: scores per unit of MaxSim, MaxSim where nothing answers


@dataclass(frozen=True, slots=True)
class Scores:
    """sentences: (examples, sentences), -inf where there is none. nothing: (examples,). tokens: (examples, tokens, 5)."""

    sentences: Tensor
    nothing: Tensor
    tokens: Tensor


class PairModel(nn.Module):  # type: ignore[misc]
    """Ids, types and mask of pairs, (examples, tokens), to token scores (…, 5), token vectors and the score of no answer."""

    def __init__(self, encoder: Path, attention: str = "sdpa") -> None:
        super().__init__()
        self.body = AutoModel.from_pretrained(
            encoder, attn_implementation=attention, add_pooling_layer=False, hidden_dropout_prob=0.0, attention_probs_dropout_prob=0.0
        )
        width = self.body.config.hidden_size
        self.body.embeddings.token_type_embeddings = _same_types(self.body.embeddings.token_type_embeddings.weight)
        self.tokens, self.nothing = nn.Linear(width, 5), nn.Linear(width, 1)
        self.sharpness = nn.Parameter(torch.tensor(_SHARPNESS))
        for head in (self.tokens, self.nothing):
            nn.init.zeros_(head.weight)
            nn.init.zeros_(head.bias)
        nn.init.normal_(self.tokens.weight[FIRST : LAST + 1], std=0.02)
        nn.init.constant_(self.nothing.bias, _SHARPNESS * _NOTHING)

    def forward(self, ids: Tensor, types: Tensor, mask: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        states = self.body(ids, attention_mask=mask, token_type_ids=types).last_hidden_state
        vectors = functional.normalize(states, dim=-1) * self.sharpness.clamp(min=0).sqrt()
        return self.tokens(states), vectors, self.nothing(states[:, 0])[:, 0]


def scores(model: PairModel, batch: Batch) -> Scores:
    """What the model makes of a batch, gathered by sentence."""
    tokens, vectors, nothing = model(batch.ids, batch.types, batch.mask)
    belongs = batch.sentences[:, None, :] == torch.arange(batch.held.shape[1])[None, :, None]  # examples, sentences, tokens
    mean = (belongs * tokens[:, None, :, MEAN]).sum(-1) / belongs.sum(-1).clamp(min=1)
    peak = tokens[:, None, :, PEAK].masked_fill(~belongs, -1e4).amax(-1)
    total = mean + peak + _late_interaction(tokens, vectors, belongs, batch)
    seen = belongs.any(-1) & (batch.held > 0)
    return Scores(total.masked_fill(~seen, -torch.inf), nothing, tokens)


def _late_interaction(tokens: Tensor, vectors: Tensor, belongs: Tensor, batch: Batch) -> Tensor:
    longest = int(batch.questions.max())
    asked = vectors[:, 1 : 1 + longest]
    inside = torch.arange(longest)[None] < batch.questions[:, None]
    weights = functional.softplus(tokens[:, 1 : 1 + longest, WEIGHT]) * inside
    weights = weights / weights.sum(-1, keepdim=True)
    cosines = asked @ vectors.transpose(1, 2)  # examples, question tokens, tokens
    best = cosines[:, None].masked_fill(~belongs[:, :, None], -1e4).amax(-1)  # examples, sentences, question tokens
    return (best * weights[:, None]).sum(-1)


def loss(found: Scores, batch: Batch) -> Tensor:
    """Cross-entropy of each answering sentence against those that do not answer and none, and of the short answer's ends."""
    return sentence_loss(found, batch) + 0.3 * span_loss(found, batch)


def sentence_loss(found: Scores, batch: Batch) -> Tensor:
    """Cross-entropy of each answering sentence against all that do not answer and none; of none, where nothing answers."""
    wrong = found.sentences.masked_fill(batch.gold > 0, -torch.inf)
    answerable = (batch.gold > 0).any(-1) & torch.isfinite(found.sentences.masked_fill(batch.gold == 0, -torch.inf)).any(-1)
    others = torch.logsumexp(torch.cat([wrong, found.nothing[:, None]], dim=1), dim=1)
    gold = found.sentences.masked_fill(batch.gold == 0, torch.inf)
    missed = torch.where(torch.isfinite(gold), functional.softplus(others[:, None] - gold), 0.0)
    per_gold = missed.sum(-1) / torch.isfinite(gold).sum(-1).clamp(min=1)
    silent = functional.softplus(torch.logsumexp(wrong, dim=1) - found.nothing)
    unanswerable = (batch.gold > 0).sum(-1) == 0
    return torch.where(answerable, per_gold, torch.where(unanswerable, silent, 0.0)).mean()


def span_loss(found: Scores, batch: Batch) -> Tensor:
    """Cross-entropy of the first and the last token of the short answers that are known."""
    known = batch.answer[:, 0] >= 0
    if not known.any():
        return torch.zeros(())
    outside = (batch.sentences == NO_SENTENCE)[known]
    ends = [found.tokens[known][..., column].masked_fill(outside, -1e4) for column in (FIRST, LAST)]
    return sum((functional.cross_entropy(ends[n], batch.answer[known, n]) for n in (0, 1)), torch.zeros(())) / 2


def _same_types(known: Tensor) -> nn.Embedding:
    """Token types that all start as the one that the encoder was trained with."""
    types = nn.Embedding(TOKEN_TYPES, known.shape[1])
    with torch.no_grad():
        types.weight.copy_(known[:1].expand(TOKEN_TYPES, -1))
    return types
