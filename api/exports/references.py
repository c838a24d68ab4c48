"""References: what a bibliography says of a document, from its row and what was said of it when it was added."""

import hashlib
import re
import unicodedata
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date

from api.exports.lines import line
from api.exports.names import Name, name_of
from index.metadata import Metadata, texts_of
from index.rows import DocumentRow
from index.shadow import has_word, is_function_word

_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?(?![\d/])")
_URL = re.compile(r"(?:https?|ftp)://\S+", re.IGNORECASE)
_DOI = re.compile(r"(?:https?://(?:dx\.)?doi\.org/|doi:)?\s*(10\.\S+)", re.IGNORECASE)
_WORD = re.compile(r"[^\W_]+")

# What metadata may call each; the first that says something is taken.
KNOWN = {
    "journal": "journal container-title container_title journal_title journal-title",
    "volume": "volume",
    "issue": "issue number",
    "pages": "pages page",
    "publisher": "publisher",
    "url": "url link",
    "issn": "issn",
    "isbn": "isbn",
    "pmid": "pmid pubmed",
    "pmcid": "pmcid pmc",
    "language": "language lang",
}


@dataclass(frozen=True, slots=True)
class Reference:
    """A document in a bibliography. key: its name there. issued: year, month and day as far as they are known; `date` as it was written.

    known: what metadata says, by the names of `KNOWN`, none of them empty.
    """

    key: str
    title: str
    authors: tuple[Name, ...]
    date: str
    issued: tuple[int, ...]
    doi: str
    known: dict[str, str] = field(default_factory=dict)


def references(rows: Sequence[DocumentRow]) -> list[Reference]:
    """A reference for each document. Where two would have the same key, each gets one that follows from its own id as well."""
    found = [(row, _reference(row)) for row in rows]
    count = Counter(reference.key for _, reference in found)
    return [reference if count[reference.key] == 1 else _told_apart(reference, row.id) for row, reference in found]


def _reference(row: DocumentRow) -> Reference:
    known = {name: text for name, names in KNOWN.items() if (text := _said(row.metadata, names.split()))}
    if not _URL.fullmatch(known.get("url", "")):
        known.pop("url", None)
    written = row.about.date or _said(row.metadata, ["date", "year"])
    doi = _DOI.fullmatch(row.about.doi.strip())
    authors = tuple(name_of(line(author)) for author in row.about.authors if has_word(author))
    issued, title = _issued(written), line(row.title).strip()
    key = _key(authors, issued, title) or row.id
    return Reference(key, title, authors, line(written).strip(), issued, line(doi[1]) if doi else "", known)


def _told_apart(reference: Reference, id: str) -> Reference:
    key = f"{reference.key}-{hashlib.sha256(id.encode()).hexdigest()[:8]}"
    return Reference(key, reference.title, reference.authors, reference.date, reference.issued, reference.doi, reference.known)


def _said(metadata: Metadata, names: Sequence[str]) -> str:
    """What metadata says under the first of the names, in whatever case they are written."""
    lowered = {name.lower(): value for name, value in metadata.items()}
    texts = (line(", ".join(texts_of(lowered[name]))).strip() for name in names if name in lowered)
    return next(filter(None, texts), "")


def _issued(written: str) -> tuple[int, ...]:
    """Year, month and day of a date that begins as ISO 8601 has it; () for another one, and for one that no calendar has."""
    match = _DATE.match(written.strip())
    parts = tuple(int(part) for part in match.groups() if part) if match else ()
    try:
        date(*(*parts, 1, 1)[:3])
    except (TypeError, ValueError):
        return ()
    return parts


def _key(authors: Sequence[Name], issued: Sequence[int], title: str) -> str:
    """Author, year and first word of the title, as `wang2021mechanism`; "" where author or year is not known in letters."""
    family = _plain(authors[0].family or authors[0].literal) if authors else ""
    word = next((plain for word in _WORD.findall(title) if not is_function_word(word) and (plain := _plain(word))), "")
    return f"{family[:40]}{issued[0]}{word[:40]}" if family and issued else ""


def _plain(text: str) -> str:
    """The letters and digits of a name as ASCII has them."""
    return re.sub(r"[^a-z0-9]", "", unicodedata.normalize("NFKD", text).lower())
