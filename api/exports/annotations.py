"""Reviewed answers as annotations of the documents they cite (W3C Web Annotation Data Model, JSON-LD).

Positions count Unicode code points, as the model has it (section 4.2.5), in the text of the version that `source` leads to and whose file
has the `sha256` (schema.org). The two selectors of a target both select the quote.
"""

from collections.abc import Iterator
from importlib.metadata import version
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from api.exports.footnotes import Export, Footnote, Reviewed
from qa.answers import to_json

MEDIA_TYPE = 'application/ld+json; profile="http://www.w3.org/ns/anno.jsonld"'
_CONTEXT = ["http://www.w3.org/ns/anno.jsonld", {"sha256": "https://schema.org/sha256"}]


def annotations(export: Export) -> bytes:
    """A collection of one page: an annotation for each citation."""
    items = [item for number, reviewed in enumerate(export.answers, start=1) for item in _items(number, reviewed, _time(export))]
    id = _id(*(item["id"] for item in items), _time(export))
    page = {"id": f"{id}#page", "type": "AnnotationPage", "partOf": id, "startIndex": 0, "items": items}
    collection = {
        "@context": _CONTEXT,
        "id": id,
        "type": "AnnotationCollection",
        "label": "Reviewed answers; positions count Unicode code points",
        "created": _time(export),
        "generator": {"type": "Software", "name": f"Footnote {version('footnote')}"},
        "total": len(items),
        "first": page,
    }
    return (to_json(collection) + "\n").encode("utf-8")


def _items(number: int, reviewed: Reviewed, time: str) -> Iterator[dict[str, Any]]:
    for footnote in reviewed.footnotes:
        yield {
            "id": _id(str(number), reviewed.answer.id, str(footnote.citation.number), footnote.address),
            "type": "Annotation",
            "motivation": "assessing" if footnote.verdict else "linking",
            "created": time,
            "body": list(_bodies(reviewed, footnote)),
            "target": _target(footnote),
        }


def _bodies(reviewed: Reviewed, footnote: Footnote) -> Iterator[dict[str, str]]:
    """The sentences that cite it, what became of it, and what its reader said."""
    said = [("describing", text) for text in reviewed.sentences_citing(footnote.citation.number)]
    said += [("classifying", footnote.verification), ("assessing", footnote.verdict or ""), ("commenting", footnote.note)]
    for purpose, text in said:
        if text:
            yield {"type": "TextualBody", "value": text, "format": "text/plain", "purpose": purpose}


def _target(footnote: Footnote) -> dict[str, Any]:
    citation = footnote.citation
    return {
        "type": "SpecificResource",
        "source": {"id": footnote.url, "type": "Text", "format": "text/plain", "sha256": citation.document.sha256},
        "selector": [
            {"type": "TextPositionSelector", "start": citation.start, "end": citation.end},
            {"type": "TextQuoteSelector", "exact": citation.quote, "prefix": citation.prefix, "suffix": citation.suffix},
        ],
    }


def _time(export: Export) -> str:
    return f"{export.time:%Y-%m-%dT%H:%M:%SZ}"


def _id(*parts: str) -> str:
    """The same name for the same thing, also in a later export."""
    return uuid5(NAMESPACE_URL, to_json(parts)).urn
