"""DOCX, read from its own XML: what libraries leave out (text boxes, footnotes, formulas, numbers, nested tables) is kept."""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from index.errors import UnreadableDocument
from index.extract import Composer, Extract
from index.formats.office import OfficeFile
from index.formats.xml_tree import Element, attribute, count, formula, raised, value, words

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_ASK_FOR_OPEN = "the document is encrypted; save it without a password and add it again."
_WRAPPERS = frozenset("sdt sdtContent customXml smartTag ins moveTo Choice Fallback".split())
_DROPPED = frozenset("pPr rPr sdtPr sdtEndPr tblPr del moveFrom delText instrText delInstrText rt".split())
_SPACES = {"tab": " ", "ptab": " ", "br": "\n", "cr": "\n", "noBreakHyphen": "-"}
_SYMBOL_CODES = b"abgdezhqiklmnxoprstufcywjJVABGDEZHQIKLMNXOPRSTUFCYW\xa3\xa5\xac\xae\xb0\xb1\xb3\xb4\xb7\xb9\xbb"
_SYMBOLS = "αβγδεζηθικλμνξοπρστυφχψωϕϑςΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩ≤∞←→°±≥×•≠≈"
_ROMAN = " i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx".split(" ")
_NO_TITLE = re.compile(r"(?i)(?:.*\.(?:docx?|dotx?|pdf|rtf|odt|txt)|microsoft word\b.*|(?:word )?document ?\d*|untitled.*|title|.{0,2})")
_NO_AUTHORS = frozenset(("", "python-docx", "microsoft office user", "user", "admin", "administrator", "unknown", "author"))
_LONGEST_CELL = 600  # characters; a row with a longer cell lays text out, and its cells are read one after another
_LONGEST_REPEATED = 100  # characters of a cell over several rows, which is repeated in each
_LONGEST_HEADING = 300  # characters

Aside = list[tuple[str, Element]]  # text boxes and notes that follow a paragraph, a note with its mark


def read(content: bytes) -> Extract:
    """The text of a Word document as it stands with all changes accepted, its headings, and what it says of itself.

    Raises:
        UnreadableDocument: encrypted, of the time before DOCX, damaged, or larger inside than any document needs to be.
    """
    if content.startswith(_OLE):
        old = "it is a Word document of before 2007 (doc), which is not read; save it as DOCX and add it again."
        raise UnreadableDocument(_ASK_FOR_OPEN if _ENCRYPTED in content else old)
    archive = OfficeFile(content)
    main = next(archive.targets("", "officeDocument"), "word/document.xml")
    document = archive.part(main)
    if document is None:
        raise UnreadableDocument("there is no document in it (word/document.xml); save it anew as DOCX and add it again.")
    parts = {kind: archive.part(next(archive.targets(main, kind), "")) for kind in ("styles", "numbering", "footnotes", "endnotes")}
    reading = _Reading(_Numbering(parts["numbering"]))
    reading.styles = {attribute(style, "styleId"): style for style in _inside(parts["styles"], "style")}
    reading.notes = {kind: {attribute(note, "id"): note for note in _inside(parts[f"{kind}s"], kind)} for kind in ("footnote", "endnote")}
    for body in document.iterfind("body"):
        reading.blocks(body)
    title, authors = _said(archive.part("docProps/core.xml"), reading.title)
    return reading.composer.extract(title, authors, notes=list(_left_out(archive, document)))


