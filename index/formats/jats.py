"""JATS XML, the form in which PubMed Central and PLOS publish articles: abstract, sections, tables, captions."""

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from index.errors import UnreadableDocument
from index.extract import Composer, Extract
from index.formats.xml_tree import Element, attribute, count, formula, parse, raised, read_any, words

_SILENT = frozenset(
    "ref-list permissions object-id alt-text long-desc graphic inline-graphic contrib-group aff related-article kwd-group colgroup".split()
)
_FLOATS = frozenset("fig fig-group table-wrap table-wrap-group boxed-text supplementary-material media fn".split())
_BREAKING = frozenset("list def-list disp-quote verse-group preformat code speech statement".split())
_PARTS = frozenset("p attrib sec title label caption list-item def-item term def verse-line speaker disp-formula".split())
_BLOCKS = _FLOATS | _BREAKING | _PARTS
_HEADINGS = {"ack": "Acknowledgments", "abstract": "Abstract", "trans-abstract": "Abstract", "floats-group": "Figures and tables"}
_SUMMARIES = frozenset("toc teaser summary short executive-summary editors-summary".split())
_CONFLICTS = frozenset("conflict coi-statement competing-interest competing-interests".split())
_DATES = "epub electronic ppub print epub-ppub pub collection".split()
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_TEX_BODY = re.compile(r"\\begin\{document\}(?P<body>.*)\\end\{document\}", re.DOTALL)
_DOI = re.compile(r"10\.\d{4,9}/\S+")
_EDITOR = re.compile(r"\b(?:editor|reviewer)\b", re.IGNORECASE)
_GROUPS, _LONGEST_REPEATED = 3, 100  # in so many columns a cell over several rows is repeated, if it has no more characters


def read(content: bytes) -> Extract:
    """The article in a JATS file, or the text of any other XML.

    Reference lists, the details of journal and licence, and accompanying texts (decision letters, replies) are left out.

    Raises:
        UnreadableDocument: XML that is broken or not safe to read, or several articles in one file.
    """
    root = parse(content)
    articles = [article for article in root.iter("article") if article.find("front") is not None]
    if len(articles) > 1:
        raise UnreadableDocument(f"it holds {len(articles)} articles; save each in a file of its own.")
    return _Reading().article(articles[0]) if articles else read_any(root)


