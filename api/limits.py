"""Requests that are refused before anything reads them."""

from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem

LARGEST_HEAD = 16 * 1024  # bytes of path and headers; h11 holds to it only while they have not come whole

_DETAILS = {
    431: ("head_too_large", f"Path and headers are over the limit of {LARGEST_HEAD} bytes."),
    400: ("two_lengths", "The request has both a length and chunks."),
}


class Limits:
    """ASGI middleware. What it refuses is answered with a problem document, and the connection is closed."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = _refused(scope) if scope["type"] == "http" else None
        if status is None:
            return await self._app(scope, receive, send)
        response = problem(Request(scope), status, *_DETAILS[status])
        response.headers["Connection"] = "close"
        await response(scope, receive, send)


def _refused(scope: Scope) -> int | None:
    """431 for too much of path and headers (RFC 6585), 400 for a length beside chunks (RFC 9112, 6.3), None for what may pass."""
    names = {name.lower() for name, _ in scope["headers"]}
    size = sum(len(name) + len(value) for name, value in scope["headers"]) + len(scope["raw_path"]) + len(scope["query_string"])
    if size > LARGEST_HEAD:
        return 431
    return 400 if {b"content-length", b"transfer-encoding"} <= names else None
