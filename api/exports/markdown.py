"""Reviewed answers as Markdown with footnotes (CommonMark, and the footnotes of GitHub and Pandoc)."""

from collections.abc import Iterator

import regex

from api.exports.footnotes import Export, Footnote, Reviewed
from api.exports.lines import line

# An entity is text in every Markdown there is; a backslash before `<` is not.
_ENTITIES = {"&": "&amp;", "<": "&lt;", ">": "&gt;"}
# What marks up anywhere, also in the Markdown of GitHub and of Pandoc; what does at the beginning of a line; and the point of `www.`.
_MARKUP = regex.compile(
    r"[\\`*_{}\[\]<>#|~:@$^!&]|-(?=-)|(?<=-)-|(?<=\A\s*)[-+=(%]|(?<=\A\s*\(?\w{1,9})[.)]|(?<=\bwww)\.", regex.IGNORECASE
)


def markdown(export: Export) -> bytes:
    """The export, in UTF-8. Nothing of what is quoted becomes markup; the only links are to the cited texts."""
    parts = ["# Reviewed answers", escaped(export.summary())]
    for number, reviewed in enumerate(export.answers, start=1):
        parts += _answer(number, reviewed)
    return ("\n\n".join(parts) + "\n").encode("utf-8")


def escaped(text: str) -> str:
    """Text on one line, as Markdown that renders as it."""
    return _MARKUP.sub(lambda match: _ENTITIES.get(match[0], f"\\{match[0]}"), line(text))


def _answer(number: int, reviewed: Reviewed) -> Iterator[str]:
    """The blocks of an answer. Labels of footnotes hold its number, since they are of the whole file."""
    answer = reviewed.answer
    yield f"## {number}\\. {escaped(answer.question)}"
    if answer.standalone_question not in ("", answer.question.strip()):
        yield f"Understood as: {escaped(answer.standalone_question)}"
    pieces = (f"[^{number}-{piece}]" if isinstance(piece, int) else _lines(piece) for piece in reviewed.pieces())
    yield "".join(pieces).strip()
    yield from (_footnote(f"{number}-{footnote.citation.number}", footnote) for footnote in reviewed.footnotes)


def _lines(piece: str) -> str:
    """A stretch of the answer's text; the lines of the answer stay lines."""
    return "\\\n" if piece == "\n" else escaped(piece)


def _footnote(label: str, footnote: Footnote) -> str:
    """Its first line begins with words of ours, or a reader that knows no footnotes could take it for the definition of a link."""
    citation = footnote.citation
    reviewed = f", {footnote.verdict.replace('_', ' ')}" if footnote.verdict else ""
    page = f", page {citation.page}" if citation.page else ""
    lines = [
        f"Citation {citation.number} is {footnote.verification}{reviewed}.",
        f"“{escaped(citation.quote)}”",
        f"{escaped(' › '.join([citation.document.title, *citation.section]))}{page}, characters {citation.start}–{citation.end}",
        f"sha256 {citation.document.sha256}",
        f"[{escaped(footnote.address)}]({footnote.address})",
    ]
    if footnote.note.strip():
        lines.append(f"Note: {escaped(footnote.note)}")
    return f"[^{label}]: " + "\\\n    ".join(lines)
