"""The path by which reviewed answers go out as a file."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.bodies import StrictRoute
from api.exports.annotations import MEDIA_TYPE, annotations
from api.exports.footnotes import Export, verified
from api.exports.markdown import markdown
from api.exports.spreadsheet import spreadsheet
from api.exports.word import word
from api.origins import own_origin
from api.places import AnswererHere
from api.problems import problem_responses
from api.reviews import ExportBody

exporting = APIRouter(route_class=StrictRoute)

_HOST = re.compile(r"[A-Za-z0-9.\-]+(:\d+)?|\[[0-9A-Fa-f:.]+\](:\d+)?")


@dataclass(frozen=True, slots=True)
class Format:
    """A format of exports: its media type, how its files end, and what writes it."""

    media_type: str
    suffix: str
    write: Callable[[Export], bytes]


FORMATS = {
    "markdown": Format("text/markdown; charset=utf-8", "md", markdown),
    "csv": Format("text/csv; charset=utf-8; header=present", "csv", spreadsheet),
    "docx": Format("application/vnd.openxmlformats-officedocument.wordprocessingml.document", "docx", word),
    "annotations": Format(MEDIA_TYPE, "jsonld", annotations),
}


@exporting.post(
    "/export",
    summary="Export reviewed answers",
    response_class=Response,
    dependencies=[Depends(own_origin)],
    responses={
        200: {"description": "The file.", "content": {one.media_type.partition(";")[0]: {} for one in FORMATS.values()}},
        **problem_responses(400, 403, 404, 413, 415, 422, 503),
    },
)
def export(body: ExportBody, request: Request, answerer: AnswererHere) -> Response:
    """Answers with what was said of their citations, as Markdown, CSV, DOCX or W3C annotations.

    Every citation is verified again, and the file says of each whether it is `valid`, `stale` (true of an earlier version), `altered`
    (something else stands there) or `missing` (the document or version is not there any more).
    """
    format = FORMATS[body.format]
    with request.app.state.turns:
        with answerer.library.view() as view:
            found = verified(body.answers, view, _server(request), datetime.now(UTC))
        content = format.write(found)
    headers = {"Content-Disposition": f'attachment; filename="reviewed-answers.{format.suffix}"'}
    return Response(content, media_type=format.media_type, headers=headers)


def _server(request: Request) -> str:
    """What the client called the server; "" if that is no plain host, so that addresses in the file are relative then."""
    host = request.headers.get("host", "")
    return f"{request.scope['scheme']}://{host}" if _HOST.fullmatch(host) else ""
