"""What becomes of the files of a folder: read or refused, and how long that takes.

    python benchmarks/files.py FOLDER

Every file is read as `footnote add` reads it, in a process of its own; nothing is stored.
"""

import argparse
import time
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path

from figures import machine, table

from index.documents import Document
from index.errors import UnreadableDocument
from index.parsing import Parser
from index.passages import passages


def _read(path: Path, parser: Parser) -> tuple[Document | str, float]:
    """The document in a file, or why there is none, and the seconds it took."""
    content, started = path.read_bytes(), time.perf_counter()
    try:
        found: Document | str = parser.read(path.name, content)
    except UnreadableDocument as error:
        found = str(error)
    return found, time.perf_counter() - started


def _rows(read: list[tuple[Document | str, float]]) -> Iterator[list[object]]:
    by_kind: dict[str, list[tuple[Document, float]]] = defaultdict(list)
    for found, seconds in read:
        if isinstance(found, Document):
            by_kind[found.about.kind].append((found, seconds))
    for kind, some in sorted(by_kind.items()):
        pages, made = sum(len(one.pages) for one, _ in some), sum(1 for one, _ in some for _ in passages(one))
        took = sum(seconds for _, seconds in some)
        yield [kind, len(some), pages or "", made, f"{took:.1f}", f"{max(seconds for _, seconds in some):.1f}"]


def main() -> None:
    """The program."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    files = sorted(path for path in arguments.parse_args().folder.rglob("*") if path.is_file())
    parser = Parser()
    read = [_read(path, parser) for path in files]
    parser.close()
    refused = [found for found, _ in read if isinstance(found, str)]
    print(f"{machine()}\n\n{len(files)} files, {len(refused)} refused\n")
    print(table(["kind", "files", "pages", "passages", "seconds", "longest"], _rows(read)))
    print("\n".join(refused))


if __name__ == "__main__":
    main()
