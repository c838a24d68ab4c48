"""How well scanned pages are read: pages of text are made pictures of, and what OCR reads on them is compared with their text.

    python benchmarks/scans.py FOLDER [--pages 4] [--dots 200] [--languages eng]

recall: the share of the words of the text, as often as they stand there, that OCR reads; precision: the share of the words that OCR
reads that are in the text (what stands in figures is not). Both are read as `footnote add` reads a file.
"""

import argparse
import re
import time
from collections import Counter
from collections.abc import Iterator
from io import BytesIO
from pathlib import Path

import pypdfium2
from figures import machine, table

from index.documents import Document
from index.errors import UnreadableDocument
from index.parsing import Parser


def _first_pages(content: bytes, most: int) -> pypdfium2.PdfDocument:
    document, kept = pypdfium2.PdfDocument(content), pypdfium2.PdfDocument.new()
    kept.import_pages(document, list(range(min(most, len(document)))))
    return kept


def _scanned(pages: pypdfium2.PdfDocument, dots: int) -> pypdfium2.PdfDocument:
    scanned = pypdfium2.PdfDocument.new()
    for page in pages:
        picture = pypdfium2.PdfImage.new(scanned)
        picture.set_bitmap(page.render(scale=dots / 72, grayscale=True))
        picture.set_matrix(pypdfium2.PdfMatrix().scale(*page.get_size()))
        sheet = scanned.new_page(*page.get_size())
        sheet.insert_obj(picture)
        sheet.gen_content()
    return scanned


def _saved(document: pypdfium2.PdfDocument) -> bytes:
    file = BytesIO()
    document.save(file)
    return file.getvalue()


def _words(document: Document) -> Counter[str]:
    return Counter(re.findall(r"\w+", document.text.casefold()))


def _rows(paths: list[Path], parser: Parser, pages: int, dots: int) -> Iterator[list[object]]:
    total, whole, right, read, took = 0, 0, 0, 0, 0.0
    for path in paths:
        try:
            kept = _first_pages(path.read_bytes(), pages)
            text = _words(parser.read(path.name, _saved(kept)))
            scan = _saved(_scanned(kept, dots))
            started = time.perf_counter()
            found = _words(parser.read(path.name, scan))
        except (pypdfium2.PdfiumError, UnreadableDocument) as error:
            yield [path.name, "", "", "", "", str(error)[:60]]
            continue
        seconds, both = time.perf_counter() - started, (text & found).total()
        total, whole, right, read, took = total + len(kept), whole + text.total(), right + both, read + found.total(), took + seconds
        yield [path.name, len(kept), text.total(), *_figures(both, text.total(), found.total(), seconds / len(kept))]
    if total:
        yield ["all", total, whole, *_figures(right, whole, read, took / total)]


def _figures(both: int, text: int, found: int, seconds: float) -> list[str]:
    return [f"{both / text:.3f}", f"{both / found:.3f}", f"{seconds:.1f}"]


def main() -> None:
    """The program."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--pages", type=int, default=4, help="of each file, the first")
    arguments.add_argument("--dots", type=int, default=200, help="an inch, of the pictures")
    arguments.add_argument("--languages", default="eng")
    given = arguments.parse_args()
    parser = Parser(ocr=given.languages)
    rows = list(_rows(sorted(given.folder.glob("*.pdf")), parser, given.pages, given.dots))
    parser.close()
    print(f"{machine()}\n\n{table(['file', 'pages', 'words', 'recall', 'precision', 'seconds a page'], rows)}")


if __name__ == "__main__":
    main()
