"""References as CSL-JSON (Citation Style Language 1.0.2), which Zotero, Pandoc and citeproc read."""

from collections.abc import Sequence
from typing import Any

from api.exports.names import Name
from api.exports.references import Reference
from qa.answers import to_json

MEDIA_TYPE = "application/vnd.citationstyles.csl+json"
_NAMES = {
    "journal": "container-title",
    "volume": "volume",
    "issue": "issue",
    "pages": "page",
    "publisher": "publisher",
    "url": "URL",
    "issn": "ISSN",
    "isbn": "ISBN",
    "pmid": "PMID",
    "pmcid": "PMCID",
    "language": "language",
}


def csl(references: Sequence[Reference]) -> bytes:
    """A list with an item for each reference."""
    return (to_json([_item(reference) for reference in references]) + "\n").encode("utf-8")


def _item(reference: Reference) -> dict[str, Any]:
    kind = "article-journal" if "journal" in reference.known else "document"
    item: dict[str, Any] = {"id": reference.key, "type": kind, "title": reference.title}
    if reference.authors:
        item["author"] = [_name(name) for name in reference.authors]
    if reference.issued:
        item["issued"] = {"date-parts": [list(reference.issued)]}
    elif reference.date:
        item["issued"] = {"literal": reference.date}
    if reference.doi:
        item["DOI"] = reference.doi
    return item | {_NAMES[name]: text for name, text in reference.known.items()}


def _name(name: Name) -> dict[str, str]:
    parts = {
        "family": name.family,
        "given": name.given,
        "non-dropping-particle": name.particle,
        "suffix": name.suffix,
        "literal": name.literal,
    }
    return {part: text for part, text in parts.items() if text}
