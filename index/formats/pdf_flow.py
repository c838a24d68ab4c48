"""The flow of a PDF: paragraphs whole again that a column, page, figure or footnote cuts, and no reference list."""

from collections.abc import Iterator, Sequence

from index.formats.pdf_body import CAPTION, REFERENCES, Type, is_running
from index.formats.pdf_headings import looks_like_heading, style_of
from index.formats.pdf_line import broken_stem, ends_sentence, is_full
from index.formats.pdf_paragraphs import Paragraph

_MOST_INLINE = 4  # lines of a formula inside a paragraph
_LOOK_AHEAD = 12  # paragraphs among which the rest of one that a page or column cuts is sought
_REFERENCES_FROM = 0.1  # of the paragraphs come before a reference list


def continued(found: Sequence[Paragraph], body: Type) -> Iterator[Paragraph]:
    """The paragraphs, those whole again that a column, page, figure or footnote cuts.

    What stands between the parts of one moves in front of it, or behind if it is on a later page; a formula stays inside.
    """
    taken: set[int] = set()
    for place, paragraph in enumerate(found):
        if place in taken:
            continue
        last, behind = place, []
        runs_on = is_running(paragraph, body)
        while runs_on and (following := _rest(paragraph, found, last, body)) is not None:
            between = [found[other] for other in range(last + 1, following) if other not in taken]
            if _is_inline(between, paragraph, found[following]):
                paragraph.lines += [line for other in between for line in other.lines]
            else:
                yield from (other for other in between if other.lines[0].page <= paragraph.lines[0].page)
                behind += [other for other in between if other.lines[0].page > paragraph.lines[0].page]
            paragraph.lines += found[following].lines
            paragraph.column = found[following].column
            taken.update(range(last + 1, following + 1))
            last = following
        yield paragraph
        yield from behind


def _rest(paragraph: Paragraph, found: Sequence[Paragraph], last: int, body: Type) -> int | None:
    """The place of the paragraph that a paragraph goes on with, if it does."""
    for place in range(last + 1, min(last + 1 + _LOOK_AHEAD, len(found))):
        other = found[place]
        if other.level or other.lines[0].page > paragraph.lines[-1].page + 1:
            return None
        if is_running(other, body):
            return place if _goes_on(paragraph, other) else None
    return None


def _goes_on(paragraph: Paragraph, other: Paragraph) -> bool:
    before, after = paragraph.lines[-1], other.lines[0]
    if ends_sentence(before.text):
        return False
    if after.text[0].islower():
        return True
    moved = paragraph.column != other.column and is_full(before) and after.left < after.column[0] + 0.5 * after.size
    return moved and after.text[0].isalnum() and not broken_stem(before.text)


def _is_inline(between: Sequence[Paragraph], paragraph: Paragraph, other: Paragraph) -> bool:
    few = sum(len(formula.lines) for formula in between) <= _MOST_INLINE
    return few and paragraph.column == other.column and not any(CAPTION.match(formula.text) for formula in between)


def without_references(found: Sequence[Paragraph], body: Type) -> Iterator[Paragraph]:
    """The paragraphs without the reference list, up to the next heading of its level or type; captions in it stay."""
    heading: Paragraph | None = None
    for place, paragraph in enumerate(found):
        if paragraph.level and REFERENCES.fullmatch(paragraph.text) and place > _REFERENCES_FROM * len(found):
            heading = paragraph
        elif heading is not None and _ends_part(paragraph, heading, body):
            heading = None
        if heading is None or CAPTION.match(paragraph.text):
            yield paragraph


def _ends_part(paragraph: Paragraph, heading: Paragraph, body: Type) -> bool:
    if paragraph.level:
        return paragraph.level <= heading.level
    return style_of(paragraph) == style_of(heading) and looks_like_heading(paragraph, body)
