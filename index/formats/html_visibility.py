"""What a reader of a page sees of it: its blocks in order, without what its style, or the kind of an element, hides."""

import re
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from itertools import combinations, groupby
from typing import TypeAlias

from selectolax.lexbor import LexborNode

from index.blocks import SPACE
from index.errors import UnreadableDocument
from index.formats.xml_tree import formula, parse, raised

Attributes: TypeAlias = dict[str, str | None]
Veils: TypeAlias = tuple[bool, bool]  # whether what is in an element is hidden by its visibility, and by the size of its letters
Rule: TypeAlias = tuple[tuple[bool, int, int, int], str, str]  # rank (important, ids, other names, place), property, value

_UNSEEN = frozenset(
    "script style template noscript noframes title desc metadata iframe audio video canvas select datalist rt rp head".split()
)
_UNSEEN_CLASSES = frozenset("sr-only visually-hidden visuallyhidden screen-reader-text katex-html MJX_Assistive_MathML".split())
BLOCKS = frozenset(
    "address article aside blockquote body caption center dd details dialog dir div dl dt fieldset figcaption figure footer form h1 h2 h3 "
    "h4 h5 h6 header hgroup hr html legend li listing main menu nav ol p plaintext pre search section summary table tbody td text "
    "textarea tfoot th thead tr ul xmp".split()
)
REFERENCES = frozenset("references reflist refbegin ref-list reference-list ltx_bibliography doc-bibliography".split())  # classes, roles
_VERBATIM = frozenset("pre listing xmp plaintext".split())
_BLANK = SPACE + "\u200b\u200c\u200d\u2060\xad"
_SPACES = re.compile(r"[ \t\n\f\r]+")
_MARK = re.compile(r"(?:\[[^\[\]]{1,20}\],?)+")
_NUMBER = re.compile(r"-?\d{1,6}")
_LONGEST_CELL = 600  # characters; a row with a longer cell lays text out, and its cells are read one after another
_LONGEST_REPEATED, _MOST_REPEATED = 100, 4  # characters and number of the cells over several rows that are repeated in each row
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)", re.DOTALL)
_DECLARATION = re.compile(r"(?:^|[;\s])(display|visibility|font-size)\s*+:\s*+([^;!]*+)(!\s*important)?", re.IGNORECASE)
_SELECTOR = re.compile(r"([a-z][\w-]*)?((?:[.#][\w-]+)*)", re.IGNORECASE)
_HIDING = re.compile(r"none|hidden|collapse|0(?:\.0*)?(?:[a-z]+|%)?")
_RELATIVE = re.compile(r"[\d.]+(?:em|%)|inherit|unset|smaller|larger|")
_MOST_NAMES = 10  # of tag, id and classes of one element that are looked up


class Styles:
    """The rules of the `<style>` elements of a page that hide elements or show them, as far as tag, class and id tell which."""

    def __init__(self, sheets: Iterable[str] = ()) -> None:
        found: dict[frozenset[str], list[Rule]] = defaultdict(list)
        for place, (selector, declarations) in enumerate(_rules(_COMMENT.sub(" ", "\n".join(sheets)))):
            *around, last = re.split(r"[\s>+~]+", selector)
            if (match := _SELECTOR.fullmatch(last)) and ":" not in selector:
                names = frozenset(re.findall(r"[.#][\w-]+", match[2]) + (match[1] or "").lower().split())
                rules = _declared(declarations, selector.count("#"), 2 * selector.count(".") + bool(match[1]), place)
                # Whether an element is where such a selector wants it is not asked; where in doubt, it is seen.
                found[names] += [rule for rule in rules if not around or not _HIDING.fullmatch(rule[2])]
        self._rules = {names: list({rule[1]: rule for rule in sorted(rules)}.values()) for names, rules in found.items() if rules}
        self._names = frozenset[str]().union(*self._rules)

    def veils(self, tag: str, attributes: Attributes, above: Veils) -> Veils | None:
        """How an element inside one of the veils `above` hides what is in it; None if it is not there at all."""
        style = self._style(tag, attributes)
        if not style or tag in ("html", "body"):  # pages hide their body until a script has run
            return above
        if style.get("display") == "none":
            return None
        visibility, size = style.get("visibility", "inherit"), style.get("font-size", "")
        is_veiled = above[0] if visibility == "inherit" else _HIDING.fullmatch(visibility) is not None
        return is_veiled, _HIDING.fullmatch(size) is not None or (above[1] and _RELATIVE.fullmatch(size) is not None)

    def _style(self, tag: str, attributes: Attributes) -> dict[str, str]:
        """What the rules say that name tag, id and classes of an element, any of them together, and what it says itself."""
        classes = [f".{name}" for name in (attributes.get("class") or "").split()]
        named = [name for name in (tag, f"#{attributes.get('id')}", *classes) if name in self._names][:_MOST_NAMES]
        selectors = (frozenset(names) for size in range(1, min(len(named), 4) + 1) for names in combinations(named, size))
        rules = [rule for names in selectors for rule in self._rules.get(names, ())]
        rules += _declared(attributes.get("style") or "", 1000)
        is_closed = "popover" in attributes or (tag == "dialog" and "open" not in attributes)
        is_hidden = is_closed or attributes.get("hidden", "until-found") != "until-found"
        rules += _declared("display: none" if is_hidden else "", -1)
        return {property: value for _, property, value in sorted(rules)}


