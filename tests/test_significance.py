"""Intervals and tests, against values computed by hand."""

import pytest

from qa.significance import auroc, interval_of_mean, interval_of_ratio, interval_of_share, mcnemar, permutation


@pytest.mark.parametrize(
    ("count", "of", "interval"),
    [
        (0, 10, (0.0, 0.2775)),  # z² / (n + z²) with z = 1.96
        (5, 10, (0.2366, 0.7634)),  # (p + z²/2n ± z √(p(1-p)/n + z²/4n²)) / (1 + z²/n)
        (10, 10, (0.7225, 1.0)),
        (0, 0, None),
    ],
)
def test_the_interval_of_a_share_is_wilsons(count: int, of: int, interval: tuple[float, float] | None):
    assert interval_of_share(count, of) == interval
    assert interval_of_mean([1.0] * count + [0.0] * (of - count)) == interval


def test_the_interval_of_a_mean_holds_it_and_is_always_the_same():
    values = [0.0, 0.25, 0.5, 0.75, 1.0] * 20
    low, high = interval_of_mean(values) or (1.0, 0.0)
    # The standard error is √(0.125 / 100) = 0.0354, and 1.96 of them on either side of 0.5 the normal interval.
    assert (low, high) == pytest.approx((0.4307, 0.5693), abs=0.01)
    assert interval_of_mean(values) == (low, high)


def test_the_interval_of_a_ratio_lies_about_all_parts_over_all_wholes():
    low, high = interval_of_ratio([1, 0, 3, 1] * 25, [1, 2, 4, 1] * 25) or (1.0, 0.0)
    assert low < 5 / 8 < high


@pytest.mark.parametrize("values", [[], [0.5], [0.5, 0.5]], ids=["none", "one", "all alike"])
def test_what_does_not_vary_has_no_bootstrap_interval(values: list[float]):
    assert interval_of_mean(values) is None


@pytest.mark.parametrize(
    ("gained", "lost", "p"),
    [(0, 0, 1.0), (5, 0, 0.0625), (0, 5, 0.0625), (6, 1, 0.125), (3, 3, 1.0)],  # twice the tail of fair coins: 2 · (1 + 7) / 2⁷ for 6 to 1
)
def test_mcnemars_test_is_that_of_a_fair_coin(gained: int, lost: int, p: float):
    assert mcnemar(gained, lost) == p


@pytest.mark.parametrize(
    ("before", "after", "p"),
    [
        pytest.param([0.1, 0.2], [0.1, 0.2], 1.0, id="nothing changed"),
        pytest.param([0.5], [1.0], 1.0, id="of one pair either way is as likely"),
        pytest.param([0.0] * 4, [0.5] * 4, 0.125, id="2 of the 16 ways to swap four pairs are as far off"),
        pytest.param([0.5] * 4, [0.0] * 4, 0.125, id="the other way round"),
    ],
)
def test_a_paired_permutation_test_counts_the_ways_to_swap(before: list[float], after: list[float], p: float):
    assert permutation(before, after) == p


@pytest.mark.parametrize(
    ("positives", "negatives", "value"),
    [([0.9, 0.8], [0.1], 1.0), ([0.5], [0.5], 0.5), ([0.9, 0.1], [0.5], 0.5), ([], [0.5], None), ([0.5], [], None)],
)
def test_auroc_is_the_share_of_pairs_in_order(positives: list[float], negatives: list[float], value: float | None):
    assert auroc(positives, negatives) == value
