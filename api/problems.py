"""Errors as RFC 9457 problem documents, one shape for all of them; what the client sent is never repeated in one."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from pydantic import BaseModel
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response
from starlette.routing import compile_path

from api.headers import response_headers
from index.errors import DocumentNotFound, IndexingError, InvalidFilter, InvalidMetadata, LibraryDamaged
from qa.errors import AnsweringError, InvalidQuestion

MEDIA_TYPE = "application/problem+json"
_LOG = logging.getLogger("footnote.api")


class Problem(HTTPException):
    """An error to answer with. code: a short name for programs. detail: what happened and what to do, for people."""

    def __init__(self, status: int, code: str, detail: str, headers: dict[str, str] | None = None) -> None:
        super().__init__(status, detail, headers)
        self.code = code


def problem(request: Request, status: int, code: str, detail: str, **more: Any) -> Response:
    """The problem document of an error; `more` are further members (RFC 9457, section 3.2)."""
    content = {
        "type": "about:blank",
        "title": HTTPStatus(status).phrase,
        "status": status,
        "detail": detail,
        "code": code,
        "request_id": request.scope.get("footnote.request_id"),
        **more,
    }
    return JSONResponse(content, status, media_type=MEDIA_TYPE)


def add_handlers(app: FastAPI) -> None:
    """Answer every error of the application and of the framework with a problem document."""
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _refused)
    app.add_exception_handler(InvalidQuestion, _invalid_question)
    app.add_exception_handler(InvalidFilter, _invalid_filter)
    app.add_exception_handler(InvalidMetadata, _invalid_metadata)
    app.add_exception_handler(DocumentNotFound, _not_found)
    app.add_exception_handler(LibraryDamaged, _damaged)
    app.add_exception_handler(IndexingError, _unavailable)
    app.add_exception_handler(AnsweringError, _unavailable)
    app.add_exception_handler(Exception, _unexpected)


async def _invalid(request: Request, error: Exception) -> Response:
    """422 with the place and the rule of each fault, never the value."""
    assert isinstance(error, RequestValidationError)
    faults = [{"where": _where(fault["loc"]), "what": fault["msg"]} for fault in error.errors()[:20]]
    if any(fault["type"] == "json_invalid" for fault in error.errors()):
        return problem(request, 400, "json_invalid", "The body is not JSON as RFC 8259 has it, in UTF-8.")
    return problem(request, 422, "invalid", "The request is not what it should be; see `errors`.", errors=faults)


def _where(location: tuple[Any, ...]) -> str:
    """The place of a fault, in names of ours and numbers alone: a name the client made up is not repeated."""
    return ".".join(str(part) if isinstance(part, int) or part in _PLACES else "(unknown)" for part in location)


_PLACES = frozenset(
    """body query path header collection question history role content document documents limit id q filter filters from to after
    version answer verdict citation comment format answers reviews note id text title sentences citations number section page start end
    quote prefix suffix sha256 standalone_question""".split()
)


async def _refused(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    code = getattr(error, "code", HTTPStatus(error.status_code).name.lower())
    detail = error.detail if isinstance(error, Problem) else _DETAILS.get(error.status_code, HTTPStatus(error.status_code).description)
    response = problem(request, error.status_code, code, detail)
    response.headers.update(error.headers or {})
    if error.status_code == 405:
        response.headers["Allow"] = ", ".join(sorted(_methods(request)))
    return response


def _methods(request: Request) -> set[str]:
    """The methods that a path knows, as the description of the interface has them; GET and HEAD for the page and its files."""
    described: dict[str, Any] = request.app.openapi()["paths"]
    known = {name.upper() for path, methods in described.items() if compile_path(path)[0].match(request.scope["path"]) for name in methods}
    return known | {"HEAD"} if "GET" in known else known or {"GET", "HEAD"}


_DETAILS = {
    404: "There is nothing at this path. GET /openapi.json lists the paths there are.",
    405: "This path does not know this method; the Allow header names those it knows.",
    413: "The request body is over the limit.",
    400: "The request body cannot be read.",
}


async def _invalid_question(request: Request, error: Exception) -> Response:
    return problem(request, 422, "question_invalid", str(error))


async def _invalid_filter(request: Request, error: Exception) -> Response:
    return problem(request, 422, "filter_invalid", str(error))


async def _invalid_metadata(request: Request, error: Exception) -> Response:
    return problem(request, 422, "metadata_invalid", str(error))


async def _not_found(request: Request, error: Exception) -> Response:
    return problem(request, 404, "document_not_found", str(error))


async def _unavailable(request: Request, error: Exception) -> Response:
    _LOG.error("request %s failed: %s", request.scope.get("footnote.request_id"), error)
    return problem(request, 503, "unavailable", "The library cannot be used now; `footnote doctor` says why.")


async def _damaged(request: Request, error: Exception) -> Response:
    """503: what is stored does not fit its hash, so it is not given out. The log names it; the rest can be asked for as before."""
    _LOG.error("request %s failed: %s", request.scope.get("footnote.request_id"), error)
    detail = "What this needs of the library is damaged and is not given out; `footnote doctor --deep` names it."
    return problem(request, 503, "library_damaged", detail)


async def _unexpected(request: Request, error: Exception) -> Response:
    _LOG.error("request %s failed", request.scope.get("footnote.request_id"), exc_info=error)
    response = problem(request, 500, "internal", "Something went wrong here; the log has it under the request id.")
    response.headers.update(response_headers(request.scope))  # made outside the middleware that adds them elsewhere
    return response


class Fault(BaseModel):
    """One thing wrong with a request."""

    where: str
    what: str


class ProblemBody(BaseModel):
    """RFC 9457 problem document."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    request_id: str | None
    errors: list[Fault] = []


def problem_responses(*statuses: int) -> dict[int | str, dict[str, Any]]:
    """What a path says of the problems it may answer with."""
    content = {MEDIA_TYPE: {"schema": problem_schema()}}
    return {status: {"description": "A problem document.", "content": content} for status in statuses}


def problem_schema() -> dict[str, Any]:
    """The JSON schema of a problem document, in one piece."""
    schema = ProblemBody.model_json_schema()
    schema["properties"]["errors"]["items"] = schema.pop("$defs")["Fault"]
    return schema
