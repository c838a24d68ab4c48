"""The script of the chat, `/widget.js`: put together from the parts in `widget/` when the application is made, and served to any site."""

import gzip
import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from fastapi import APIRouter, Request
from starlette.responses import Response

# In an order in which each part stands after those it imports.
PARTS = """captured words elements stream asking conversation sources settings sentences answers card copying feedback exchange
follower panel chat""".split()

_FOLDER = Path(__file__).parent / "widget"
_LEFT_OUT = re.compile(r"^(?:import .*| *(?://|/\*\*|\* |\*/).*)?\n", re.MULTILINE)  # imports, comments, empty lines
_EXPORT = re.compile(r"^export ", re.MULTILINE)
_HEADERS = {
    "Cache-Control": "no-cache",
    "Vary": "Accept-Encoding",
    "Access-Control-Allow-Origin": "*",
    "Cross-Origin-Resource-Policy": "cross-origin",
}

script = APIRouter()


@dataclass(frozen=True, slots=True)
class Script:
    """A script as it is and as gzip; etag: of its content, without quotation marks."""

    content: bytes
    compressed: bytes
    etag: str

    @classmethod
    def of(cls, content: bytes) -> "Script":
        return cls(content, gzip.compress(content, 9, mtime=0), hashlib.sha256(content).hexdigest()[:32])


def chat_script() -> Script:
    """One classic script made of the parts, which are ES modules, and of the style. It leaves no name in the page but the element's."""
    style = json.dumps((_FOLDER / "style.css").read_text("utf-8"))
    parts = [_EXPORT.sub("", _LEFT_OUT.sub("", (_FOLDER / f"{name}.js").read_text("utf-8"))) for name in PARTS]
    return Script.of("\n".join(['(() => {\n"use strict";', f"const STYLE = {style};", *parts, "})();\n"]).encode())


@script.get("/widget.js", include_in_schema=False)
async def widget(request: Request) -> Response:
    """The script of `<footnote-chat>`, for pages of any site."""
    made: Script = request.app.state.script
    compressed = "gzip" in request.headers.get("accept-encoding", "")
    etag = f'"{made.etag}-gzip"' if compressed else f'"{made.etag}"'
    headers = {**_HEADERS, "ETag": etag, **({"Content-Encoding": "gzip"} if compressed else {})}
    if etag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    return Response(made.compressed if compressed else made.content, media_type="text/javascript", headers=headers)
