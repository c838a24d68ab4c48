"""What could not be read of a PDF, in words: a refusal if it is all, notes if it is some."""

from collections import Counter
from collections.abc import Iterator, Sequence

from index.formats.pdf_pages import Page

_FAULTS = {
    "scanned": "hold no text (scanned?)",
    "drawn": "hold drawings but no text",
    "askew": "hold only text that runs askew, which was left out",
    "unmapped": "hold text in fonts that do not say which letters they show, which was left out",
    "damaged": "are damaged and were left out",
    "invisible": "hold invisible text, as text recognition lays it under a scan",
}


def why_empty(pages: Sequence[Page]) -> str:
    """Why a file of which nothing could be read is refused, and what helps."""
    faults = Counter(fault for page in pages for fault in page.faults)
    if faults["unmapped"]:
        return f"the fonts of its text do not say which letters they show ({_pages(faults['unmapped'])}); run OCR on it first."
    if faults["scanned"]:
        return f"no page holds text ({_pages(faults['scanned'], 'scanned ')}); run OCR on it first."
    if faults["damaged"]:
        return "none of its pages can be read; open it in a PDF viewer, save a copy and add that."
    return "no page holds text; if you see text in it, run OCR on it first."


def notes(pages: Sequence[Page]) -> Iterator[str]:
    """What could not be read of a file of which some could."""
    faults = Counter(fault for page in pages for fault in page.faults)
    return (f"{faults[fault]} of {len(pages)} pages {what}." for fault, what in _FAULTS.items() if faults[fault])


def _pages(count: int, kind: str = "") -> str:
    return f"{count} {kind}page{'s' if count > 1 else ''}"
