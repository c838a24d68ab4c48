"""XML, parsed so that a hostile file does no harm; what its readers share (words, raised digits, formulas); XML of any kind."""

import re
from collections.abc import Iterator
from html.entities import html5
from typing import Any, TypeAlias

from lxml import etree

from index.errors import UnreadableDocument
from index.extract import Composer, Extract

Element: TypeAlias = Any  # lxml has no types

_MOST_TAGS = 4_000_000  # start and end tags; the tree of so many takes about half a gigabyte
_DEEPEST = 128
_LONGEST_ENTITY = 100  # characters
_MOST_ENTITY_TEXT = 1_000_000  # characters put in for entities, in all
_LONGEST_FIELD = 200  # characters
_RAISABLE = re.compile(r"(?:[\d+\-\u2212]+|[a-pr-z])(?:(?:, ?|\u2013)(?:[\d+\-\u2212]+|[a-pr-z]))*")
_SIGN = re.compile(r"(?<!\d)[+\-\u2212]|[+\-\u2212](?!\d)")
_RAISED = str.maketrans("0123456789abcdefghijklmnoprstuvwxyz", "⁰¹²³⁴⁵⁶⁷⁸⁹ᵃᵇᶜᵈᵉᶠᵍʰⁱʲᵏˡᵐⁿᵒᵖʳˢᵗᵘᵛʷˣʸᶻ")
_SIGNS = str.maketrans("+-\u2212", "⁺⁻⁻")

# Formulas, in MathML and in Office's own markup: how the parts of each construct are put together.
_PATTERNS = {
    "msup": "{0}{^1}",
    "sSup": "{0}{^1}",
    "msub": "{0}{1}",
    "sSub": "{0}{1}",
    "msubsup": "{0}{1}{^2}",
    "sSubSup": "{0}{1}{^2}",
    "mfrac": "{(0}/{(1}",
    "f": "{(0}/{(1}",
    "msqrt": "√{(*}",
    "mroot": "{1}√{(0}",
    "rad": "{0}√{(1}",
    "munder": "{0}{(1} ",
    "limLow": "{0}{(1} ",
    "mover": "{0}{1}",
    "munderover": "{0}({1}…{2}) ",
    "func": "{0} {1}",
    "nary": "{0}({1}…{2}) {3}",
}
_BETWEEN = {"mtable": "; ", "m": "; ", "mtr": ", ", "mr": ", "}
_SLOT = re.compile(r"\{([(^]?)([\d*])\}")


def parse(content: bytes) -> Element:
    """The root of an XML document. Tags and attributes are stripped of their namespaces, comments and instructions are gone.

    Nothing outside the document is opened. Entities that stand for a few characters are replaced; one that nobody declares
    stays as it is written, `&name;`.

    Raises:
        UnreadableDocument: not well-formed, too deep or too large, or with entities that stand for long text or another file.
    """
    if content.count(b"<") > _MOST_TAGS:
        raise UnreadableDocument(f"it has more than {_MOST_TAGS} XML tags; split it.")
    parser = etree.XMLParser(
        resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, remove_comments=True, remove_pis=True
    )
    try:
        root = etree.fromstring(content, parser)
    except (etree.XMLSyntaxError, ValueError, LookupError) as error:
        raise UnreadableDocument(
            f"its XML is broken: {getattr(error, 'msg', error)}. Mend it, or save it anew from the program it was made with."
        ) from error
    _check_depth(root)
    _replace_entities(root)
    for element in root.iter("{*}*"):
        element.tag = element.tag.rpartition("}")[2]
    return root


def attribute(element: Element, name: str) -> str:
    """The value of an attribute, whatever its namespace; empty if there is none."""
    return next((value for key, value in element.items() if key.rpartition("}")[2] == name), "")


def value(element: Element, path: str) -> str:
    """The attribute `val` of what stands at a path, which is where Office keeps what it has to say; empty if there is none."""
    found = element.find(path)
    return "" if found is None else attribute(found, "val")


def count(given: str | None) -> int:
    """A number as it is given in an attribute; 1 if none is."""
    return min(int(given), 1000) if given and given.isdecimal() and len(given) < 10 else 1


def words(element: Element | None) -> str:
    """All text in an element, white space collapsed; empty for None."""
    return "" if element is None else " ".join("".join(element.itertext()).split())


def raised(text: str) -> str:
    """A superscript in a line of text: numbers, signs and marks as raised characters, so that 10⁶ does not become 106."""
    if not _RAISABLE.fullmatch(text):
        return text
    return _SIGN.sub(lambda sign: sign[0].translate(_SIGNS), text).translate(_RAISED)


