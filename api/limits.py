"""Requests that are refused before anything reads them."""

import re

from starlette.datastructures import Headers
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from api.problems import problem

LARGEST_HEAD = 16 * 1024  # bytes of path and headers; h11 holds to it only while they have not come whole

_PORT = re.compile(r":\d*\Z")
_DETAILS = {
    431: ("head_too_large", f"Path and headers are over the limit of {LARGEST_HEAD} bytes."),
    421: ("unknown_name", "This server is not known by the name in the Host header; FOOTNOTE_NAMES sets the names it answers to."),
    400: ("two_lengths", "The request has both a length and chunks."),
}


class Limits:
    """ASGI middleware. What it refuses is answered with a problem document, and the connection is closed."""

    def __init__(self, app: ASGIApp, names: frozenset[str]) -> None:
        self._app = app
        self._names = names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        status = self._refusal(scope) if scope["type"] == "http" else None
        if status is None:
            return await self._app(scope, receive, send)
        response = problem(Request(scope), status, *_DETAILS[status])
        response.headers["Connection"] = "close"
        await response(scope, receive, send)

    def _refusal(self, scope: Scope) -> int | None:
        """The status to refuse a request with (RFC 6585; RFC 9112, 6.3; RFC 9110, 15.5.20), None for one that may pass."""
        headers = Headers(scope=scope)
        size = sum(len(name) + len(value) for name, value in scope["headers"])
        if size + len(scope["raw_path"]) + len(scope["query_string"]) > LARGEST_HEAD:
            return 431
        if "content-length" in headers and "transfer-encoding" in headers:
            return 400
        foreign = self._names and "host" in headers and _PORT.sub("", headers["host"].lower()) not in self._names
        return 421 if foreign else None
