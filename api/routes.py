"""The paths of the HTTP interface."""

from pathlib import PurePosixPath
from typing import Annotated
from urllib.parse import quote

from fastapi import APIRouter, Query, Request
from starlette.responses import PlainTextResponse, Response

from api.bodies import StrictRoute
from api.events import event_response, events, wants_events
from api.places import AnswererHere
from api.problems import Problem, problem_responses
from api.queries import DocumentId, DocumentsQuery, QuestionBody, SearchQuery, VersionHash
from api.schemas import (
    DocumentBody,
    DocumentDetail,
    Documents,
    Health,
    PassageFound,
    Passages,
    Ready,
    Version,
    Versions,
)
from index.filters import filters_of
from qa.answers import Answer
from qa.questions import Question

router = APIRouter(route_class=StrictRoute)  # of a library
process = APIRouter()


@router.post(
    "/ask",
    summary="Ask a question",
    responses={
        200: {
            "model": Answer,
            "description": "The answer with its citations, or an abstention with its reason. With `Accept: text/event-stream` the "
            "way to it as events: `standalone_question`, `passages`, `sentence` …, and last `answer`, this same object.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problem_responses(400, 404, 413, 415, 422, 503),
    },
)
def ask(body: QuestionBody, request: Request, answerer: AnswererHere) -> Response:
    """Answer from the documents by quoting them, or say that they do not answer."""
    question = body.question_asked()
    if wants_events(request):
        return event_response(events(answerer.steps(question, body.limit), request.scope["footnote.request_id"]))
    with request.app.state.turns:
        answer = answerer.ask(question, body.limit)
    return Response(answer.as_json(), media_type="application/json")


@router.get("/search", summary="Find passages", responses=problem_responses(404, 422, 503))
def search(query: Annotated[SearchQuery, Query()], answerer: AnswererHere) -> Passages:
    """The passages that fit best, with the scores they were found by."""
    asked = Question(query.q, documents=tuple(query.document), filters=filters_of(query.filter)).checked()
    with answerer.library.view() as view:
        hits = view.search(asked.text, query.limit, asked.documents, asked.filters)
        return Passages(passages=[PassageFound.for_question(hit, asked.text) for hit in hits], notes=list(view.notes))


@router.get("/documents", summary="List the documents", responses=problem_responses(404, 422, 503))
def documents(query: Annotated[DocumentsQuery, Query()], answerer: AnswererHere) -> Documents:
    """The documents of the library, by id, a page at a time."""
    filters = filters_of(query.filter)
    with answerer.library.view() as view:
        rows = view.documents(filters, query.after, query.limit + 1)
        listed = rows[: query.limit]
        return Documents(
            documents=[DocumentBody.of(row, view.collection) for row in listed],
            total=view.count(filters),
            next=listed[-1].id if len(rows) > len(listed) else None,
            generation=view.generation,
            sha256=view.sha256,
        )


@router.get("/documents/{id}", summary="Look at a document", responses=problem_responses(404, 422, 503))
def document(id: DocumentId, answerer: AnswererHere, version: VersionHash = "") -> DocumentDetail:
    """A document, where its pages begin and how it was split; or an earlier version of it, which is split no more."""
    with answerer.library.view() as view:
        return DocumentDetail.showing(view, id, version)


@router.get("/documents/{id}/versions", summary="List the versions of a document", responses=problem_responses(404, 422, 503))
def versions(id: DocumentId, answerer: AnswererHere) -> Versions:
    """The present version and those before it, which are read and cited no more but can still be looked up."""
    with answerer.library.view() as view:
        *earlier, present = view.versions(id)
        kept = [Version.of(row, False, view.collection) for row in earlier]
        return Versions(versions=[*kept, Version.of(present, True, view.collection)])


@router.get(
    "/documents/{id}/text",
    summary="Read a document",
    response_class=PlainTextResponse,
    responses=problem_responses(404, 422, 503),
)
def text(id: DocumentId, answerer: AnswererHere, version: VersionHash = "") -> Response:
    """The text exactly as it was read. A citation's `url` leads here; `#char=START,END` (RFC 5147) is its place, in code points.

    It names the version that was cited; without one, the text of the present version is given.
    """
    with answerer.library.view() as view:
        row, content = view.version(id, version), view.text(id, version)
    return PlainTextResponse(content.encode("utf-8"), headers={"ETag": f'"{row.sha256}"'})


@router.get(
    "/documents/{id}/file",
    summary="Get the file of a document",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}, "application/pdf": {}}}, **problem_responses(404, 422, 503)},
)
def file(id: DocumentId, answerer: AnswererHere, version: VersionHash = "", inline: bool = False) -> Response:
    """The file as it was added, byte for byte, to be saved and not to be shown: a file may hold anything.

    A PDF alone is shown, by the browser's own viewer, if `inline` is asked for; `#page=N` (RFC 8118) is its place.
    """
    with answerer.library.view() as view:
        row, content = view.version(id, version), view.file(id, version)
    name = quote(PurePosixPath(row.source).name, safe="")
    shown = inline and row.about.kind == "pdf"
    headers = {"ETag": f'"{row.sha256}"', "Content-Disposition": f"{'inline' if shown else 'attachment'}; filename*=UTF-8''{name}"}
    return Response(content, media_type="application/pdf" if shown else "application/octet-stream", headers=headers)


@process.get("/health", summary="Is the process there?")
async def health() -> Health:
    """Always `ok` while the process runs."""
    return Health()


@router.get("/ready", summary="Can it be asked?", responses=problem_responses(503))
def ready(answerer: AnswererHere) -> Ready:
    """The state of the library, or 503 while it cannot be read."""
    try:
        with answerer.library.view() as view:
            return Ready(
                documents=view.count(),
                passages=view.passages,
                generation=view.generation,
                encoder=answerer.library.encoder.fingerprint,
                reader=answerer.reader.name,
            )
    except Exception as error:
        raise Problem(503, "not_ready", "The library cannot be read; `footnote doctor` says why.") from error
