"""The path by which references to documents go out, for programs that manage literature."""

from typing import Annotated, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict, Field
from starlette.responses import Response

from api.exports import bibtex, csl
from api.exports.references import references
from api.places import AnswererHere
from api.problems import problem_responses
from api.queries import DocumentId

MOST_REFERENCES = 200

bibliography = APIRouter()


class BibliographyQuery(BaseModel):
    """The documents to refer to, and the format."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    document: Annotated[list[DocumentId], Field(min_length=1, max_length=MOST_REFERENCES, description="Repeated for each document.")]
    format: Annotated[Literal["csl", "bibtex"], Field(description="CSL-JSON or BibTeX.")] = "csl"


@bibliography.get(
    "/bibliography",
    summary="Refer to documents",
    response_class=Response,
    responses={
        200: {"description": "The references.", "content": {csl.MEDIA_TYPE: {}, "application/x-bibtex": {}}},
        **problem_responses(404, 422, 503),
    },
)
def refer(query: Annotated[BibliographyQuery, Query()], answerer: AnswererHere) -> Response:
    """References to the present versions of documents, in the order in which they are first named.

    They say what the files say of themselves and what was said of them: title, authors, date, DOI, and of metadata `journal`, `volume`,
    `issue`, `pages`, `publisher`, `url`, `issn`, `isbn`, `pmid`, `pmcid` and `language`.
    """
    with answerer.library.view() as view:
        found = references([view.document(id) for id in dict.fromkeys(query.document)])
    suffix, media_type, write = ("bib", bibtex.MEDIA_TYPE, bibtex.bibtex) if query.format == "bibtex" else ("json", csl.MEDIA_TYPE, csl.csl)
    headers = {"Content-Disposition": f'attachment; filename="references.{suffix}"'}
    return Response(write(found), media_type=media_type, headers=headers)
