"""The body text of a PDF: its type, and which paragraphs are of it."""

import re
from collections import Counter
from collections.abc import Sequence

from index.formats.pdf_paragraphs import Paragraph

WORD = re.compile(r"[^\W\d_]+(?:[-\u2010\u2011][^\W\d_]+)*")
CAPTION = re.compile(
    r"(?i:(?:supplementa\w+ |extended data )?(?:fig(?:ure|\.)|table|scheme|box|algorithm|listing|picture|plate|exhibit))"
    r"\s*\w?\d+(?:[.-]\d+)*[a-z]?(?:[.:|–—]|\s+(?=[^\Wa-z]|[(“\"])|\Z)"
)
REFERENCES = re.compile(
    r"(?:[\dIVX]{1,4}\.?\s+)?(?:references(?: and notes| cited)?|bibliography|literature(?: cited)?|works cited)\W*", re.IGNORECASE
)
_AS_LARGE = 0.05  # of a size, within which it is the same

Type = tuple[float, str]  # size and face


def body_type(found: Sequence[Paragraph]) -> Type:
    """Size and face of most of the text, reference list apart."""
    end = next((place for place, paragraph in enumerate(found) if REFERENCES.fullmatch(paragraph.text)), len(found))
    lines = [line for paragraph in found[:end] for line in paragraph.lines]
    every = [line for paragraph in found for line in paragraph.lines]
    weights: Counter[tuple[float, str]] = Counter()
    for line in lines if 10 * len(lines) > len(every) else every:
        weights[line.size, line.face] += len(line.text)
    sizes: Counter[float] = Counter()
    for (size, _), weight in weights.items():
        sizes[size] += weight
    size = sizes.most_common(1)[0][0]
    return size, max((face for other, face in weights if other == size), key=lambda face: weights[size, face])


def is_size(size: float, other: float) -> bool:
    """Whether a size is that of other type, or so near that it looks the same."""
    return abs(size - other) <= _AS_LARGE * other


def is_prose(paragraph: Paragraph) -> bool:
    """Whether a paragraph is mostly words, of more than two letters, and no row of a table."""
    text = paragraph.text
    return "\t" not in text and 2 * sum(len(word) for word in WORD.findall(text) if len(word) > 2) > len(text)


def is_running(paragraph: Paragraph, body: Type) -> bool:
    """Whether a paragraph is of the body text, not a heading, caption, footnote, formula or row of a table."""
    if paragraph.level or paragraph.is_title or not is_size(paragraph.size, body[0]) or CAPTION.match(paragraph.text):
        return False
    if "\t" in paragraph.text or paragraph.text[0] in "∗†‡§¶":
        return False
    return len(paragraph.lines) > 1 or ("@" not in paragraph.text and is_prose(paragraph))
