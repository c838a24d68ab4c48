"""How sure a figure is: 95 % confidence intervals, and tests of what changed between two runs. The one file that imports SciPy."""

from collections.abc import Sequence

import numpy as np
import scipy  # its `stats` takes a second to load and does so when first used, so `footnote --help` does not wait for it
from numpy.typing import NDArray

Interval = tuple[float, float]

SEED = 2026
_RESAMPLES = 9_999
_BATCH = 128  # resamples in memory at once


def interval_of_share(count: int, of: int) -> Interval | None:
    """Wilson's interval of a share of yes and no."""
    if not of:
        return None
    found = scipy.stats.binomtest(count, of).proportion_ci(method="wilson")
    return _rounded(found.low, found.high)


def interval_of_mean(values: Sequence[float]) -> Interval | None:
    """The interval of a mean: Wilson's where all values are 0 or 1, else by the bootstrap as for a ratio."""
    if {0.0, 1.0}.issuperset(values):
        return interval_of_share(round(sum(values)), len(values))
    return interval_of_ratio(values, [1.0] * len(values))


def interval_of_ratio(parts: Sequence[float], wholes: Sequence[float]) -> Interval | None:
    """The interval of sum(parts) / sum(wholes), by the percentile bootstrap over questions; None where they are all alike."""
    if len({part / whole for part, whole in zip(parts, wholes, strict=True)}) < 2:
        return None  # resampled it would not move, which says nothing of how sure it is
    found = scipy.stats.bootstrap(
        (np.asarray(parts, dtype=float), np.asarray(wholes, dtype=float)),
        _ratio,
        paired=True,
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        method="percentile",
        rng=np.random.default_rng(SEED),
    ).confidence_interval
    return _rounded(found.low, found.high)


def mcnemar(gained: int, lost: int) -> float:
    """Exact McNemar test: how likely so lopsided a change of yes and no is, if gains and losses are equally likely."""
    return round(float(scipy.stats.binomtest(gained, gained + lost).pvalue), 4) if gained + lost else 1.0


def permutation(before: Sequence[float], after: Sequence[float]) -> float:
    """Paired permutation test: how likely so large a mean difference is, if each pair may as well stand the other way round."""
    if list(before) == list(after) or len(after) < 2:
        return 1.0
    found = scipy.stats.permutation_test(
        (np.asarray(after, dtype=float), np.asarray(before, dtype=float)),
        _mean_difference,
        permutation_type="samples",
        vectorized=True,
        n_resamples=_RESAMPLES,
        batch=_BATCH,
        rng=np.random.default_rng(SEED),
    )
    return round(float(found.pvalue), 4)


def auroc(positives: Sequence[float], negatives: Sequence[float]) -> float | None:
    """How often a positive stands above a negative, ties counted half; None where either is missing."""
    if not positives or not negatives:
        return None
    statistic = scipy.stats.mannwhitneyu(positives, negatives).statistic
    return round(float(statistic) / (len(positives) * len(negatives)), 4)


def _ratio(parts: NDArray[np.float64], wholes: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    return np.asarray(parts.sum(axis=axis) / wholes.sum(axis=axis))


def _mean_difference(after: NDArray[np.float64], before: NDArray[np.float64], axis: int = -1) -> NDArray[np.float64]:
    return np.asarray(after.mean(axis=axis) - before.mean(axis=axis))


def _rounded(low: float, high: float) -> Interval:
    return round(float(low), 4), round(float(high), 4)
