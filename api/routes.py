"""The paths of the HTTP interface."""

from pathlib import PurePosixPath
from typing import Annotated, Any
from urllib.parse import quote

from fastapi import APIRouter, Depends, Query, Request
from fastapi.sse import EventSourceResponse
from starlette.responses import PlainTextResponse, Response

from api.bodies import StrictRoute
from api.events import events
from api.problems import MEDIA_TYPE, Problem
from api.schemas import (
    DocumentBody,
    DocumentDetail,
    DocumentId,
    Documents,
    Health,
    PassageBody,
    PassageFound,
    Passages,
    QuestionBody,
    Ready,
    SearchQuery,
    problem_schema,
)
from qa.answering import Answerer
from qa.answers import Answer
from qa.questions import Question

router = APIRouter(route_class=StrictRoute)


def _answerer(request: Request) -> Answerer:
    answerer: Answerer = request.app.state.answerer
    return answerer


AnswererHere = Annotated[Answerer, Depends(_answerer)]


def _problems(*statuses: int) -> dict[int | str, dict[str, Any]]:
    content = {MEDIA_TYPE: {"schema": problem_schema()}}
    return {status: {"description": "A problem document.", "content": content} for status in statuses}


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
        **_problems(400, 404, 413, 415, 422),
    },
)
def ask(body: QuestionBody, request: Request, answerer: AnswererHere) -> Response:
    """Answer from the documents by quoting them, or say that they do not answer."""
    question = body.question_asked()
    if "text/event-stream" in request.headers.get("accept", ""):
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return EventSourceResponse(events(answerer.steps(question, body.limit), request.scope["footnote.request_id"]), headers=headers)
    with request.app.state.turns:
        answer = answerer.ask(question, body.limit)
    return Response(answer.as_json(), media_type="application/json")


@router.get("/search", summary="Find passages", responses=_problems(404, 422))
def search(query: Annotated[SearchQuery, Query()], answerer: AnswererHere) -> Passages:
    """The passages that fit best, with the scores they were found by."""
    asked = Question(query.q, documents=tuple(query.document)).checked()
    with answerer.library.view() as view:
        hits = view.search(asked.text, query.limit, asked.documents)
    return Passages(passages=[PassageFound.of(hit) for hit in hits])


@router.get("/documents", summary="List the documents")
def documents(answerer: AnswererHere) -> Documents:
    """All documents of the library, by id."""
    with answerer.library.view() as view:
        rows = [DocumentBody.of(row) for row in view.documents()]
        return Documents(documents=rows, generation=view.generation, sha256=view.sha256)


@router.get("/documents/{id}", summary="Look at a document", responses=_problems(404, 422))
def document(id: DocumentId, answerer: AnswererHere) -> DocumentDetail:
    """A document and how it was split."""
    with answerer.library.view() as view:
        split = [PassageBody.of(row) for row in view.passages_of(id)]
        return DocumentDetail(**DocumentBody.of(view.document(id)).model_dump(), split=split)


@router.get(
    "/documents/{id}/text",
    summary="Read a document",
    response_class=PlainTextResponse,
    responses=_problems(404, 422),
)
def text(id: DocumentId, answerer: AnswererHere) -> Response:
    """The text exactly as it was read. A citation's `url` leads here; `#char=START,END` (RFC 5147) is its place, in code points."""
    with answerer.library.view() as view:
        row, content = view.document(id), view.text(id)
    return PlainTextResponse(content.encode("utf-8"), headers={"ETag": f'"{row.sha256}"'})


@router.get(
    "/documents/{id}/file",
    summary="Get the file of a document",
    response_class=Response,
    responses={200: {"content": {"application/octet-stream": {}}}, **_problems(404, 422)},
)
def file(id: DocumentId, answerer: AnswererHere) -> Response:
    """The file as it was added, byte for byte, to be saved and not to be shown: a file may hold anything."""
    with answerer.library.view() as view:
        row, content = view.document(id), view.file(id)
    name = quote(PurePosixPath(row.source).name, safe="")
    headers = {"ETag": f'"{row.sha256}"', "Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type="application/octet-stream", headers=headers)


@router.get("/health", summary="Is the process there?")
async def health() -> Health:
    """Always `ok` while the process runs."""
    return Health()


@router.get("/ready", summary="Can it be asked?", responses=_problems(503))
def ready(answerer: AnswererHere) -> Ready:
    """The state of the library, or 503 while it cannot be read."""
    try:
        with answerer.library.view() as view:
            return Ready(
                documents=len(view.documents()),
                passages=view.passages,
                generation=view.generation,
                encoder=answerer.library.encoder.fingerprint,
                reader=answerer.reader.name,
            )
    except Exception as error:
        raise Problem(503, "not_ready", "The library cannot be read; `footnote doctor` says why.") from error