@dataclass(slots=True)
class _Reading:
    """One document being read: its text so far, and what paragraphs refer to."""

    numbering: "_Numbering"
    styles: dict[str, Element] = field(default_factory=dict)
    notes: dict[str, dict[str, Element]] = field(default_factory=dict)
    composer: Composer = field(default_factory=Composer)
    title: str = ""
    marks: int = 0

    def blocks(self, element: Element) -> None:
        for child in _unwrapped(element):
            if child.tag == "tbl":
                self.table(child)
            elif child.tag in ("p", "oMathPara"):
                self.paragraph(child)

    def paragraph(self, element: Element, mark: str = "") -> None:
        """A paragraph or heading; text boxes and notes that hang on it come after it."""
        aside: Aside = []
        text = mark + self.line(element, aside)
        level = next((level for style in self.chain(element) if (level := _level(style)) is not None), 0)
        if level and len(text) <= _LONGEST_HEADING:
            heading = " ".join(text.split())
            self.title = self.title or heading
            self.composer.add(heading, level)
        else:
            for piece in text.split("\n\n"):
                self.composer.add(piece)
        self.add_aside(aside)

    def add_aside(self, aside: Aside) -> None:
        for mark, element in aside:
            if not mark and not words(element).isdecimal():  # else it is the number of a page
                self.blocks(element)
            for number, paragraph in enumerate(element.iterfind("p") if mark else ()):
                self.paragraph(paragraph, "" if number else f"{mark} ")

    def chain(self, element: Element, kind: str = "pPr/pStyle") -> list[Element]:
        """A paragraph or run, its style, and the styles which that one is based on."""
        found = [element]
        style = self.styles.get(value(element, kind))
        while style is not None and len(found) < 10:  # a longer chain is a circle
            found.append(style)
            style = self.styles.get(value(style, "basedOn"))
        return found

    def line(self, element: Element, aside: Aside) -> str:
        """The text of a paragraph with its number; a blank line stands in it where the line was broken twice."""
        chain = self.chain(element)
        if any(_on(style, "rPr/vanish") or value(style, "name").lower().startswith("toc ") for style in chain):
            return ""
        text = "\n".join(" ".join(line.split()) for line in "".join(self.pieces(element, aside)).split("\n"))
        text = re.sub(r"\n{2,}", "\n\n", text).strip()
        numbered = next(filter(None, map(_numbered, chain)), None)
        mark = self.numbering.mark(*numbered) if numbered and text else ""
        return f"{mark} {text}" if mark else text

    def pieces(self, element: Element, aside: Aside) -> Iterator[str]:
        for child in _unwrapped(element):
            match child.tag:
                case tag if tag in _DROPPED:
                    continue
                case "r":
                    yield self.run(child, aside)
                case "oMath":
                    yield formula(child)
                case "txbxContent":
                    aside.append(("", child))
                case "footnoteReference" | "endnoteReference":
                    yield self.reference(child, aside)
                case _:
                    yield _SPACES.get(child.tag, "") or _character(child)
                    yield from self.pieces(child, aside)

    def run(self, element: Element, aside: Aside) -> str:
        if any(_on(style, "rPr/vanish") for style in self.chain(element, "rPr/rStyle")):
            return ""
        text = "".join(self.pieces(element, aside))
        return raised(text) if value(element, "rPr/vertAlign") == "superscript" else text

    def reference(self, element: Element, aside: Aside) -> str:
        """The mark of a note, which is put aside to follow the paragraph; each note is shown once."""
        note = self.notes.get(element.tag.removesuffix("Reference"), {}).pop(attribute(element, "id"), None)
        if note is None:
            return ""
        self.marks += 1
        aside.append((raised(str(self.marks)), note))
        return raised(str(self.marks))

    def table(self, element: Element) -> None:
        """A table row by row; a cell over several rows is repeated, so that each row can be read by itself."""
        above: dict[int, str] = {}
        for row in _unwrapped(element):
            cells = [child for child in _unwrapped(row) if child.tag == "tc" and row.find("trPr/del") is None]
            if len(cells) == 1 or any(len(words(cell)) > _LONGEST_CELL for cell in cells):
                for cell in cells:
                    self.blocks(cell)
            else:
                self.row(cells, above)

    def row(self, cells: list[Element], above: dict[int, str]) -> None:
        """A row in one line; tables, text boxes and notes in its cells come after it."""
        aside: Aside = []
        texts: list[str] = []
        column = 0
        for cell in cells:
            text = " ".join(" ".join(self.line(child, aside) for child in _unwrapped(cell) if child.tag == "p").split())
            if cell.find("tcPr/vMerge") is not None and value(cell, "tcPr/vMerge") != "restart":
                text = text or above.get(column, "")
            texts.append(text)
            above[column] = text if len(text) <= _LONGEST_REPEATED else ""
            column += count(value(cell, "tcPr/gridSpan"))
        self.composer.add(" | ".join(texts) if any(texts) else "")
        self.add_aside(aside)
        for table in [child for cell in cells for child in _unwrapped(cell) if child.tag == "tbl"]:
            self.table(table)