@dataclass(slots=True)
class _Reading:
    """One article being read: its text so far, and how many pictures took the place of a formula or table."""

    composer: Composer = field(default_factory=Composer)
    pictures: int = 0

    def article(self, article: Element) -> Extract:
        meta = article.find("front/article-meta")
        meta = article.find("front") if meta is None else meta
        abstracts = [*meta.iterfind("abstract"), *meta.iterfind("trans-abstract")]
        for element in abstracts + [element for part in ("body", "floats-group", "back") for element in article.iterfind(part)]:
            self.section(element, 0)
        for heading, statement in _statements(meta):
            self.composer.add(heading, 1)
            self.composer.add(statement)
        doi = _DOI.search(words(meta.find("article-id[@pub-id-type='doi']")))
        about = {"title": self.title(meta), "date": _date(meta), "doi": doi[0] if doi else ""}
        return self.composer.extract(authors=list(_authors(meta)), notes=list(self.notes(article)), **about)

    def title(self, meta: Element) -> str:
        title = meta.find("title-group/article-title")
        for mark in title.findall("xref") + title.findall("fn") if title is not None else ():
            mark.clear(keep_tail=True)  # the star of a footnote
        return ": ".join(filter(None, (self.text(title), self.text(meta.find("title-group/subtitle")))))

    def notes(self, article: Element) -> Iterator[str]:
        if others := [*article.iterfind("sub-article"), *article.iterfind("response")]:
            kinds = sorted({(attribute(other, "article-type") or other.tag).replace("-", " ") for other in others})
            yield f"Accompanying texts were left out ({len(others)}: {', '.join(kinds)})."
        if self.pictures:
            yield f"Formulas and tables of which the file has only a picture were left out ({self.pictures})."

    def block(self, element: Element, level: int) -> None:
        """One element that stands by itself, `level` headings down."""
        match element.tag:
            case tag if tag in _SILENT:
                return
            case "fig" | "supplementary-material" | "media" | "table-wrap":
                self.captioned(element)
            case "list":
                self.items(element, level)
            case "def-item":
                self.composer.add(": ".join(filter(None, map(self.text, element))))
            case "preformat" | "code":
                self.composer.add("".join(element.itertext()))
            case "p":
                self.paragraph(element, level)
            case "fn" | "list-item":
                self.labelled(element, self.text(element.find("label")), level)
            case _:
                holds = element.find(".//p") is not None or any(child.tag in _BLOCKS for child in element)
                (self.section if holds and element.tag != "disp-formula" else self.line)(element, level)

    def line(self, element: Element, _: int) -> None:
        self.composer.add(self.text(element))

    def section(self, element: Element, level: int) -> None:
        """What may have a heading; what it holds stands one level below."""
        children = [inner for child in element for inner in (child if child.tag == "caption" else [child])]
        heading = [next((child for child in children if child.tag == tag), None) for tag in ("label", "title")]
        title = " ".join(filter(None, map(self.text, heading)))
        if not title and element.tag in _HEADINGS:
            title = "Summary" if attribute(element, "abstract-type") in _SUMMARIES else _HEADINGS[element.tag]
        self.composer.add(title, level + 1)
        for child in children:
            if child not in heading:
                self.block(child, level + bool(title))

    def captioned(self, element: Element) -> None:
        """A figure, table or attachment: its label and caption in one block; of a table then each row and each note."""
        label = self.text(element.find("label")).rstrip(".:")
        about = [self.text(child) for child in element if child.tag not in ("label", "alternatives", "table", "table-wrap-foot")]
        self.composer.add(": ".join(filter(None, (label, " ".join(filter(None, about))))))
        tables = [*element.iterfind("table"), *element.iterfind("alternatives/table")]
        self.pictures += element.tag == "table-wrap" and not tables
        for table in tables:
            for cells in self.rows(table):
                self.composer.add(" | ".join(cells))
        for foot in element.iterfind("table-wrap-foot"):
            self.section(foot, 0)

    def rows(self, table: Element) -> Iterator[list[str]]:
        """The cells of each row; one over several rows is repeated, so that each row can be read by itself."""
        spanning: dict[int, tuple[int, str]] = {}  # column: rows it still reaches down, text
        for row in table.iter("tr"):
            cells = {column: text for column, (_, text) in spanning.items()}
            spanning = {column: (left - 1, text) for column, (left, text) in spanning.items() if left > 1}
            column = 0
            for cell in row:
                while column in cells:
                    column += 1
                cells[column] = text = self.text(cell)
                if (down := count(cell.get("rowspan"))) > 1 and column < _GROUPS and len(text) <= _LONGEST_REPEATED:
                    spanning[column] = (down - 1, text)
                column += count(cell.get("colspan"))
            if len(row) and any(cells.values()):
                yield [cells[place] for place in sorted(cells)]

    def items(self, element: Element, level: int) -> None:
        self.composer.add(self.text(element.find("title")))
        for number, item in enumerate(element.iterfind("list-item"), start=1):
            counted = f"{number}." if element.get("list-type") == "order" else ""
            self.labelled(item, self.text(item.find("label")) or counted, level)

    def labelled(self, element: Element, label: str, level: int) -> None:
        """The blocks of a list item or a note; its number or mark stands before the first of them."""
        for child in element:
            if child.tag == "p":
                self.paragraph(child, level, label)
                label = ""
            elif child.tag != "label":
                self.block(child, level)

    def paragraph(self, element: Element, level: int, label: str = "") -> None:
        """A paragraph, parted where a list or quotation stands in it; figures and notes inside it come after it."""
        floats: list[Element] = []
        pieces = [label, " ", element.text or ""]
        for child in element:
            if child.tag in _BREAKING:
                self.composer.add(_collapsed(pieces))
                pieces = []
                self.block(child, level)
            else:
                pieces += self.inline(child, floats)
            pieces.append(child.tail or "")
        self.composer.add(_collapsed(pieces))
        for child in floats:
            self.block(child, level)

    def text(self, element: Element | None) -> str:
        """All the text of an element in one line."""
        return "" if element is None else _collapsed(self.inline(element, None))

    def inline(self, element: Element, floats: list[Element] | None) -> Iterator[str]:
        """The pieces of text in an element; what floats is put aside if there is a list for it."""
        if floats is not None and element.tag in _FLOATS:
            floats.append(element)
        elif element.tag in ("inline-formula", "disp-formula"):
            yield self.formula(element)
        elif element.tag == "sup":
            yield raised(_collapsed(self.content(element, floats)))
        elif element.tag not in _SILENT:
            between = " " if element.tag in _BLOCKS or element.tag in ("break", "td", "th", "tr") else ""
            yield between
            yield from self.content(element, floats)
            yield between

    def content(self, element: Element, floats: list[Element] | None) -> Iterator[str]:
        yield element.text or ""
        for child in element:
            yield from self.inline(child, floats)
            yield child.tail or ""

    def formula(self, element: Element) -> str:
        """A formula as text, once, however many forms of it there are, and its number."""
        math, tex = next(element.iter("math"), None), next(element.iter("tex-math"), None)
        if math is not None:
            shown = formula(math)
        elif tex is not None:
            body = _TEX_BODY.search(words(tex))
            shown = (body["body"] if body else words(tex)).strip(" $")
        else:
            shown = _collapsed(piece for child in element if child.tag != "label" for piece in self.inline(child, None)) or words(element)
        label = self.text(element.find("label"))
        self.pictures += shown in ("", label)
        return f" {shown} {label} " if element.tag == "disp-formula" else shown


