"""HTML: the main content of a page as a reader of it sees it, and what the page says of itself."""

import codecs
import json
import re
from collections import Counter, defaultdict
from collections.abc import Iterator
from functools import partial
from typing import Any, TypeAlias

from selectolax.lexbor import LexborHTMLParser, LexborNode

from index.errors import UnreadableDocument
from index.extract import Composer, Extract
from index.formats.html_visibility import BLOCKS, REFERENCES, Attributes, Sight, Styles, Veils
from index.formats.text import decode
from index.shadow import has_word

Fields: TypeAlias = dict[str, list[str]]

_HEAD = 4096  # bytes in which a page declares its encoding
_DECLARED = re.compile(rb"(?:<meta[^>]{1,400}?charset|^\s*<\?xml[^>]{1,200}?encoding)\s*=\s*[\"']?\s*([\w.:-]{1,40})", re.IGNORECASE)
_SINGLE_BYTES = re.compile(r"(?:iso8859-|cp125|koi8|mac).*|ascii")
_NO_CHARSET = re.compile(r"utf-(?:7|8|16|32).*|.*unicode.*|idna|punycode|undefined|mbcs|oem|palmos")

_DEEPEST, _LONGEST_MENU = 256, 20_000  # elements inside one another; characters
_MOST_ATTRIBUTES, _LONG = 256, 4096  # of one element; characters of attributes, from which on they are counted
_XHTML = re.compile(r"<\?xml\s|xmlns\s*=\s*[\"']http://www.w3.org/1999/xhtml", re.IGNORECASE)
_ENTITIES = re.compile(r"\s*(?:<\?xml[^>]*>\s*)?<!DOCTYPE[^>\[]*\[.*?\]\s*>", re.DOTALL | re.IGNORECASE)
_VALUE = re.compile(r"\"[^\"]*\"|'[^']*'")
_REST = r"(?:[^=>]++|=\s*+(?:\"[^\"]*+\"|'[^']*+')?)*+"
_MARKUP = re.compile(
    r"<!--(?:-?>|.*?(?:--!?>|(?P<unclosed>\Z)))"
    rf"|<(script|style|noscript|textarea|title)(?P<raw>(?=[\s/>]){_REST})(?<!/)>.*?(?:</\2(?=[\s/>])[^>]*+>?|\Z)"
    rf"|<(?P<close>/?)(?P<name>[a-z][^\s/>]*+)(?P<rest>{_REST})(?:>|\Z)",
    re.DOTALL | re.IGNORECASE,
)
_EMPTY = frozenset("area base br col embed hr img input link meta param source track wbr".split())
_NOT_NESTED = _EMPTY.union("a p li dt dd tr td th tbody thead tfoot colgroup option rb rt rp".split())
_FLATTENED = f"It nests more than {_DEEPEST} elements, or one has as many attributes, so it was read without headings and tables."
_UNCLOSED = "It ends inside a comment that is never closed; as in browsers, what stands in it was left out."

_ROLES = {"navigation": "nav", "search": "nav", "banner": "header", "contentinfo": "footer", "complementary": "aside"}
_FURNITURE = REFERENCES.union(
    "navbox catlinks printfooter mw-editsection mw-jump-link mw-cite-backlink toc noprint sistersitebox portalbox headerlink header-anchor "
    "heading-anchor doc-anchor anchor-link hash-link permalink copiable-link".split()
)
_MENU = re.compile(
    r"(?:^|[\s_-])(?:nav\w*|menu\w*|breadcrumbs?|sidebar|footer|masthead|pagination|shar(?:e|ing)|social|cookies?)(?:[\s_-]|$)",
    re.IGNORECASE,
)
_DATE = re.compile(r"(?<!\d)([12]\d{3})(?:[-/.](0?[1-9]|1[0-2])(?:[-/.](0?[1-9]|[12]\d|3[01])(?!\d))?(?!\d))?(?!\d)")
_DATES = "citation_publication_date, citation_date, citation_online_date, article:published_time, dc.date, linked datePublished, time"
_DOI = re.compile(r"10\.\d{4,9}/[^\s\"<>]*[^\s\"<>.,;]")
_DOIS = "citation_doi, dc.identifier, prism.doi"
_AUTHORS = ("dc.creator", "author", "linked author", "article:author")


