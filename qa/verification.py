"""Verification: whether what a citation says is so, by the library as it is now. Nothing is guessed or looked for elsewhere."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from index.errors import DocumentNotFound
from index.view import View


class Verification(StrEnum):
    """What became of a citation.

    valid: the present version of the document holds exactly the quote at its place. stale: an earlier version does, which is kept.
    altered: the version is there, and something else stands at that place. missing: the document or the version is not there any more.
    """

    VALID = "valid"
    STALE = "stale"
    ALTERED = "altered"
    MISSING = "missing"


@dataclass(frozen=True, slots=True)
class Claim:
    """What a citation says: that `quote` stands at `[start, end)`, in code points, of the version `sha256` of a document.

    document: its id. sha256: in full, since a part of it names a version only as long as no other begins so.
    """

    document: str
    sha256: str
    start: int
    end: int
    quote: str

    def holds(self, text: str) -> bool:
        """Whether the quote stands at its place in a text. A place that is none, and a quote of nothing, do not."""
        return 0 <= self.start < self.end <= len(text) and text[self.start : self.end] == self.quote


def verify(view: View, claims: Sequence[Claim]) -> list[Verification]:
    """What became of each claim, in order. The text of a version is read once for all its claims.

    Raises:
        LibraryDamaged: a text does not fit its hash, so that nothing can be said of it.
    """
    found = dict(_found(view, claims))
    return [found[number] for number in range(len(claims))]


def _found(view: View, claims: Sequence[Claim]) -> Iterator[tuple[int, Verification]]:
    def version(number: int) -> tuple[str, str]:
        return claims[number].document, claims[number].sha256

    for (document, sha256), numbers in groupby(sorted(range(len(claims)), key=version), version):
        text, here = _text(view, document, sha256)
        for number in numbers:
            yield number, here if text is None or claims[number].holds(text) else Verification.ALTERED


def _text(view: View, document: str, sha256: str) -> tuple[str | None, Verification]:
    """The text of a version, and what a quote is that stands in it; None if there is no such version."""
    try:
        present = view.document(document).sha256
        if view.version(document, sha256).sha256 != sha256:
            return None, Verification.MISSING
    except DocumentNotFound:
        return None, Verification.MISSING
    return view.text(document, sha256), Verification.VALID if sha256 == present else Verification.STALE
