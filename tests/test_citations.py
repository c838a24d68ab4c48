"""Citations: what anyone can check against the file, without Footnote."""

import hashlib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from index.encoder import Encoder
from index.library import Library
from index.view import View
from qa.citations import Cited, Closest, citation, closest
from qa.evidence import Evidence
from qa.questions import Understood
from qa.readers import LateInteractionReader, LexicalReader

TEXT = "# Häading\r\n\r\nThe cat 😀 sat.\r\n\r\nA dog ran to the cat, “then” it slept."
EDITORIAL = Path(__file__).parents[1] / "seeds" / "car-t-resistance-editorial.txt"


@pytest.fixture
def view(make_library: Callable[..., Library], by_hand_encoder: Callable[[str], Encoder]) -> Iterator[View]:
    with make_library({"notes/My cat.md": TEXT}, by_hand_encoder("cat dog")).view() as view:
        yield view


def _evidence(view: View, question: str) -> tuple[Evidence, ...]:
    return LexicalReader().read(Understood(question), view.search(question, 12), view.weight).evidence


def test_every_sentence_of_the_editorial_can_be_cited_and_checked_against_the_file(editorial_library: Library):
    content = EDITORIAL.read_bytes()
    text = content.decode("utf-8")
    with editorial_library.view() as view:
        found = LateInteractionReader(editorial_library.encoder).read(Understood("relapse"), view.search("relapse", 50), view.weight)
        citations = [citation(number, evidence, view) for number, evidence in enumerate(found.evidence, start=1)]
    assert len(citations) == 89
    assert [one.number for one in citations] == list(range(1, 90))
    for one in citations:
        assert one.document.sha256 == hashlib.sha256(content).hexdigest()
        assert text[one.start : one.end] == one.quote
        assert text[: one.start].endswith(one.prefix)
        assert text[one.end :].startswith(one.suffix)
        assert len(one.prefix) == 32
        assert len(one.suffix) == min(32, len(text) - one.end)
        assert text.count(one.prefix + one.quote + one.suffix) == 1  # the quote selector finds the same place
        assert one.url == f"/documents/car-t-resistance-editorial/text?version=bea0093e274ccd0c#char={one.start},{one.end}"
        assert one.page is None


def test_a_citation_names_document_section_place_and_score(view: View):
    best = _evidence(view, "dog")[0]
    one = citation(7, best, view)
    assert one.number == 7
    assert one.document == Cited.of(view.document("my-cat"))
    assert (one.document.id, one.document.source, one.document.title) == ("my-cat", "notes/My cat.md", view.document("my-cat").title)
    assert one.quote == "A dog ran to the cat, “then” it slept."
    assert one.section == best.hit.row.section
    assert one.score == round(best.score, 4)


def test_prefix_and_suffix_end_where_the_text_does(view: View):
    first, last = sorted((citation(1, evidence, view) for evidence in _evidence(view, "cat")), key=lambda one: one.start)
    assert first.prefix == TEXT[: first.start][-32:]
    assert len(first.prefix) < 32
    assert first.suffix == TEXT[first.end : first.end + 32]
    assert (last.suffix, last.end) == ("", len(TEXT))


def test_offsets_count_code_points(view: View):
    (one,) = (citation(1, evidence, view) for evidence in _evidence(view, "cat") if "😀" in evidence.quote)
    assert one.quote == "The cat 😀 sat."
    assert one.end - one.start == 14
    assert TEXT.encode("utf-32-le")[4 * one.start : 4 * one.end].decode("utf-32-le") == one.quote


def test_a_closest_passage_is_shown_whole_with_its_cosine(view: View):
    (hit,) = view.search("dog", 1)
    shown = closest(hit)
    assert shown == Closest(
        Cited.of(view.document("my-cat")),
        hit.row.section,
        None,
        hit.row.start,
        hit.row.end,
        TEXT[hit.row.start : hit.row.end],
        round(hit.vector_score, 4),
        f"/documents/my-cat/text?version={view.document('my-cat').sha256[:16]}#char={hit.row.start},{hit.row.end}",
    )