def formula(element: Element) -> str:
    """A formula of MathML or of Office (OMML) as one line of text: `E = mc²`, `(a + b)/2`, `√x`."""
    if element.tag in ("annotation", "annotation-xml") or element.tag.endswith("Pr"):
        return ""
    parts = [formula(child) + (child.tail or "").strip() for child in element if not child.tag.endswith("Pr")]
    if element.tag in ("mfenced", "d"):
        return _fenced(element, [part for part in parts if part])
    if element.tag == "nary":
        parts.insert(0, value(element, "naryPr/chr") or "∫")  # an integral's sign need not be given
    if pattern := _PATTERNS.get(element.tag):
        return _SLOT.sub(lambda slot: _part(parts, slot[1], slot[2]), pattern)
    own = (element.text or "").strip() if element.tag != "t" else element.text or ""
    spaced = f" {own} " if element.tag == "mo" and own in "=<>≤≥≈≠±+×∝→∼≪≫" else own
    return spaced + _BETWEEN.get(element.tag, "").join(parts)


def read_any(root: Element) -> Extract:
    """The words of XML of an unknown kind: a paragraph a block, and a record of short fields one too (`name: Canada | capital: Ottawa`)."""
    composer = Composer()
    for line in _lines(root):
        composer.add(line)
    return composer.extract(notes=["This XML is of no kind that is known: its text was read, the attributes of its tags were not."])


def _lines(element: Element) -> Iterator[str]:
    mixed = any(text and not text.isspace() for text in (element.text, *(child.tail for child in element)))
    if mixed or len(element) == 0:
        yield words(element)
    elif fields := _fields(element):
        yield " | ".join(f"{name}: {text}" for name, text in fields if text)
    else:
        for child in element:
            yield from _lines(child)


def _fields(element: Element) -> list[tuple[str, str]]:
    """The fields of a record: short, with nothing but text in them, and not all of one name. Empty if it is no record."""
    if any(len(child) for child in element) or len({child.tag for child in element}) < 2:
        return []
    fields = [(child.tag, words(child)) for child in element]
    return fields if all(len(text) <= _LONGEST_FIELD for _, text in fields) else []


def _part(parts: list[str], how: str, place: str) -> str:
    text = "".join(parts) if place == "*" else parts[int(place)] if int(place) < len(parts) else ""
    text = text.strip()
    if how == "^":
        above = raised(text)
        return above if above != text or not text else f"^{_bracketed(text)}"
    return _bracketed(text) if how == "(" else text


def _bracketed(text: str) -> str:
    return text if len(text) == 1 or text.isalnum() else f"({text})"


def _fenced(element: Element, parts: list[str]) -> str:
    separators = element.get("separators", ",")
    separator = f"{separators[0]} " if separators else ""
    left = value(element, "dPr/begChr") or element.get("open", "(")
    right = value(element, "dPr/endChr") or element.get("close", ")")
    return left + separator.join(parts) + right


def _check_depth(root: Element) -> None:
    depth = 0
    for event, _ in etree.iterwalk(root, events=("start", "end")):
        depth += 1 if event == "start" else -1
        if depth > _DEEPEST:
            raise UnreadableDocument(f"its XML is nested more than {_DEEPEST} deep; no document needs that, so it is not read.")


def _replace_entities(root: Element) -> None:
    entities = list(root.iter(etree.Entity))
    if not entities:
        return
    known = dict(_declared(root))
    room = _MOST_ENTITY_TEXT
    for entity in entities:
        text = known[entity.name] if entity.name in known else html5.get(f"{entity.name};", entity.text)
        if text is None or len(text) > _LONGEST_ENTITY or "&" in text[1:] or "<" in text[1:] or (room := room - len(text)) < 0:
            raise UnreadableDocument(
                f"its entity &{entity.name}; stands for another file or for long text, which is not put in. "
                "Save it with its entities resolved and add it again."
            )
        stand_in = etree.Element("entity")
        stand_in.text, stand_in.tail = text, entity.tail
        entity.getparent().replace(entity, stand_in)


def _declared(root: Element) -> Iterator[tuple[str, str | None]]:
    """The entities that the document itself declares; None for one that stands for something outside it."""
    declaration = root.getroottree().docinfo.internalDTD
    for entity in declaration.entities() if declaration is not None else ():
        yield entity.name, entity.content
