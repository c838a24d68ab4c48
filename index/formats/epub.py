"""EPUB: the chapters of a book in reading order.

Read with `archive` and not with EbookLib, which inflates every entry whole, however large, before anything is asked for.
"""

import posixpath
import re
from collections.abc import Iterator
from urllib.parse import unquote

from selectolax.lexbor import LexborNode

from index.errors import UnreadableDocument
from index.extract import Composer, Extract
from index.formats.archive import Archive
from index.formats.html_visibility import Attributes, Sight, Styles
from index.formats.hypertext import decoded, parse_page
from index.formats.xml_tree import Element, attribute, parse, words
from index.shadow import has_word

_CONTAINER, _ENCRYPTION = "META-INF/container.xml", "META-INF/encryption.xml"
_PAGES = frozenset(("application/xhtml+xml", "text/html", "application/x-dtbook+xml"))
_FONTS = ("http://www.idpf.org/2008/embedding", "http://ns.adobe.com/pdf/enc#RC")  # fonts so veiled are no bar to reading
_ASIDE = re.compile(r"\b(?:doc-)?(?:pagebreak|toc|landmarks|page-list|pagelist)\b")
_DATE = re.compile(r"\s*([12]\d{3}(?:-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?)?)")
_DOI = re.compile(r"(?:^|[\s:/])(10\.\d{4,9}/\S+)")


def read(content: bytes) -> Extract:
    """The text of a book and what its package file says of it; tables of contents are left out.

    Raises:
        UnreadableDocument: damaged, encrypted, larger inside than any book needs to be, or without text.
    """
    archive = Archive(content)
    place = _package_place(archive)
    package = parse(archive.read(place))
    chapters = list(_spine(package, posixpath.dirname(place)))
    if not _encrypted(archive).isdisjoint(chapters):
        raise UnreadableDocument("the EPUB is encrypted (DRM). Add a copy that is not protected, or its text in another form.")
    composer, missing = Composer(), [name for name in chapters if name not in archive.names]
    notes = [f"Chapters are missing from the EPUB ({len(missing)}), such as {missing[0]}."] if missing else []
    for name in chapters:
        for text, level in _chapter(archive, name, notes):
            composer.add(text, level)
    extract = composer.extract(*_about(package), notes=list(dict.fromkeys(notes)))
    if not has_word(extract.text):
        raise UnreadableDocument("there is no text in the EPUB; its pages may be pictures. Add its text in another form.")
    return extract


def _package_place(archive: Archive) -> str:
    """Where the package file is, by the container file."""
    if _CONTAINER not in archive.names:
        raise UnreadableDocument(f"it is no EPUB: it has no {_CONTAINER}. Get the book anew, or add its text in another form.")
    places = [attribute(rootfile, "full-path") for rootfile in parse(archive.read(_CONTAINER)).iter("rootfile")]
    place = next((place for place in places if place in archive.names), None)
    if place is None:
        raise UnreadableDocument("the EPUB lacks the package file that lists its chapters. Get the book anew and add it again.")
    return place


def _encrypted(archive: Archive) -> set[str]:
    """The files that cannot be read without a key."""
    names: set[str] = set()
    for data in parse(archive.read(_ENCRYPTION)).iter("EncryptedData") if _ENCRYPTION in archive.names else ():
        methods = [attribute(method, "Algorithm") for method in data.iterfind("EncryptionMethod")]
        if not methods or methods[0] not in _FONTS:
            names.update(_resolved("", attribute(reference, "URI")) for reference in data.iter("CipherReference"))
    return names


def _spine(package: Element, folder: str) -> Iterator[str]:
    """The files of the chapters, in reading order; neither what only leads to them, nor what is outside the archive."""
    items = {attribute(item, "id"): item for item in package.iterfind("manifest/item")}
    contents = {attribute(reference, "href") for reference in package.iterfind("guide/reference") if attribute(reference, "type") == "toc"}
    for reference in package.iterfind("spine/itemref"):
        item = items.pop(attribute(reference, "idref"), None)
        if item is not None and attribute(item, "media-type") in _PAGES and "nav" not in attribute(item, "properties").split():
            href = attribute(item, "href")
            if href not in contents and (name := _resolved(folder, href)):
                yield name


def _resolved(folder: str, address: str) -> str:
    """The name of a file in the archive; empty if the address leads out of it."""
    name = posixpath.normpath(posixpath.join(folder, unquote(address.partition("#")[0])))
    return "" if ":" in address.partition("/")[0] or name.startswith(("../", "/")) or name in ("..", ".") else name


def _chapter(archive: Archive, name: str, notes: list[str]) -> list[tuple[str, int]]:
    """The blocks of a chapter; none where it is not there, or is not text."""
    content = archive.read(name) if name in archive.names else b""
    try:
        tree, flaws = parse_page(decoded(content))
    except UnreadableDocument as error:
        notes.append(f"The chapter {name} was left out: {error}")
        return []
    notes += flaws
    sight = Sight(Styles(node.text() for node in tree.css("style")), _is_aside)
    if tree.root is not None:
        sight.walk(tree.body or tree.root)
    return sight.blocks


def _is_aside(node: LexborNode, attributes: Attributes) -> bool:
    """Whether an element is a table of contents or the number of a printed page."""
    return _ASIDE.search(f"{attributes.get('role') or ''} {attributes.get('epub:type') or ''}") is not None


def _about(package: Element) -> tuple[str, list[str], str, str]:
    """Title, authors, date of publication and DOI, as the package file has them."""
    said = [element for metadata in package.iterfind("metadata") for element in metadata.iter() if words(element)]
    refined = {(meta.get("refines"), meta.get("property")): words(meta) for meta in said if meta.tag == "meta"}

    def named(name: str, property: str, *values: str) -> Iterator[str]:
        """Statements of that name and, in an attribute (EPUB 2) or a `meta` element (EPUB 3), of one of those values."""
        for element in said:
            value = attribute(element, property) or refined.get((f"#{attribute(element, 'id')}", property), "")
            if element.tag == name and (value in values or not values):
                yield words(element)

    dates = (match[1] for date in named("date", "event", "", "publication", "original-publication") if (match := _DATE.match(date)))
    dois = (match[1] for identifier in named("identifier", "scheme") if (match := _DOI.search(identifier)))
    title = next(named("title", "title-type", "main"), next(named("title", ""), ""))
    return title, list(named("creator", "role", "", "aut")), next(dates, ""), next(dois, "")
