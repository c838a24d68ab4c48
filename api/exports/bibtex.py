"""References as BibTeX, in UTF-8. Written here: pybtex leaves some of what TeX takes for commands as it is, and braces unbalanced."""

import re
from collections.abc import Iterator, Sequence
from urllib.parse import quote

from api.exports.names import Name
from api.exports.references import Reference

MEDIA_TYPE = "application/x-bibtex; charset=utf-8"
# BibTeX counts braces also behind a backslash, so that `\{` alone would leave an entry open.
_COMMANDS = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    **{character: f"\\{character}" for character in "%&#_$"},
}
_SPECIAL = re.compile(r"[\\{}~^%&#_$]")
_HYPHEN = re.compile("[-‐‑–/]")
_MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
_PLAIN = ("publisher", "issn", "isbn", "pmid", "pmcid", "language")


def bibtex(references: Sequence[Reference]) -> bytes:
    """An entry for each reference, with a blank line between."""
    return "\n".join(map(_entry, references)).encode("utf-8")


def escaped(text: str) -> str:
    """Text that TeX sets as it is."""
    return _SPECIAL.sub(lambda match: _COMMANDS[match[0]], text)


def _entry(reference: Reference) -> str:
    kind = "article" if "journal" in reference.known else "misc"
    fields = "".join(f"  {name} = {value},\n" for name, value in _fields(reference))
    return f"@{kind}{{{reference.key},\n{fields}}}\n"


def _fields(reference: Reference) -> Iterator[tuple[str, str]]:
    """Names and values of an entry, each value with what encloses it."""
    known = reference.known
    if reference.authors:
        yield "author", _braced(" and ".join(map(_author, reference.authors)))
    yield "title", _braced(_title(reference.title))
    yield from ((name, _braced(escaped(known[name]))) for name in ("journal", "volume") if name in known)
    if "issue" in known:
        yield "number", _braced(escaped(known["issue"]))
    if "pages" in known:
        yield "pages", _braced(escaped(re.sub(r"\s*[-‐-―]+\s*", "--", known["pages"])))
    yield from _date(reference)
    yield from ((name, _braced(escaped(known[name]))) for name in _PLAIN if name in known)
    yield from ((name, _braced(_verbatim(text))) for name, text in (("doi", reference.doi), ("url", known.get("url", ""))) if text)


def _date(reference: Reference) -> Iterator[tuple[str, str]]:
    if reference.issued:
        yield "year", _braced(str(reference.issued[0]))
    elif reference.date:
        yield "year", _braced(escaped(reference.date))
    if len(reference.issued) > 1:
        yield "month", _MONTHS[reference.issued[1] - 1]  # a macro of every style, which encloses nothing


def _author(name: Name) -> str:
    """`von Last, Jr, First`; a name in braces is one that is not taken apart, and in which `and` divides nothing."""
    if name.literal:
        return _braced(escaped(name.literal))
    family = " ".join(filter(None, (escaped(name.particle), _whole(name.family))))
    return ", ".join(filter(None, (family, escaped(name.suffix), _whole(name.given))))


def _whole(part: str) -> str:
    """A part of a name; in braces if a word in it would divide it from the next name, or a comma from its other part."""
    return _braced(escaped(part)) if re.search(r"\band\b|,", part, re.IGNORECASE) else escaped(part)


def _title(title: str) -> str:
    """Words with capitals that a style must not make small are in braces: `CAR-T`, `mRNA`, a lone `T`. Of one all in capitals, none are."""
    if title.isupper():
        return escaped(title)
    first, *others = title.split(" ")
    return " ".join([_protected(first, True), *(_protected(word) for word in others)])


def _protected(word: str, is_first: bool = False) -> str:
    """A word in braces if it has a capital that is not only that of a word in a title: `mRNA`, `T-cell`, and `T` unless it is first."""
    parts = [[letter for letter in part if letter.isalpha()] for part in _HYPHEN.split(word)]
    inner = any(letter.isupper() for letter in [letter for letter in word if letter.isalpha()][1:])
    lone = any(len(part) == 1 and part[0].isupper() for part in parts) and (len(parts) > 1 or not is_first)
    return _braced(escaped(word)) if inner or lone else escaped(word)


def _verbatim(text: str) -> str:
    """An address or DOI, which styles set as it stands: what would be a command or unbalance braces is percent-encoded."""
    return re.sub(r"[\\{}\s\ufffd]", lambda match: quote(match[0]), text)


def _braced(text: str) -> str:
    return f"{{{text}}}"
