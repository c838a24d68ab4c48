"""Whether two forms of one paper are the same to search: JATS XML, and a PDF typeset from it in two columns.

    python benchmarks/twins.py FOLDER… [--most 40]

Chromium sets the text of each JATS file as a journal would: the title over both columns, headings, justified lines with hyphens at their
ends, a running head and page numbers. That PDF is read as `footnote add` reads a file, and the passages of both are compared. words:
of the passages of the JATS file, each as often as it stands there. same: the share of them that stands in the PDF's passages too; of
those of the PDF, the share that stands in those of the JATS file; the share of runs of three words, which tells columns that are mixed.
"""

import argparse
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from html import escape
from pathlib import Path

from figures import machine, table
from playwright.sync_api import Page, sync_playwright

from index.documents import Document
from index.errors import UnreadableDocument
from index.parsing import Parser
from index.passages import passages

_STYLE = """
@page { size: A4; margin: 22mm 18mm }
main { font: 9.5pt/1.25 "Liberation Serif", "DejaVu Serif", serif; columns: 2; column-gap: 7mm; text-align: justify; hyphens: auto }
h1 { column-span: all; font-size: 17pt; text-align: left; hyphens: none }
h2, h3, h4, h5, h6 { break-after: avoid; text-align: left; margin: 8pt 0 3pt }
p { margin: 0; text-indent: 1em }
"""
_HEAD = '<div style="font-size:8px;width:100%;text-align:center">Journal of Twins 2026 · {}</div>'
_FOOT = '<div style="font-size:8px;width:100%;text-align:center"><span class="pageNumber"></span></div>'


def typeset(page: Page, document: Document) -> bytes:
    """The PDF of a document."""
    blocks = "\n".join(_element(document, block.start, block.end, block.level) for block in document.blocks)
    page.set_content(f'<html lang="en"><style>{_STYLE}</style><main><h1>{escape(document.title)}</h1>{blocks}</main></html>')
    head = _HEAD.format(escape(document.title[:60]))
    return page.pdf(prefer_css_page_size=True, display_header_footer=True, header_template=head, footer_template=_FOOT)


def _element(document: Document, start: int, end: int, level: int) -> str:
    name = f"h{min(level + 1, 6)}" if level else "p"
    return f"<{name}>{escape(document.text[start:end])}</{name}>"


def words(document: Document) -> list[str]:
    """The words of all passages in order; those of a sentence that two passages share, once."""
    spans = sorted({(int(start), int(end)) for passage in passages(document) for start, end in passage.sentences})
    return [word for start, end in spans for word in re.findall(r"\w+", document.text[start:end].casefold())]


def shared(one: list[str], other: list[str], run: int = 1) -> float:
    """The share of the runs of words of one list that stand in the other."""
    first, second = (Counter(zip(*(found[i:] for i in range(run)), strict=False)) for found in (one, other))
    return (first & second).total() / max(first.total(), 1)


def _rows(paths: list[Path], parser: Parser, page: Page) -> Iterator[tuple[str, int, float, float, float]]:
    for path in paths:
        try:
            paper = parser.read(path.name, path.read_bytes())
        except UnreadableDocument:
            continue
        if paper.about.kind != "jats" or len(text := words(paper)) < 100:  # no text but a title and a reference or two
            continue
        twin = words(parser.read("twin.pdf", typeset(page, paper)))
        yield path.name, len(text), shared(text, twin), shared(twin, text), shared(text, twin, 3)


def main() -> None:
    """The program."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folders", type=Path, nargs="+")
    parser.add_argument("--most", type=int, default=40, help="papers")
    given = parser.parse_args()
    paths = [path for folder in given.folders for path in sorted(folder.iterdir())][: given.most]
    with sync_playwright() as playwright, closing(Parser()) as reader:
        browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
        rows = list(_rows(paths, reader, browser.new_page()))
        browser.close()
    total = sum(row[1] for row in rows)
    means = [sum(row[1] * row[column] for row in rows) / total for column in (2, 3, 4)]
    shown = [[name, count, *(f"{share:.3f}" for share in shares)] for name, count, *shares in [*rows, ("all", total, *means)]]
    print(f"{machine()}\n\n{table(['paper', 'words', 'same', 'of the PDF', 'runs of three'], shown)}")


if __name__ == "__main__":
    main()
