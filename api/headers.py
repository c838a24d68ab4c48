"""What every response carries: a request id, the time it took, and what a browser may do with it."""

import secrets
import time

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

_ALWAYS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; img-src 'self' data:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
}


class Headers:
    """ASGI middleware. The request id is also at `scope["footnote.request_id"]`, for problem documents and the log.

    HEAD is answered as GET without the body.
    """

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return await self._app(scope, receive, send)
        scope["footnote.request_id"] = secrets.token_hex(8)
        scope["footnote.started"] = time.perf_counter()
        without_body = scope["method"] == "HEAD"

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                MutableHeaders(scope=message).update(response_headers(scope))
            elif without_body and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        await self._app({**scope, "method": "GET"} if without_body else scope, receive, send_with_headers)


def response_headers(scope: Scope) -> dict[str, str]:
    """The headers of the response to a request."""
    took = (time.perf_counter() - scope["footnote.started"]) * 1000
    return {**_ALWAYS, "X-Request-ID": scope["footnote.request_id"], "Server-Timing": f"total;dur={took:.1f}"}
