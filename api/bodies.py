"""Request bodies read strictly: JSON in UTF-8, nothing else and nothing doubtful."""

import json
from collections.abc import Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from api.problems import Problem

CLOSE = {"Connection": "close"}  # for what is refused before it was read to its end
_DEEPEST = 32  # levels of nesting


@dataclass(frozen=True, slots=True)
class Limit:
    """How many bytes a body may have, and the setting that says so."""

    largest: int
    setting: str

    def check_announced(self, request: Request) -> None:
        """Refuse a body that is announced to be larger (413)."""
        announced = request.headers.get("content-length", "0")
        self.check(int(announced) if announced.isdecimal() else self.largest + 1)

    def check(self, taken: int) -> None:
        """Refuse a body of which so many bytes came, if these are too many (413)."""
        if taken > self.largest:
            raise Problem(413, "too_large", f"The body is over the limit of {self.largest} bytes ({self.setting}).", CLOSE)


class StrictRequest(Request):
    """A request whose `json` refuses what parsers disagree about: NaN, double keys, deep nesting, other encodings."""

    async def body(self) -> bytes:
        """The body, read no further than the limit of the application (`app.state.largest_body`)."""
        if not hasattr(self, "_body"):
            limit = Limit(self.app.state.largest_body, "FOOTNOTE_LARGEST_BODY")
            limit.check_announced(self)
            content = bytearray()
            async for chunk in self.stream():
                content += chunk
                limit.check(len(content))
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
    check_encoding(request)


def check_encoding(request: Request, headers: dict[str, str] | None = None) -> None:
    """Refuse a body that is compressed (415); headers: of that answer."""
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        raise Problem(415, "content_encoding", "Send the body without a content encoding.", headers)


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
