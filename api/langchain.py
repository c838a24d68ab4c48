"""A library as a LangChain retriever; the only file that imports LangChain."""

from langchain_core.callbacks import CallbackManagerForRetrieverRun
from langchain_core.documents import Document
from langchain_core.retrievers import BaseRetriever
from pydantic import ConfigDict

from api.schemas import PassageFound
from index.library import Library


class FootnoteRetriever(BaseRetriever):
    """Gives LangChain the passages that Footnote finds, each with its exact place.

    A document's `page_content` is the passage as it stands in the source; its metadata names the document (id, title, source, sha256), the
    section, `start` and `end` in code points, the scores and the url, as GET /search does.
    """

    library: Library
    limit: int = 8
    only: tuple[str, ...] = ()

    model_config = ConfigDict(arbitrary_types_allowed=True)

    def _get_relevant_documents(self, query: str, *, run_manager: CallbackManagerForRetrieverRun) -> list[Document]:
        with self.library.view() as view:
            found = [PassageFound.for_question(hit, query) for hit in view.search(query, self.limit, self.only)]
        return [Document(page_content=one.text, metadata=one.model_dump(exclude={"text"}), id=one.url) for one in found]
