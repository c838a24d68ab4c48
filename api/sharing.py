"""Which pages of other sites may ask: those of the origins that are named (CORS, https://fetch.spec.whatwg.org/#http-cors-protocol)."""

import re

from starlette.datastructures import Headers
from starlette.middleware.cors import CORSMiddleware
from starlette.types import ASGIApp, Receive, Scope, Send

_SHARED = re.compile(r"(/collections/[^/]+)?/(ask|search|ready|feedback)")  # what asks and changes no document
ANY = "*"


class Sharing:
    """ASGI middleware. A page of any other origin is answered as before: its browser keeps the answer from it."""

    def __init__(self, app: ASGIApp, origins: frozenset[str]) -> None:
        self._app = app
        self._origins = origins
        exposed = ["X-Request-ID", "Server-Timing"]
        self._shared = CORSMiddleware(
            app, sorted(origins), allow_methods=["GET", "POST"], allow_headers=["Accept", "Content-Type"], expose_headers=exposed
        )

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        shared = scope["type"] == "http" and _SHARED.fullmatch(scope["path"]) and self._may_ask(Headers(scope=scope).get("origin"))
        await (self._shared if shared else self._app)(scope, receive, send)

    def _may_ask(self, origin: str | None) -> bool:
        return origin is not None and (origin in self._origins or ANY in self._origins)
