"""How well retrieval ranked: recall, nDCG and reciprocal rank, by ir-measures."""

from collections.abc import Iterable, Sequence

import ir_measures
from ir_measures import RR, R, nDCG

from index.view import Hit, View
from qa.cases import Case

# By the names they have in reports. Of what is read for an answer ten and a few places are ranked.
MEASURES = {"recall_at_10": R @ 10, "ndcg_at_10": nDCG @ 10, "reciprocal_rank": RR @ 10}


def ranking_measures(ranked: Sequence[str], relevant: Iterable[str]) -> dict[str, float]:
    """The measures of one ranking, best first; empty where nothing is known to be relevant."""
    wanted = {"question": dict.fromkeys(relevant, 1)}
    if not wanted["question"]:
        return {}
    run = {"question": {name: float(-place) for place, name in enumerate(ranked)}}
    values = {metric.measure: float(metric.value) for metric in ir_measures.iter_calc(MEASURES.values(), wanted, run)}
    return {name: round(values[measure], 4) for name, measure in MEASURES.items()}


class Relevance:
    """What is relevant to a case in a library: the documents that answer, or else the passages that hold needed evidence whole."""

    def __init__(self, view: View) -> None:
        self._view = view
        self._rows = view.documents()
        self._places: dict[str, list[tuple[str, int, int]]] = {}

    def measures(self, case: Case, hits: Sequence[Hit]) -> dict[str, float]:
        """How well the passages that were read for the case were ranked."""
        if case.sources:
            return ranking_measures(list(dict.fromkeys(hit.document.source for hit in hits)), case.sources)
        return ranking_measures([str(hit.number) for hit in hits], self._holding(case))

    def _holding(self, case: Case) -> set[str]:
        """Numbers of the passages that hold a needed span; none where the span may stand in any of several documents."""
        return {
            number
            for spans in case.evidence
            for span in spans
            if span.document is not None or len(self._rows) == 1
            for row in self._rows
            if span.lies_in(row)
            for number, start, end in self._passages(row.id)
            if start <= span.start and span.end <= end
        }

    def _passages(self, id: str) -> list[tuple[str, int, int]]:
        if id not in self._places:
            first = self._view.document(id).first
            rows = enumerate(self._view.passages_of(id), start=first)
            self._places[id] = [(str(number), row.start, row.end) for number, row in rows]
        return self._places[id]
