"""Windows: the stretches of the passages that are worth reading closely."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from index.view import Hit
from qa.evidence import Evidence, Place

Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Window:
    """The sentences `[first, last)` of a hit."""

    hit: Hit
    first: int
    last: int

    @property
    def start(self) -> int:
        """Where it begins in the document's text."""
        return int(self.hit.row.sentences[self.first][0])

    @property
    def text(self) -> str:
        end = int(self.hit.row.sentences[self.last - 1][1])
        return self.hit.text[self.start - self.hit.row.start : end - self.hit.row.start]

    @property
    def sentences(self) -> list[Span]:
        """`[start, end)` of each sentence in the window's text."""
        held = self.hit.row.sentences[self.first : self.last]
        return [(int(start) - self.start, int(end) - self.start) for start, end, *_ in held]

    @property
    def tokens(self) -> int:
        held = self.hit.row.sentences[self.first : self.last]
        return sum(int(last) - int(first) for *_, first, last in held)

    def places(self) -> Iterator[Place]:
        """Where each of its sentences is."""
        for start, *_ in self.hit.row.sentences[self.first : self.last]:
            yield self.hit.document.id, int(start)


def windows(evidence: Sequence[Evidence], width: int, budget: int) -> list[Window]:
    """Windows around the best sentences, best first, none around a sentence that an earlier one holds.

    width: tokens of a window at most, unless one sentence has more. budget: tokens of all together; the last may go beyond.
    """
    found: list[Window] = []
    held: set[Place] = set()
    for one in evidence:
        if sum(window.tokens for window in found) >= budget:
            break
        if one.place not in held:
            found.append(_around(one, width))
            held.update(found[-1].places())
    return found


def _around(evidence: Evidence, width: int) -> Window:
    """A sentence and as many of its neighbours as fit, the same number on both sides if possible."""
    window = Window(evidence.hit, evidence.sentence, evidence.sentence + 1)
    while wider := _wider(window, evidence.sentence, width):
        window = wider
    return window


def _wider(window: Window, middle: int, width: int) -> Window | None:
    """The window with one sentence more, if one fits: on the side that has fewer, or else on the other."""
    before = Window(window.hit, window.first - 1, window.last) if window.first > 0 else None
    after = Window(window.hit, window.first, window.last + 1) if window.last < len(window.hit.row.sentences) else None
    fewer_before = middle - window.first <= window.last - 1 - middle
    sides = (before, after) if fewer_before else (after, before)
    return next((side for side in sides if side and side.tokens <= width), None)
