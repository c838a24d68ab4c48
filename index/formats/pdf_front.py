"""What a PDF says of itself in its metadata and on its first pages: title, authors, date and DOI."""

import re
from collections.abc import Sequence

from index.formats.pdf_body import WORD
from index.formats.pdf_pages import Page

_NO_TITLE = re.compile(r"untitled|\w+://|microsoft \w+ - |\S+\.\w{2,4}\Z|\W*\Z", re.IGNORECASE)
_DOI = re.compile(r"\b10\.\d{4,9}/[^\s\"<>]+")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_PUBLISHED = re.compile(
    r"(?:\bpublished(?: online)?|\bpublication date|\barXiv:\S+(?: \[\S+\])?)[:\s]+(?:on )?(?P<day>\d{1,2} )?"
    rf"(?P<month>{'|'.join(_MONTHS)})[a-z]*\.?(?: (?P<day_after>\d{{1,2}}),)? (?P<year>(?:19|20)\d\d)\b",
    re.IGNORECASE,
)


def front_of(pages: Sequence[Page]) -> str:
    """All that is on the first two pages."""
    lines = (line.text for page in pages[:2] for sheet in page.sheets for line in sheet.lines)
    return " ".join((*lines, *(page.aside for page in pages[:2])))


def plausible(title: str) -> str:
    """The title in the metadata if it is one, and not what a program wrote there."""
    return "" if _NO_TITLE.match(title) else " ".join(title.split())


def authors_of(metadata: str, front: str) -> tuple[str, ...]:
    """The authors that the file names, if the first pages name them too; others are whoever wrote or saved the file."""
    names = tuple(" ".join(name.split()) for name in re.split(r"[;,&]|\band\b", metadata) if name.strip())
    words = set(WORD.findall(front.casefold()))
    return names if all(len(name.split()) > 1 and words.issuperset(WORD.findall(name.casefold())) for name in names) else ()


def date_of(front: str) -> str:
    """The date of publication that the first pages tell, as far as they do; "" otherwise."""
    found = _PUBLISHED.search(front)
    if not found:
        return ""
    day = found["day"] or found["day_after"]
    month = _MONTHS.index(found["month"].casefold()) + 1
    return f"{found['year']}-{month:02}" + (f"-{int(day):02}" if day else "")


def doi_of(front: str) -> str:
    """The first DOI on the first pages; "" if there is none."""
    found = _DOI.search(front)
    return found[0].rstrip(".,;:)]}'’”") if found else ""
