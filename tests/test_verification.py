"""Verification: what became of a citation when its document was replaced, removed, or the citation itself was changed."""

import hashlib
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import apsw
import pytest

from index.encoder import Encoder
from index.errors import LibraryDamaged
from index.library import DATABASE, Library
from index.reading import read_document
from qa.verification import Claim, Verification, verify

FIRST = "Field notes\r\n\r\nThe 🦘 hopped 12 metres near Töölö.\r\n"
SECOND = "The wombat dug.\n\n" + FIRST
QUOTE = "The 🦘 hopped 12 metres near Töölö."

MakeLibrary = Callable[..., Library]
ByHand = Callable[[str], Encoder]


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _claim(text: str = FIRST, quote: str = QUOTE) -> Claim:
    return Claim("notes", _sha256(text), text.index(quote), text.index(quote) + len(quote), quote)


@pytest.fixture
def library(make_library: MakeLibrary, by_hand_encoder: ByHand) -> Library:
    return make_library({"notes.txt": FIRST, "other.txt": SECOND + "."}, by_hand_encoder("wombat hopped"))


def _verified(library: Library, *claims: Claim) -> list[str]:
    with library.view() as view:
        return [str(one) for one in verify(view, claims)]


def _replace(library: Library, text: str) -> None:
    library.add(read_document("notes.txt", text.encode()))


@pytest.mark.parametrize(
    ("change", "found"),
    [
        ({}, "valid"),
        ({"quote": "The"}, "altered"),
        ({"quote": QUOTE.replace("12", "21")}, "altered"),
        ({"quote": QUOTE.replace("ö", "o\u0308")}, "altered"),
        ({"start": 16, "end": 51}, "altered"),
        ({"start": 14}, "altered"),
        ({"start": 0, "end": 0, "quote": ""}, "altered"),
        ({"start": 9, "end": 3, "quote": ""}, "altered"),
        ({"start": -40, "end": -5}, "altered"),
        ({"start": 15, "end": 10**18, "quote": FIRST[15:]}, "altered"),
        ({"start": 10**18, "end": 10**18 + 1, "quote": ""}, "altered"),
        ({"document": "Notes"}, "missing"),
        ({"document": "other"}, "missing"),
        ({"document": ""}, "missing"),
        ({"document": "' OR 1=1 --"}, "missing"),
        ({"sha256": _sha256(FIRST)[:16]}, "missing"),
        ({"sha256": ""}, "missing"),
        ({"sha256": _sha256(SECOND)}, "missing"),
    ],
    ids=str,
)
def test_a_claim_is_valid_only_if_the_very_quote_stands_there(library: Library, change: dict[str, Any], found: str):
    assert _verified(library, replace(_claim(), **change)) == [found]


def test_what_an_earlier_version_says_is_stale_until_it_is_the_present_one_again(library: Library):
    """The quote stands in the new version too, elsewhere: the claim names the old one, and stays stale."""
    claims = _claim(), _claim(SECOND), replace(_claim(), quote="The wombat hopped 12 metres near T.")
    seen = [_verified(library, *claims)]
    for text in (SECOND, FIRST):
        _replace(library, text)
        seen.append(_verified(library, *claims))
    library.remove("notes")
    seen.append(_verified(library, *claims))
    assert seen == [
        ["valid", "missing", "altered"],
        ["stale", "valid", "altered"],
        ["valid", "stale", "altered"],
        ["missing", "missing", "missing"],
    ]


def test_many_claims_are_answered_in_their_order(library: Library):
    """Each piece of ten characters of three texts, dealt out like cards, is found where it is, and one place on it is not."""
    _replace(library, SECOND)
    texts = [(FIRST, "notes", "stale"), (SECOND, "notes", "valid"), (SECOND + ".", "other", "valid")]
    claims, expected = [], []
    for place in range(30):
        for text, document, found in texts:
            quote = text[place : place + 10]
            for start, wanted in ((place, found), (place + 1, "altered")):
                claims.append(Claim(document, _sha256(text), start, start + 10, quote))
                expected.append(wanted)
    assert _verified(library, *claims) == expected
    assert _verified(library) == []


@pytest.mark.parametrize("table", ["documents", "versions"])
def test_of_a_damaged_text_nothing_is_said(library: Library, table: str):
    """Neither that the quote is valid nor that it was altered: the text that could tell is not what was stored."""
    claim, before = _claim(), _verified(library, _claim())
    if table == "versions":
        _replace(library, SECOND)
    connection = apsw.Connection(str(library.folder / DATABASE))
    connection.execute(f"UPDATE {table} SET text = replace(text, '12', '21') WHERE id = 'notes'")
    connection.close()
    with pytest.raises(LibraryDamaged):
        _verified(library, claim)
    assert before == [Verification.VALID]
