"""The paths by which readers say what they think of answers, and others read it."""

from itertools import islice
from pathlib import Path
from typing import Annotated

from fastapi import APIRouter, Depends, Query

from api.bodies import StrictRoute
from api.origins import own_origin
from api.places import AnswererHere
from api.problems import problem_responses
from api.remarks import KeptRemark, Remark, Remarks, keep, kept_remarks

feedback = APIRouter(route_class=StrictRoute)


def _home(answerer: AnswererHere) -> Path:
    return answerer.library.folder


Home = Annotated[Path, Depends(_home)]


@feedback.post(
    "/feedback",
    status_code=201,
    summary="Say what you think of an answer",
    responses=problem_responses(400, 404, 413, 415, 422, 503, 507),
)
def say(remark: Remark, home: Home) -> KeptRemark:
    """Keep a remark on an answer: that it helped, that it is wrong, or that a footnote is; also where documents are read only."""
    return keep(home, remark)


@feedback.get(
    "/feedback",
    summary="Read what was said of answers",
    dependencies=[Depends(own_origin)],
    responses=problem_responses(403, 404, 422, 503),
)
def said(
    home: Home,
    after: Annotated[str, Query(pattern="^([0-9a-f]{16})?$")] = "",
    limit: Annotated[int, Query(ge=1, le=1000)] = 100,
) -> Remarks:
    """The remarks on answers from this library, the oldest first, a page at a time."""
    found = list(islice(kept_remarks(home, after), limit + 1))
    return Remarks(remarks=found[:limit], next=found[limit - 1].id if len(found) > limit else None)