class _Numbering:
    """The numbers of list items and headings, which Word counts anew each time it shows a document."""

    def __init__(self, root: Element | None) -> None:
        patterns = {attribute(pattern, "abstractNumId"): pattern.findall("lvl") for pattern in _inside(root, "abstractNum")}
        abstract = {attribute(number, "numId"): value(number, "abstractNumId") for number in _inside(root, "num")}
        self._levels = {number: patterns.get(pattern, []) for number, pattern in abstract.items()}
        self._counts: dict[str, list[int]] = {}

    def mark(self, number: str, depth: int) -> str:
        """The number that the next item of a list bears; empty for bullets."""
        levels = self._levels.get(number, [])
        if depth >= len(levels):
            return ""
        counts = self._counts.setdefault(number, [])
        counts += [count(value(level, "start")) for level in levels[len(counts) : depth]]
        counts[depth:] = [counts[depth] + 1 if depth < len(counts) else count(value(levels[depth], "start"))]
        shown = [_shown(*pair) for pair in zip(counts, [value(level, "numFmt") for level in levels], strict=False)]
        pattern = "" if value(levels[depth], "numFmt") in ("bullet", "none") else value(levels[depth], "lvlText")
        return re.sub(r"%([1-9])", lambda place: "".join(shown[int(place[1]) - 1 : int(place[1])]), pattern)


def _shown(number: int, style: str) -> str:
    letter = chr(ord("a") + (number - 1) % 26) if style.endswith("Letter") else ""
    roman = _ROMAN[number] if style.endswith("Roman") and number < len(_ROMAN) else ""
    text = letter or roman or str(number)
    return text.upper() if style.startswith("upper") else text


def _level(element: Element) -> int | None:
    """The level of heading that a style or paragraph gives itself; None if it says nothing of that."""
    if outline := value(element, "pPr/outlineLvl"):
        return int(outline) + 1 if outline in set("012345678") else 0
    heading = re.fullmatch(r"heading ([1-9])|title", value(element, "name").lower())
    return int(heading[1] or 1) if heading else None


def _numbered(element: Element) -> tuple[str, int] | None:
    """The list that a style or paragraph belongs to, and how deep in it."""
    number, depth = value(element, "pPr/numPr/numId"), value(element, "pPr/numPr/ilvl")
    return (number, int(depth) if depth in set("12345678") else 0) if number else None


def _inside(root: Element | None, tag: str) -> list[Element]:
    return [] if root is None else root.findall(tag)


def _on(element: Element, path: str) -> bool:
    return element.find(path) is not None and value(element, path) not in ("0", "false", "off")


def _unwrapped(element: Element) -> Iterator[Element]:
    """What stands in an element, without the wrappers around it that a reader does not see."""
    for child in element:
        if child.tag == "AlternateContent":
            choices = sorted(child, key=lambda choice: next(choice.iter("t"), None) is None)  # one with text first
            yield from _unwrapped(choices[0]) if choices else ()
        elif child.tag in _WRAPPERS:
            yield from () if value(child, "sdtPr/docPartObj/docPartGallery") == "Table of Contents" else _unwrapped(child)
        else:
            yield child


def _character(element: Element) -> str:
    """The text of a `w:t`, and the character of a `w:sym`: Greek letters and signs of Word's old Symbol font."""
    if element.tag == "t":
        return "".join(element.itertext())
    if element.tag != "sym" or attribute(element, "font") != "Symbol":
        return ""
    code = attribute(element, "char")[-2:].lower()
    return next((sign for number, sign in zip(_SYMBOL_CODES, _SYMBOLS, strict=True) if f"{number:02x}" == code), "")


def _said(core: Element | None, heading: str) -> tuple[str, list[str]]:
    title = words(core.find("title")) if core is not None else ""
    authors = words(core.find("creator")).split(";") if core is not None else []
    title = heading if _NO_TITLE.fullmatch(title) else title
    return title, [author.strip() for author in authors if author.strip().lower() not in _NO_AUTHORS]


def _left_out(archive: OfficeFile, document: Element) -> Iterator[str]:
    if embedded := sum("/embeddings/" in name for name in archive.names):
        yield f"Embedded files were left out ({embedded})."
    if any(name.startswith("word/comments") for name in archive.names):
        yield "Comments were left out."
    if next(document.iter("del", "moveFrom"), None) is not None:
        yield "Changes were taken as accepted: what is marked as deleted was left out."
