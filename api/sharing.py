"""Which pages of other sites may ask: those of the origins that are named (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)."""

import re

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_SHARED = re.compile(r"(/collections/[^/]+)?/(ask|search|ready|feedback)")  # what asks and changes no document


class Sharing:
    """ASGI middleware. A page of any other origin is answered as before: its browser keeps the answer from it."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        exposed = ["X-Request-ID", "Server-Timing"]
        self._shared = CORSMiddleware(
            app, sorted(origins), allow_methods=["GET", "POST"], allow_headers=["Accept", "Content-Type"], expose_headers=exposed
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        origin = Headers(scope=scope).get("origin") if scope["type"] == "http" else None
        shared = origin and _SHARED.fullmatch(scope["path"]) and self._shared.is_allowed_origin(origin)
        await (self._shared if shared else self._app)(scope, receive, send)
