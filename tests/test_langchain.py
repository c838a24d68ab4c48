"""The LangChain retriever against the real library."""

from index.library import Library


def test_the_retriever_gives_passages_that_can_be_cited(editorial_library: Library, editorial: str):
    """Each LangChain document is a slice of its source at the place its metadata names, best first."""
    from api.langchain import FootnoteRetriever

    found = FootnoteRetriever(library=editorial_library, limit=4).invoke("What does zanubrutinib do?")
    assert len(found) == 4
    for document in found:
        assert editorial[document.metadata["start"] : document.metadata["end"]] == document.page_content
    scores = [document.metadata["score"] for document in found]
    assert scores == sorted(scores, reverse=True)
    assert any("zanubrutinib" in document.page_content for document in found[:2])


def test_the_retriever_can_be_limited_to_documents(editorial_library: Library):
    """`only` names the documents that are searched."""
    from api.langchain import FootnoteRetriever

    found = FootnoteRetriever(library=editorial_library, only=("car-t-resistance-editorial",)).invoke("CAR-NK cells")
    assert {document.metadata["document"]["id"] for document in found} == {"car-t-resistance-editorial"}
