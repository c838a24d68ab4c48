"""Ranking measures, against values computed by hand."""

from collections.abc import Callable
from math import log2

import pytest

from index.encoder import Encoder
from index.library import Library
from qa.cases import Case, Span
from qa.questions import Question
from qa.ranking import Relevance, ranking_measures

ELEVEN = [*"bcdefghijk", "a"]


@pytest.mark.parametrize(
    ("ranked", "relevant", "recall", "ndcg", "reciprocal"),
    [
        pytest.param(["a", "b"], {"a"}, 1.0, 1.0, 1.0, id="first"),
        pytest.param(["b", "a"], {"a"}, 1.0, 1 / log2(3), 0.5, id="second"),
        pytest.param(["x", "a", "b"], {"a", "c"}, 0.5, (1 / log2(3)) / (1 + 1 / log2(3)), 0.5, id="one of two, second"),
        pytest.param(ELEVEN, {"a"}, 0.0, 0.0, 0.0, id="eleventh"),
        pytest.param([], {"a"}, 0.0, 0.0, 0.0, id="nothing found"),
    ],
)
def test_a_ranking_is_measured_to_the_tenth_place(ranked: list[str], relevant: set[str], recall: float, ndcg: float, reciprocal: float):
    found = ranking_measures(ranked, relevant)
    assert found == pytest.approx({"recall_at_10": recall, "ndcg_at_10": ndcg, "reciprocal_rank": reciprocal}, abs=1e-4)


def test_a_ranking_is_not_measured_where_nothing_is_known_to_be_relevant():
    assert ranking_measures(["a"], set()) == {}


@pytest.mark.parametrize(
    ("evidence", "sources", "measured"),
    [
        pytest.param(((Span(0, 12, "cats.txt"),),), (), 1.0, id="the passage that holds the evidence"),
        pytest.param(((Span(0, 12, "dogs"),),), (), 0.5, id="the second passage, its document named by id"),
        pytest.param(((Span(0, 12),),), (), None, id="evidence in any of two documents"),
        pytest.param((), ("dogs.txt",), 0.5, id="the document that answers"),
        pytest.param((), (), None, id="nothing known"),
    ],
)
def test_relevant_is_the_document_that_answers_or_the_passage_that_holds_the_evidence(
    evidence: tuple[tuple[Span, ...], ...],
    sources: tuple[str, ...],
    measured: float | None,
    by_hand_encoder: Callable[[str], Encoder],
    make_library: Callable[..., Library],
):
    library = make_library({"cats.txt": "The cat sat.", "dogs.txt": "The dog sat."}, by_hand_encoder("cat dog"))
    case = Case("id", "facts", Question("Cat?"), True, evidence, (), frozenset(sources))
    with library.view() as view:
        hits = view.search("cat sat", 2)
        assert [hit.document.id for hit in hits] == ["cats", "dogs"]
        assert Relevance(view).measures(case, hits).get("reciprocal_rank") == measured
