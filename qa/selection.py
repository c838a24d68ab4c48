"""As few sentences as answer the question.

Chosen on the development data (sentence F1; the best sentence alone / this). Trained reader: SQuAD 2.0 0.782 / 0.762, CLAPnq
0.441 / 0.557, BioASQ 0.475 / 0.815. Late interaction: SQuAD 2.0 0.758 / 0.755, CLAPnq 0.425 / 0.536, BioASQ 0.479 / 0.668.
"""

from collections.abc import Sequence

import numpy as np

from index.shadow import terms
from qa.evidence import Evidence, Margins

MOST_SENTENCES = 4
_LEAST_GAIN = 0.05  # of the mean match, for a sentence that is taken for what it adds


def selected(evidence: Sequence[Evidence], margins: Margins, limit: int = MOST_SENTENCES) -> list[Evidence]:
    """The best sentences, and those that meet parts of the question which they do not, best first and none twice.

    What a sentence adds is counted as in greedy maximum coverage: the mean over the question's parts of the better match.
    """
    if not evidence:
        return []
    best = evidence[0].score
    usable = _without_repetition([one for one in evidence[: 10 * limit] if one.score >= best - margins.usable])
    chosen = [one for one in usable if one.score >= best - margins.as_good][:limit]
    while len(chosen) < limit:
        addition = max(usable, key=lambda one: _gain(chosen, one))
        if _gain(chosen, addition) < _LEAST_GAIN:
            break
        chosen.append(addition)
    return chosen


def _gain(chosen: Sequence[Evidence], one: Evidence) -> float:
    met = np.max([other.matches for other in chosen], axis=0)
    return float(np.maximum(one.matches - met, 0).mean())


def _without_repetition(evidence: Sequence[Evidence]) -> list[Evidence]:
    """Sentences of the same words, in one document or several, once: the first of them."""
    by_words: dict[tuple[str, ...], Evidence] = {}
    for one in evidence:
        by_words.setdefault(tuple(terms(one.quote)), one)
    return list(by_words.values())
