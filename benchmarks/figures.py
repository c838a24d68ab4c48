"""Figures as the benchmark scripts give them: percentiles, intervals, areas, and Markdown tables."""

import platform
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

RESAMPLES = 1_000
SEED = 2026


def table(heads: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    """A Markdown table, and an empty line."""
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in lines) + "\n"


def machine() -> str:
    """A line that says where the figures are from."""
    with open("/proc/cpuinfo", encoding="utf-8") as file:  # noqa: PTH123
        lines = file.read().splitlines()
    models = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return f"{len(models)} cores, {models[0] if models else platform.processor()}, Python {platform.python_version()}"


def p50_p99(seconds: Sequence[float], digits: int = 2) -> str:
    """Median and 99th percentile of times given in seconds, as milliseconds."""
    return " / ".join(f"{1000 * value:.{digits}f}" for value in np.percentile(seconds, [50, 99]))


def interval(values: Floats, statistic: Callable[[Floats], Floats]) -> tuple[float, float]:
    """The 95 % bootstrap interval of a statistic of `values`; `statistic` takes rows of resamples, (resamples, n)."""
    picks = np.random.default_rng(SEED).integers(0, len(values), (RESAMPLES, len(values)))
    low, high = np.percentile(statistic(values[picks]), [2.5, 97.5])
    return float(low), float(high)


def mean(values: Sequence[float] | Floats, digits: int = 3) -> str:
    """The mean with its 95 % interval."""
    if not len(values):
        return "–"
    array = np.asarray(values, dtype=np.float64)
    low, high = interval(array, lambda rows: rows.mean(axis=1))
    return f"{array.mean():.{digits}f} ({low:.{digits}f}–{high:.{digits}f})"


def area(positive: Sequence[float], negative: Sequence[float]) -> str:
    """The area under the ROC curve (how often a positive scores above a negative) with its 95 % interval; – where one kind lacks."""
    if not positive or not negative:
        return "–"
    above, below = np.asarray(positive, dtype=np.float64), np.asarray(negative, dtype=np.float64)
    wins = (above[:, None] > below[None, :]) + 0.5 * (above[:, None] == below[None, :])
    generator = np.random.default_rng(SEED)
    resampled = [
        wins[np.ix_(generator.integers(0, len(above), len(above)), generator.integers(0, len(below), len(below)))].mean()
        for _ in range(RESAMPLES)
    ]
    low, high = np.percentile(resampled, [2.5, 97.5])
    return f"{wins.mean():.3f} ({low:.3f}–{high:.3f})"
