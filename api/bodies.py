"""Request bodies read strictly: JSON in UTF-8, nothing else and nothing doubtful."""

import json
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.problems import Problem

_DEEPEST = 32  # levels of nesting


class StrictRequest(Request):
    """A request whose `json` refuses what parsers disagree about: NaN, double keys, deep nesting, other encodings."""

    async def body(self) -> bytes:
        """The body, read no further than the limit of the application (`app.state.largest_body`)."""
        if not hasattr(self, "_body"):
            limit: int = self.app.state.largest_body
            announced = self.headers.get("content-length", "0")
            content = bytearray()
            if not announced.isdecimal() or int(announced) > limit:
                raise _too_large(limit)
            async for chunk in self.stream():
                content += chunk
                if len(content) > limit:
                    raise _too_large(limit)
            self._body = bytes(content)
        return self._body

    async def json(self) -> Any:
        """The body's value; json.JSONDecodeError for anything that is not plain JSON in UTF-8."""
        return strict_json(await self.body())


def strict_json(content: bytes) -> Any:
    """The value of plain JSON in UTF-8; json.JSONDecodeError for anything else."""
    try:
        value = json.loads(content.decode("utf-8"), parse_constant=_refuse, object_pairs_hook=_object)
    except json.JSONDecodeError:
        raise
    except (ValueError, RecursionError) as error:
        raise json.JSONDecodeError("not plain JSON", "", 0) from error
    if _depth(value) > _DEEPEST:
        raise json.JSONDecodeError("nested too deeply", "", 0)
    return value


class StrictRoute(APIRoute):
    """A route that reads its body as `StrictRequest` does, and only if it says that it is JSON."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        handler = super().get_route_handler()

        async def strict(request: Request) -> Response:
            if request.method in ("POST", "PUT", "PATCH"):
                _check_headers(request)
            return await handler(StrictRequest(request.scope, request.receive))

        return strict


def _check_headers(request: Request) -> None:
    media_type, _, parameters = request.headers.get("content-type", "").partition(";")
    charset = parameters.replace(" ", "").lower()
    if media_type.strip().lower() != "application/json" or charset not in ("", "charset=utf-8", 'charset="utf-8"'):
        raise Problem(415, "media_type", "Send the body as application/json in UTF-8.")
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "content_encoding", "Send the body without a content encoding.")


def _too_large(limit: int) -> Problem:
    return Problem(413, "too_large", f"The body is over the limit of {limit} bytes (FOOTNOTE_LARGEST_BODY).", {"Connection": "close"})


def _refuse(constant: str) -> None:
    raise ValueError("not a JSON number")


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(found := dict(pairs)) < len(pairs):
        raise ValueError("a name twice in one object")
    return found


def _depth(value: Any) -> int:
    """Levels of nesting, counted without recursion."""
    level, depth = [value], 0
    while level:
        level = [
            child
            for parent in level
            if isinstance(parent, dict | list)
            for child in (parent.values() if isinstance(parent, dict) else parent)
        ]
        depth += 1
    return depth
