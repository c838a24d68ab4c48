"""Footnote itself, in one process: `Library.add` of every document of the folder `documents`, then `publish`.

Included, and not in any peer's ingestion: reading the documents and splitting them into sentences and passages, token vectors, search
terms and abbreviations, hashes, and for every document a transaction of its own that is on the disk before the next one.
"""

from pathlib import Path

from threadpoolctl import threadpool_limits

from index.library import Library
from index.reading import read_document
from peers.measuring import FOUND, Search, main


class Footnote:
    """Hybrid retrieval: FAISS and BM25, everything in SQLite."""

    def __init__(self, store: Path) -> None:
        threadpool_limits(limits=1, user_api="blas")  # as every command of Footnote has it
        self._documents = store.parent / "documents"
        self._library = Library.create(store)

    def ingest(self, passages: list[str]) -> int:
        for path in sorted(self._documents.iterdir()):
            self._library.add(read_document(path.name, path.read_bytes()))
        self._library.publish()
        with self._library.view() as view:
            return view.passages

    def reopened(self) -> Search:
        return self._search

    def _search(self, question: str) -> list[object]:
        with self._library.view() as view:
            return list(view.search(question, FOUND))


if __name__ == "__main__":
    main(Footnote)
