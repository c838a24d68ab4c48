"""The title of a PDF, as its first page shows it."""

from collections.abc import Sequence
from itertools import takewhile

from index.formats.pdf_body import WORD, Type, is_size
from index.formats.pdf_headings import KNOWN, NUMBER, looks_like_heading
from index.formats.pdf_paragraphs import Paragraph

_TITLE_SIZE = 1.15  # of the size of body text
_FEWEST_TITLE_WORDS, _MOST_TITLE_WORDS = (4, 2), 40  # a shorter one only where no other is found


def mark_title(found: Sequence[Paragraph], body: Type) -> None:
    """Mark what stands in the largest type on the first page, if it is larger than body text and of a title's length.

    If nothing is, the first paragraph is the title if it looks like one.
    """
    front = [paragraph for paragraph in found if paragraph.lines[0].page == found[0].lines[0].page]
    sizes = sorted({paragraph.size for paragraph in front if paragraph.size >= _TITLE_SIZE * body[0]}, reverse=True)
    candidates = [_of_size(front, size) for size in sizes]
    words = [len(WORD.findall(" ".join(paragraph.text for paragraph in title))) for title in candidates]
    for fewest in _FEWEST_TITLE_WORDS:
        for title, count in zip(candidates, words, strict=True):
            if fewest <= count <= _MOST_TITLE_WORDS and not title[0].text[0].islower() and "://" not in title[0].text:
                for paragraph in title:
                    paragraph.is_title = True
                return
    if len(found) > 1 and not (KNOWN.fullmatch(found[0].text) or NUMBER.match(found[0].text)):
        found[0].is_title = looks_like_heading(found[0], body) and len(found[0].text.split()) > 1


def _of_size(front: Sequence[Paragraph], size: float) -> list[Paragraph]:
    """The first paragraphs one after another that are of a size."""
    start = next(place for place, paragraph in enumerate(front) if paragraph.size == size)
    return list(takewhile(lambda paragraph: is_size(paragraph.size, size), front[start:]))
