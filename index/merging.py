"""Merging: neighbouring segments of like size become one, so that there are few; as in a log-structured merge tree."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from index.segments import Segment
from index.snapshot import Snapshot

Mask = NDArray[np.bool_]


def due(snapshot: Snapshot) -> slice | None:
    """Which segments of a snapshot are to be made one: neighbours of which the first is at most twice as large as the others
    together, or a single one of which most passages were removed. None where each is more than twice as large as the next.
    """
    living = [int(alive.sum()) for alive in snapshot.alive]
    for i, (segment, left) in enumerate(zip(snapshot.segments, living, strict=True)):
        if 2 * left < len(segment):
            return slice(i, i + 1)
    for last in range(len(living) - 1, 0, -1):
        first, together = last, living[last]
        while first and living[first - 1] <= 2 * together:
            first -= 1
            together += living[first]
        if first < last:
            return slice(first, last + 1)
    return None


def merged(snapshot: Snapshot, run: slice) -> Segment:
    """One segment of the passages that are left of a run of segments. Reads the segments alone, which never change."""
    return Segment.joined(list(zip(snapshot.segments[run], snapshot.alive[run], strict=True)))


def with_merged(snapshot: Snapshot, inputs: Sequence[Segment], made: Segment) -> Snapshot:
    """The snapshot with one segment in the place of those it was made of, as far as it still has them.

    It may be of a later generation than the one they were merged in: what was removed meanwhile stays removed.
    """
    pairs = list(zip(snapshot.segments, snapshot.alive, strict=True))
    replaced = [i for i, (segment, _) in enumerate(pairs) if _is_one_of(segment, inputs)]
    if not replaced:
        return snapshot
    living = np.concatenate([pairs[i][0].numbers[pairs[i][1]] for i in replaced])
    pairs[replaced[0]] = made, np.isin(made.numbers, living)
    kept = [(segment, alive) for i, (segment, alive) in enumerate(pairs) if i not in replaced[1:] and alive.any()]
    return replace(snapshot, segments=tuple(segment for segment, _ in kept), alive=tuple(alive for _, alive in kept))


def _is_one_of(segment: Segment, inputs: Sequence[Segment]) -> bool:
    """By what it holds: a segment that was saved meanwhile is another object, and the same segment."""
    return any(segment.numbers is one.numbers for one in inputs)
