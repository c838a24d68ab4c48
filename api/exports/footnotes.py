"""Reviewed answers with their citations verified: what every format of an export writes."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote

from api.reviews import AnswerSaid, CitationSaid, Review, ReviewedAnswer, SentenceSaid, Verdict
from index.view import View
from qa.citations import collection_url
from qa.verification import Claim, Verification, verify

_MARK = re.compile(r" ?\[([0-9]{1,4})\]")


@dataclass(frozen=True, slots=True)
class Footnote:
    """A citation, what became of it, and what its reader said. url: of the text of its version, without the place in it."""

    citation: CitationSaid
    url: str
    verification: Verification
    verdict: Verdict | None
    note: str

    @property
    def address(self) -> str:
        """Of the very characters, as RFC 5147 writes it."""
        return f"{self.url}#char={self.citation.start},{self.citation.end}"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """An answer with its footnotes."""

    answer: AnswerSaid
    footnotes: tuple[Footnote, ...]

    def pieces(self) -> Iterator[str | int]:
        """The text of the answer in order: stretches of it, and the number of a citation where its mark stands.

        A mark is one between sentences: what looks like one inside of a sentence is quoted.
        """
        numbers = {footnote.citation.number for footnote in self.footnotes}
        at = 0
        for sentence in self._sentences():
            yield from _pieces(self.answer.text[at : sentence.start], numbers)
            yield self.answer.text[sentence.start : sentence.end]
            at = sentence.end
        yield from _pieces(self.answer.text[at:], numbers)

    def sentences_citing(self, number: int) -> list[str]:
        """The sentences of the answer that rest on a citation."""
        return [sentence.text for sentence in self.answer.sentences if number in sentence.citations]

    def _sentences(self) -> Iterator[SentenceSaid]:
        """The sentences in the order of the text; what overlaps another one, or is not there, is none."""
        at = 0
        for sentence in sorted(self.answer.sentences, key=lambda sentence: sentence.start):
            if at <= sentence.start < sentence.end <= len(self.answer.text):
                yield sentence
                at = sentence.end


@dataclass(frozen=True, slots=True)
class Export:
    """Reviewed answers. time: when they were verified, in UTC."""

    answers: tuple[Reviewed, ...]
    time: datetime

    @property
    def footnotes(self) -> Iterator[Footnote]:
        return (footnote for reviewed in self.answers for footnote in reviewed.footnotes)

    def summary(self) -> str:
        """How many citations there are, and how many of them are no longer what they were."""
        found = [footnote.verification for footnote in self.footnotes]
        counts = [f"{found.count(one)} {one}" for one in Verification]
        return f"{len(found)} citation{'' if len(found) == 1 else 's'}, verified {self.time:%Y-%m-%d %H:%M} UTC: {', '.join(counts)}."


def verified(bodies: list[ReviewedAnswer], view: View, server: str, time: datetime) -> Export:
    """Answers with their citations verified by the library as it is now.

    server: what paths are put behind, as `http://localhost:8000`; "" for none.

    Raises:
        LibraryDamaged: a text that is cited does not fit its hash.
    """
    citations = [citation for body in bodies for citation in body.answer.citations]
    found = iter(verify(view, [_claim(citation) for citation in citations]))
    home = server + collection_url(view.collection)
    return Export(tuple(_reviewed(body, found, home) for body in bodies), time)


def _reviewed(body: ReviewedAnswer, found: Iterator[Verification], home: str) -> Reviewed:
    reviews = {review.citation: review for review in body.reviews}
    footnotes = []
    for citation, verification in zip(body.answer.citations, found, strict=False):
        review = reviews.get(citation.number) or Review(citation=citation.number)
        footnotes.append(Footnote(citation, _url(citation, home), verification, review.verdict, review.note))
    return Reviewed(body.answer, tuple(footnotes))


def _claim(citation: CitationSaid) -> Claim:
    return Claim(citation.document.id, citation.document.sha256, citation.start, citation.end, citation.quote)


def _url(citation: CitationSaid, home: str) -> str:
    """Where the text of the version is. The id is a client's word, so that nothing in it may lead elsewhere."""
    return f"{home}/documents/{quote(citation.document.id, safe='')}/text?version={citation.document.sha256[:16]}"


def _pieces(between: str, numbers: set[int]) -> Iterator[str | int]:
    """What stands between sentences, with the marks of known citations as their numbers."""
    at = 0
    for mark in _MARK.finditer(between):
        if int(mark[1]) in numbers:
            yield from filter(None, [between[at : mark.start()]])
            yield int(mark[1])
            at = mark.end()
    yield from filter(None, [between[at:]])
