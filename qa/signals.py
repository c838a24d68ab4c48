"""Signals: what is known of a question and of what was found for it, by which an answerable question is told from another."""

from collections.abc import Callable, Sequence

import numpy as np

from index.shadow import content_terms, terms
from index.view import Hit
from qa.evidence import Evidence, Signals
from qa.names import names
from qa.questions import Understood


def signals(question: Understood, hits: Sequence[Hit], best: Evidence, score: float, weight: Callable[[str], float]) -> Signals:
    """The signals of a question, from the passages read, and the best evidence found with its score."""
    held = set(terms("\n".join((best.hit.document.title, *best.hit.row.section, best.hit.text))))
    asked = content_terms(question.standalone)
    weights = np.array([weight(term) for term in asked])
    met = np.array([term in held for term in asked])
    named = [term for name in names(question.standalone) for term in terms(name)[:1]]
    return Signals(
        score,
        max(hit.vector_score for hit in hits),
        float((weights * met).sum() / weights.sum()) if weights.sum() else 1.0,
        sum(term in held for term in named) / len(named) if named else 1.0,
    )
