"""Two runs compared: who is compared with whom, and what changed."""

from typing import Any

import pytest

from qa.comparison import Change, InvalidReport, compare, records_of


def _record(id: str, right: bool | None, found: float = 0.0, answered: bool = True, answerable: bool = True, **more: Any) -> dict[str, Any]:
    answer = {"question": more.pop("question", "Who?"), "status": "answered" if answered else "abstained", "text": "The cat."}
    evidence = [{}] if answerable else []
    return {"id": id, "right": right, "evidence_found": found, "answerable": answerable, "evidence": evidence, "answer": answer, **more}


def test_what_changed_is_counted_question_by_question():
    before = [_record("a", False), _record("b", True, 1.0), _record("c", True, 1.0), _record("t", False, answerable=False)]
    now = [_record("a", True, 0.5), _record("b", True, 1.0), _record("c", False, answered=False), _record("t", True, 0, False, False)]
    found = compare(before, now)
    assert (found.questions, found.mended, found.broken) == (4, ("a", "t"), ("c",))
    changes = {change.figure: change for change in found.changes}
    assert list(changes) == ["right", "evidence_recall", "abstention_recall", "false_abstentions"]
    assert changes["right"] == Change("right", 4, 0.5, 0.75, 2, 1, 1.0, "McNemar")
    # 0, 1, 1 before and 0.5, 1, 0 now; of the 8 ways to swap, 6 lie as far off as -1/6 or farther, on either side
    assert changes["evidence_recall"] == Change("evidence_recall", 3, 0.6667, 0.5, None, None, 1.0, "permutation")
    assert changes["abstention_recall"] == Change("abstention_recall", 1, 0.0, 1.0, 1, 0, 1.0, "McNemar")
    assert changes["false_abstentions"] == Change("false_abstentions", 3, 0.0, 0.3333, 1, 0, 1.0, "McNemar")


def test_six_questions_mended_and_none_broken_is_no_chance():
    before, now = ([_record(str(number), right) for number in range(6)] for right in (False, True))
    assert compare(before, now).changes[0].p == 0.0312  # 2 / 2⁶


def test_only_questions_that_both_asked_in_the_same_words_are_compared():
    before = [_record("a", True), _record("b", True), _record("gone", True)]
    now = [_record("a", True), _record("b", True, question="Whose?"), _record("new", True)]
    found = compare(before, now)
    assert (found.questions, found.new, found.gone) == (1, 2, 2)


def test_what_cannot_be_judged_does_not_count_as_right_or_wrong():
    found = compare([_record("a", None)], [_record("a", None)])
    assert (found.mended, found.broken) == ((), ())
    assert "right" not in [change.figure for change in found.changes]


def test_rankings_are_compared_where_both_runs_have_them():
    before = [_record("a", True, measures={"ndcg_at_10": 0.5}), _record("b", True)]
    now = [_record("a", True, measures={"ndcg_at_10": 1.0}), _record("b", True, measures={"ndcg_at_10": 1.0})]
    (change,) = (change for change in compare(before, now).changes if change.figure == "ndcg_at_10")
    assert (change.questions, change.before, change.now) == (1, 0.5, 1.0)


@pytest.mark.parametrize(
    "report",
    [
        pytest.param([], id="a list"),
        pytest.param({"figures": {}}, id="figures alone"),
        pytest.param({"answers": ["a"]}, id="answers as text"),
        pytest.param({"answers": [{"id": "a"}]}, id="answers without answers"),
        pytest.param({"answers": [_record("a", True) | {"id": ["a"]}]}, id="a list for an id"),
        pytest.param({"answers": [_record("a", True) | {"right": "yes"}]}, id="right in words"),
        pytest.param({"answers": [_record("a", True) | {"evidence_found": None}]}, id="no evidence found"),
    ],
)
def test_what_is_no_report_is_refused(report: Any):
    with pytest.raises(InvalidReport):
        records_of(report)


def test_a_report_of_an_older_version_can_be_compared_with():
    old = {"answers": [{"id": "a", "right": True, "retrieved": True, "evidence_found": 1.0, "answer": _record("a", True)["answer"]}]}
    assert compare(records_of(old), [_record("a", False)]).broken == ("a",)