def _collapsed(pieces: Iterable[str]) -> str:
    return " ".join("".join(pieces).split())


def _authors(meta: Element) -> Iterator[str]:
    """Authors as `Given Surname`, and groups by their name."""
    for author in meta.iterfind("contrib-group/contrib"):
        kind = author.get("contrib-type") or ("editor" if _EDITOR.search(words(author.find("role"))) else "author")
        paths = ("name", "name-alternatives/name", "string-name", "collab")
        name = next((name for path in paths for name in author.iterfind(path)), None) if kind.startswith("author") else None
        if name is not None:
            for members in name.findall("contrib-group"):
                members.clear(keep_tail=True)
            given = " ".join(filter(None, (words(name.find(part)) for part in ("given-names", "surname", "suffix"))))
            yield given or words(name)


def _date(meta: Element) -> str:
    """When it was published: online before in print before in a collection."""
    found: dict[str, str] = {}
    for date in meta.iterfind("pub-date"):
        kind = date.get("pub-type") or date.get("date-type") or ""
        kind = date.get("publication-format", kind) if kind == "pub" else kind
        found[kind] = found.get(kind) or _iso(date)
    return next((found[kind] for kind in _DATES if found.get(kind)), "")


def _iso(date: Element) -> str:
    """A date as far as it is known; one with an impossible part is cut before it."""
    year, month, day = (words(date.find(part)) for part in ("year", "month", "day"))
    if month[:3].lower() in _MONTHS:
        month = str(_MONTHS.index(month[:3].lower()) + 1)
    known = re.match(r"[12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?(?![^-])", f"{year}-{month:0>2}-{day:0>2}")
    return known[0] if known else ""


def _statements(meta: Element) -> Iterator[tuple[str, str]]:
    """What readers ask about and journals keep outside the text: money, interests, where the data are."""
    for statement in meta.iterfind("funding-group/funding-statement"):
        yield "Funding", words(statement)
    for note in meta.iterfind("author-notes/fn"):
        if attribute(note, "fn-type").lower() in _CONFLICTS:
            yield "Competing interests", words(note)
    for entry in meta.iterfind("custom-meta-group/custom-meta"):
        if words(entry.find("meta-name")).lower() == "data availability":
            yield "Data availability", words(entry.find("meta-value"))