def read(content: bytes) -> Extract:
    """The main content of a page, without what its style hides and without menus, footers and lists of references.

    Raises:
        UnreadableDocument: not text, in an encoding that cannot be told, or without a word that a reader of the page sees.
    """
    tree, notes = parse_page(decoded(content))
    fields = _fields(tree)
    blocks, hidden = _main_content(tree)
    if not has_word("".join(text for text, _ in blocks)):
        advice = "If scripts draw the page, open it in a browser, save it as PDF and add that."
        raise UnreadableDocument(f"there is no text in it that a reader of the page sees. {advice}")
    tops = [text for text, level in blocks if level == 1]
    title = _title(fields, tops or [*(text for text, level in blocks if level), ""][:1], [node.text() for node in tree.css("h1")])
    composer = Composer()
    for text, level in blocks:
        if level != 1 or len(tops) > 1 or len(blocks) == 1 or _folded(text) != _folded(title):
            composer.add(text, level)
    notes += [f"Text that its style hides was left out ({hidden} characters)."] if hidden else []
    return composer.extract(title, _authors(fields), _date(fields), _doi(fields), notes)


def decoded(content: bytes) -> str:
    """The text of a page, by its byte order mark, by what it declares, or by what the bytes look like.

    Raises:
        UnreadableDocument: not text, or in an encoding that cannot be told.
    """
    declared = _DECLARED.search(content[:_HEAD])
    if declared and not content.startswith((codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        try:
            encoding = codecs.lookup(declared[1].decode()).name
            is_utf8 = not content.isascii() and content.decode("utf-8", "ignore").encode() == content
            if not _NO_CHARSET.fullmatch(encoding) and not (is_utf8 and _SINGLE_BYTES.fullmatch(encoding)):
                return content.decode("cp1252" if encoding in ("iso8859-1", "ascii") else encoding)
        except (LookupError, ValueError):  # an encoding that is unknown, or not that of the page
            pass
    return decode(content)[0].removeprefix("\ufeff")


def parse_page(text: str) -> tuple[LexborHTMLParser, list[str]]:
    """The parsed page, and what could not be read of it, a sentence each."""
    text = text[declared.end() :] if (declared := _ENTITIES.match(text)) else text
    text = _MARKUP.sub(_closed, text) if _XHTML.search(text, 0, _HEAD) else text
    is_deep, is_unclosed = _flaws(text)
    tree = LexborHTMLParser(_MARKUP.sub(_flat, text) if is_deep else text, scripting=True)
    return tree, [note for note, holds in ((_FLATTENED, is_deep), (_UNCLOSED, is_unclosed)) if holds]


def _closed(match: re.Match[str]) -> str:
    """In XHTML a tag may close itself, which HTML would take for a start."""
    is_whole = (match["rest"] or "").endswith("/") and match["name"].lower() not in _EMPTY
    return f"<{match['name']}{match['rest'][:-1]}></{match['name']}>" if is_whole else match[0]


def _flaws(text: str) -> tuple[bool, bool]:
    """Whether parsing would take with the square of the length, for depth or attributes; and whether a comment is never closed."""
    opened: Counter[str] = Counter()
    depth, is_unclosed = 0, False
    for match in _MARKUP.finditer(text):
        name, rest = (match["name"] or "").lower(), match["rest"] or match["raw"] or ""
        is_unclosed = is_unclosed or match["unclosed"] is not None
        is_drawn = name in ("svg", "math") or opened["svg"] or opened["math"]
        is_counted = not rest.endswith("/") if is_drawn else name not in _NOT_NESTED
        if name and is_counted and (not match["close"] or opened[name]):
            step = -1 if match["close"] and name not in ("html", "body") else 1
            opened[name] += step
            depth += step
        if depth > _DEEPEST or (len(rest) > _LONG and len(_VALUE.sub("", rest).split()) > _MOST_ATTRIBUTES):
            return True, is_unclosed
    return False, is_unclosed


def _flat(match: re.Match[str]) -> str:
    name, rest = (match["name"] or "").lower(), match["rest"] or match["raw"] or ""
    return "<p>" if name in BLOCKS else match[0] if name in ("", "br", "meta") and len(rest) <= _LONG else ""


def _main_content(tree: LexborHTMLParser) -> tuple[list[tuple[str, int]], int]:
    """The blocks of the main content, and how many characters style hides in it."""
    styles = Styles(node.text() for node in tree.css("style"))
    tree.strip_tags(["script", "style", "template", "noscript"])
    body = tree.body or tree.root
    if body is None:
        return [], 0
    whole = len("".join(body.text().split()))
    for root, least in _candidates(tree, body, whole):
        sight = Sight(styles, partial(_is_furniture, inside=root.mem_id != body.mem_id))
        if (veils := _veils_over(root, styles)) is not None:
            sight.walk(root, veils)
        if sum(len(text) for text, _ in sight.blocks) >= max(1, least):
            return sight.blocks, sight.hidden
    sight = Sight(styles)
    sight.walk(body)
    return sight.blocks, sight.hidden


def _candidates(tree: LexborHTMLParser, body: LexborNode, whole: int) -> Iterator[tuple[LexborNode, float]]:
    """Where the main content may be, the likeliest first, and how many characters there must be for that to be so."""
    articles = tree.css(":is(article, [role=article]):not(article *)")
    for found in (tree.css("#mw-content-text .mw-parser-output")[:1], tree.css("main, [role=main]"), articles):
        if len(found) == 1:
            yield found[0], whole / 4 if found is articles else min(1000, whole / 5)
    yield body, min(200, whole / 10)


def _is_furniture(node: LexborNode, attributes: Attributes, inside: bool) -> bool:
    """Whether an element belongs to the site and not to the text, or is a list of references; inside the main content less is."""
    role, classes = attributes.get("role") or "", attributes.get("class") or ""
    kind = _ROLES.get(role, node.tag)
    if kind == "nav" or not _FURNITURE.isdisjoint((role, *classes.split())):
        return True
    if kind in ("header", "footer", "aside"):
        inside = inside or any(above.tag == "article" for above in _around(node)) or (kind == "header" and bool(node.css_first("h1")))
        return not inside or _is_linked(node)
    return _MENU.search(f"{classes} {attributes.get('id') or ''}") is not None and _is_linked(node)


def _is_linked(node: LexborNode) -> bool:
    """Whether at least half of the text in an element leads elsewhere."""
    whole = len(" ".join(node.text().split()))
    return whole <= _LONGEST_MENU and 2 * sum(len(" ".join(link.text().split())) for link in node.css("a")) >= whole


def _around(node: LexborNode) -> Iterator[LexborNode]:
    """The elements in which an element stands, the closest first."""
    while (above := node.parent) is not None:
        yield above
        node = above


def _veils_over(node: LexborNode, styles: Styles) -> Veils | None:
    veils: Veils | None = (False, False)
    for above in reversed(list(_around(node))):
        veils = veils and styles.veils(above.tag or "", above.attributes, veils)
    return veils


def _fields(tree: LexborHTMLParser) -> Fields:
    """What a page says of itself, by names in lower case."""
    fields: Fields = defaultdict(list)
    for node in tree.css("meta"):
        attributes = node.attributes
        name = attributes.get("name") or attributes.get("property") or attributes.get("itemprop") or ""
        fields[name.lower()].append(" ".join((attributes.get("content") or "").split()))
    for item in _linked_data(tree):
        for name in ("headline", "author", "datePublished"):
            fields[f"linked {name}"] += _names(item.get(name))
    fields["time"] = [node.attributes.get("datetime") or node.text() for node in tree.css("time")]
    fields["title"] = [" ".join(node.text().split()) for node in tree.css("head title")]
    return fields


def _linked_data(tree: LexborHTMLParser) -> Iterator[dict[str, Any]]:
    """The things described in a page's JSON-LD."""
    for script in tree.css('script[type^="application/ld+json"]'):
        try:
            found = json.loads(script.text())
        except (ValueError, RecursionError):
            continue
        for item in found if isinstance(found, list) else [found]:
            graph = item.get("@graph") if isinstance(item, dict) else None
            yield from (thing for thing in [item, *(graph if isinstance(graph, list) else [])] if isinstance(thing, dict))


def _names(value: Any) -> list[str]:
    values = value if isinstance(value, list) else [value]
    named = [entry.get("name") if isinstance(entry, dict) else entry for entry in values]
    return [" ".join(name.split()) for name in named if isinstance(name, str)]


def _all(fields: Fields, names: str) -> Iterator[str]:
    """The values of the named fields, in the order of the names."""
    return (value for name in names.split(", ") for value in fields.get(name, ()) if value)


def _title(fields: Fields, headings: list[str], others: list[str]) -> str:
    """The title; as a heading has it where the name of the site stands beside it."""
    found = next(_all(fields, "citation_title, og:title, title, linked headline"), "")
    parts = re.split(r"\s+[|·•–—:-]\s+", _folded(found))
    return next((text for text in (*headings, *others) if _folded(text) in parts and text), found or next(iter(others), ""))


def _folded(text: str) -> str:
    return " ".join(text.split()).casefold()


def _authors(fields: Fields) -> list[str]:
    """Authors as `Given Surname`; page addresses are not names."""
    cited = [" ".join(reversed(name.split(", "))) if name.count(", ") == 1 else name for name in _all(fields, "citation_author")]
    named = cited or next(filter(None, ([*_all(fields, name)] for name in _AUTHORS)), [])
    return list(dict.fromkeys(name for name in named if "://" not in name))


def _date(fields: Fields) -> str:
    """When the page was published, as exactly as it says: the year, the month or the day."""
    found = next((match for value in _all(fields, _DATES) if (match := _DATE.search(value))), None)
    return "-".join(f"{int(part):02}" for part in found.groups() if part) if found else ""


def _doi(fields: Fields) -> str:
    return next((match[0] for value in _all(fields, _DOIS) if (match := _DOI.search(value))), "")