def _rules(sheet: str) -> Iterator[tuple[str, str]]:
    """Selector and declarations of the rules that hold always, not of those inside `@media` and the like."""
    depth, selectors = 0, ""
    parts = re.split(r"([{}])", sheet)
    for text, brace in zip(parts[::2], parts[1::2], strict=False):
        if brace == "}" and depth == 1 and _DECLARATION.search(text):
            yield from ((selector.strip(), text) for selector in selectors.split(","))
        selectors = selectors if depth else text.rpartition(";")[2]
        depth = max(0, depth + (1 if brace == "{" else -1))


def _declared(declarations: str, ids: int, others: int = 0, place: int = 0) -> list[Rule]:
    found = _DECLARATION.finditer(declarations)
    return [((match[3] is not None, ids, others, place), match[1].lower(), match[2].strip().lower()) for match in found]


@dataclass(slots=True)
class Sight:
    """A walk over a page that gathers its blocks: text, and level, 0 for body text. skips: whether to leave an element out."""

    styles: Styles
    skips: Callable[[LexborNode, Attributes], bool] = lambda node, attributes: False
    blocks: list[tuple[str, int]] = field(default_factory=list)
    hidden: int = 0  # characters
    _lines: list[list[str]] = field(default_factory=lambda: [[]])
    _level: int = 0
    _verbatim: bool = False
    _label: str = ""  # the number of a list item, or the term of a definition; it goes before the next block
    _counts: list[int | None] = field(default_factory=list)  # of each list around, the number of its last item, if they have numbers
    _superscripts: list[tuple[int, int]] = field(default_factory=list)  # where each one around begins: line, piece
    _spans: list[dict[int, tuple[int, str]]] = field(default_factory=lambda: [{}])  # of each table around, cells that reach down

    def walk(self, root: LexborNode, above: Veils = (False, False)) -> None:
        """Gather the blocks of an element; without recursion, as pages may be nested deeply."""
        waiting = [(root, above, False)]
        while waiting:
            node, veils, leaving = waiting.pop()
            tag = node.tag or ""
            if leaving:
                self._leave(tag)
            elif tag == "-text":
                self.hidden += len((node.text_content or "").strip()) if any(veils) else 0
                self._lines[-1].append("" if any(veils) else node.text_content or "")
            elif (seen := self._enter(node, tag, veils)) is not None:
                waiting.append((node, seen, True))
                waiting += [(child, seen, False) for child in reversed(list(node.iter(include_text=True)))]
        self._end_block()

    def _enter(self, node: LexborNode, tag: str, above: Veils) -> Veils | None:
        """Begin an element; None if nothing in it is to be read, or all has been."""
        attributes = node.attributes
        classes = attributes.get("class") or ""
        # Wikipedia hides its formulas and shows pictures of them, which have no text.
        veils = above if tag == "math" or "mwe-math" in classes else self.styles.veils(tag, attributes, above)
        if tag in _UNSEEN or not _UNSEEN_CLASSES.isdisjoint(classes.split()):
            return None
        if veils is None:
            self.hidden += len(node.text().strip())
        elif not self.skips(node, attributes):
            return self._enter_block(node, tag, attributes, veils) if tag in BLOCKS else self._enter_line(node, tag, veils)
        elif not REFERENCES.isdisjoint((attributes.get("role"), *classes.split())):
            self._end_block()
            below = 7
            while self.blocks and 0 < self.blocks[-1][1] < below:  # the headings right above a list of references go with it
                below = self.blocks.pop()[1]
        return None

    def _enter_line(self, node: LexborNode, tag: str, veils: Veils) -> Veils | None:
        if tag == "br":
            self._lines.append([])
        elif tag == "sup":
            self._superscripts.append((len(self._lines), len(self._lines[-1])))
        elif tag == "math":
            self._lines[-1].append(_formula(node))
        return veils if tag != "math" else None

    def _enter_block(self, node: LexborNode, tag: str, attributes: Attributes, veils: Veils) -> Veils | None:
        self._end_block()
        self._level = int(tag[1]) if tag in ("h1", "h2", "h3", "h4", "h5", "h6") else self._level
        self._verbatim = self._verbatim or tag in _VERBATIM
        match tag:
            case "tr" if not _lays_out(node):
                self._row(node, veils)
                return None
            case "table" | "ol" | "ul" | "menu":
                self._spans.append({})
                is_numbered = tag == "ol" and attributes.get("type", "1") == "1" and "reversed" not in attributes
                self._counts.append(_number(attributes, "start", 1) - 1 if is_numbered else None)
            case "li" if self._counts and (last := self._counts[-1]) is not None:
                self._counts[-1] = number = _number(attributes, "value", last + 1)
                self._label = f"{number}. "
        return veils

    def _leave(self, tag: str) -> None:
        if tag == "dt":
            self._label += "".join(f"{line.rstrip(':')}: " for line in map(_collapsed, self._lines) if line)
            self._lines = [[]]
        elif tag in BLOCKS:
            self._leave_block(tag)
        elif tag == "sup":
            lines, place = self._superscripts.pop()
            if len(self._lines) == lines:  # a mark such as [12] only leads to a reference
                text = "".join(self._lines[-1][place:])
                self._lines[-1][place:] = [] if _MARK.fullmatch(text.strip()) else [raised(text)]

    def _leave_block(self, tag: str) -> None:
        self._end_block()
        self._level = self._level if tag[0] != "h" else 0
        self._verbatim = self._verbatim and tag not in _VERBATIM
        match tag:
            case "table" | "ol" | "ul" | "menu":
                self._spans.pop()
                self._counts.pop()
            case "li":
                self._label = ""
            case "dl":  # a term that no definition followed
                term, self._label = self._label.removesuffix(": "), ""
                self._put(term)

    def _end_block(self) -> None:
        """Put down what was read so far: a block, or several where empty lines part them."""
        lines, self._lines = self._lines, [[]]
        if self._verbatim:
            self._put("\n".join(map("".join, lines)))
        else:
            for filled, group in groupby(map(_collapsed, lines), key=bool):
                self._put("\n".join(group) if filled else "")

    def _put(self, text: str) -> None:
        if text.strip(_BLANK):
            self.blocks.append((self._label + text, self._level))
            self._label = ""

    def _row(self, row: LexborNode, veils: Veils) -> None:
        """A row of a table in one line; a cell over several rows is repeated, so that each row can be read by itself."""
        cells = {place: text for place, (_, text) in self._spans[-1].items()}
        self._spans[-1] = left = {place: (rows - 1, text) for place, (rows, text) in self._spans[-1].items() if rows > 1}
        own, column = [], 0
        for cell in row.iter():
            while column in cells:
                column += 1
            inner = Sight(self.styles, self.skips)
            inner.walk(cell, veils)
            self.hidden += inner.hidden
            own.append(inner.blocks)
            cells[column] = text = " ".join(text for text, _ in inner.blocks).replace("\n", " ")
            down = _number(cell.attributes, "rowspan", 1)
            if down > 1 and 0 < len(text) <= _LONGEST_REPEATED and len(left) < _MOST_REPEATED:
                left[column] = down - 1, text
            column += max(1, _number(cell.attributes, "colspan", 1))
        filled = [blocks for blocks in own if blocks]
        if len(filled) == 1 and len(own) == len(cells):  # columns that only keep a distance
            self.blocks += filled[0]
        elif filled:
            self._put(" | ".join(cells[place] for place in sorted(cells)).rstrip(" |"))


def _collapsed(pieces: list[str]) -> str:
    return _SPACES.sub(" ", "".join(pieces)).strip(SPACE)


def _number(attributes: Attributes, name: str, default: int) -> int:
    written = attributes.get(name) or ""
    return int(written) if _NUMBER.fullmatch(written) else default


def _lays_out(row: LexborNode) -> bool:
    """Whether a table row holds no data but a part of the page."""
    is_page = row.css_first("table, h1, h2, h3, h4, h5, h6, pre br") is not None
    return is_page or any(len(cell.text()) > _LONGEST_CELL for cell in row.iter())


def _formula(node: LexborNode) -> str:
    try:
        return formula(parse((node.html or "").encode()))
    except UnreadableDocument:
        return " ".join(node.text().split())
