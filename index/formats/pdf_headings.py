"""The headings of a PDF, as size, weight and numbers tell them, and their levels."""

import re
from collections.abc import Iterable, Sequence

from index.formats.pdf_body import CAPTION, Type, is_prose
from index.formats.pdf_line import ends_sentence, is_centred, is_full
from index.formats.pdf_paragraphs import Paragraph

NUMBER = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3}|[A-Z](?:\.\d{1,2}){1,3}|[IVX]{1,5}(?=\.)|[A-H])\.?\s+(?=[^\W\d_])")
KNOWN = re.compile(
    r"(?:abstract|summary|introduction|background|(?:(?:materials?|patients|subjects) and )?methods|results(?: and discussion)?|discussion|"
    r"conclusions?|acknowledge?ments?|references|bibliography|literature cited|appendix|funding)\W*",
    re.IGNORECASE,
)
_HEADING_SIZE, _SMALLEST_HEADING = 1.12, 0.9  # of the size of body text
_LONGEST_HEADING, _MOST_HEADING_LINES = 150, 3
_DEEPEST_LEVEL = 6
_LONG, _LONG_SENTENCE = 250, 100  # characters; a paragraph of as many is no address, nor one of fewer that ends as a sentence


def mark_headings(found: Sequence[Paragraph], body: Type) -> None:
    """Give headings their levels: by their numbers, or as other headings of their type are numbered, or by rank of type."""
    start = _front_end(found, body)
    headings = [
        paragraph
        for place, paragraph in enumerate(found)
        if KNOWN.fullmatch(paragraph.text)
        or (place >= start and looks_like_heading(paragraph, body) and _has_text_below(found[place + 1 : place + 4], body))
    ]
    styles = sorted({style_of(paragraph) for paragraph in headings}, reverse=True)
    depths: dict[tuple[object, ...], int] = {}
    for paragraph in headings:
        if depth := _depth(paragraph):
            depths[style_of(paragraph)] = min(depth, depths.get(style_of(paragraph), depth))
    for paragraph in headings:
        style = style_of(paragraph)
        depth = 1 if KNOWN.fullmatch(paragraph.text) else _depth(paragraph) or depths.get(style) or styles.index(style) + 1
        paragraph.level = min(depth, _DEEPEST_LEVEL)


def _front_end(found: Sequence[Paragraph], body: Type) -> int:
    """Where the names and addresses under a title end and headings may begin."""
    start = 0
    for place, paragraph in enumerate(found):
        if paragraph.lines[0].page > found[0].lines[0].page:
            break
        numbered = paragraph.text[0].isdigit() and NUMBER.match(paragraph.text) and looks_like_heading(paragraph, body)
        long = len(paragraph.text) > (_LONG_SENTENCE if ends_sentence(paragraph.text) else _LONG)
        large = paragraph.size > _SMALLEST_HEADING * body[0] and not paragraph.is_title
        if KNOWN.fullmatch(paragraph.text) or numbered or (long and large and is_prose(paragraph)):
            return place
        start = place + 1 if paragraph.is_title else start
    return start


def style_of(paragraph: Paragraph) -> tuple[object, ...]:
    """What headings of one level have in common: size, capitals, bold and italic type."""
    return round(paragraph.size), paragraph.text.isupper(), "b" in paragraph.face, "i" in paragraph.face


def _depth(paragraph: Paragraph) -> int:
    """How deep the number of a heading goes; 0 without one."""
    number = NUMBER.match(paragraph.text)
    return number["number"].count(".") + 1 if number else 0


def looks_like_heading(paragraph: Paragraph, body: Type) -> bool:
    """Whether length, letters and type of a paragraph are those of a heading."""
    size, face = body
    if paragraph.is_title or len(paragraph.lines) > _MOST_HEADING_LINES or not 3 <= len(paragraph.text) <= _LONGEST_HEADING:
        return False
    text, letters = paragraph.text, sum(character.isalpha() for character in paragraph.text)
    if "\t" in text or CAPTION.match(text) or 2 * letters < len(text) or not text[0].isalnum() or text[0].islower():
        return False
    if text[-1] in ",;" or (text[-1] in ".:!" and len(text.split()) > 8) or paragraph.size < _SMALLEST_HEADING * size:
        return False
    if paragraph.size >= _HEADING_SIZE * size or ("b" in paragraph.face and "b" not in face):
        return True
    is_italic = "i" in paragraph.face and "i" not in face and len(text.split()) <= 12
    apart = paragraph.clear and len(paragraph.lines) == 1 and not is_full(paragraph.lines[0])
    is_numbered = _depth(paragraph) > 1 or (_depth(paragraph) == 1 and is_centred(paragraph.lines[0]))
    return apart and text[-1] != "." and (is_numbered or text.isupper() or is_italic)


def _has_text_below(following: Iterable[Paragraph], body: Type) -> bool:
    return any(
        paragraph.size > 0.75 * body[0] and len(paragraph.text) > 50 and not CAPTION.match(paragraph.text) and is_prose(paragraph)
        for paragraph in following
    )
