"""What could not be read of a PDF, in words: a refusal if it is all, notes if it is some; and what was read by OCR."""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby

from index.formats.pdf_pages import Page

_FAULTS = {
    "scanned": "hold no text (scanned?); remove the document and add it with --ocr to have them read",
    "illegible": "hold a scan in which OCR could make out no text",
    "unrecognised": "could not be read by OCR and were left out",
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
        scanned = _pages(faults["scanned"], "scanned ")
        return (
            f"no page holds text ({scanned}); add it with --ocr and its language (--ocr eng, or FOOTNOTE_OCR=eng), or run OCR on it first."
        )
    if faults["unrecognised"]:
        return f"no page could be read by OCR: {_failure(pages)}."
    if faults["illegible"]:
        return f"no page holds text that OCR could make out ({_pages(faults['illegible'], 'scanned ')}); scan it anew, upright and sharp."
    if faults["damaged"]:
        return "none of its pages can be read; open it in a PDF viewer, save a copy and add that."
    return "no page holds text; if you see text in it, run OCR on it first."


def notes(pages: Sequence[Page]) -> Iterator[str]:
    """What was read by OCR of a file, and what could not be read."""
    if recognised := [number for number, page in enumerate(pages, 1) if page.is_recognised]:
        yield f"{_listed(recognised)} read by OCR, which may misread words."
    if illegible := sum(page.illegible for page in pages):
        yield f"{illegible} line{'s' if illegible > 1 else ''} that OCR could not make out {'were' if illegible > 1 else 'was'} left out."
    faults = Counter(fault for page in pages for fault in page.faults)
    for fault, what in _FAULTS.items():
        if faults[fault]:
            yield f"{faults[fault]} of {len(pages)} pages {what}{f' ({_failure(pages)})' if fault == 'unrecognised' else ''}."


def _failure(pages: Sequence[Page]) -> str:
    """Why OCR failed on the first page on which it did."""
    return next(page.failure for page in pages if page.failure)


def _listed(numbers: Sequence[int]) -> str:
    """Pages by their numbers, with a verb: `Page 2 was`, `Pages 1–3, 5 were`."""
    runs = [[number for _, number in run] for _, run in groupby(enumerate(numbers), key=lambda pair: pair[1] - pair[0])]
    listed = ", ".join(f"{run[0]}–{run[-1]}" if len(run) > 1 else f"{run[0]}" for run in runs)
    return f"Pages {listed} were" if len(numbers) > 1 else f"Page {listed} was"


def _pages(count: int, kind: str = "") -> str:
    return f"{count} {kind}page{'s' if count > 1 else ''}"
