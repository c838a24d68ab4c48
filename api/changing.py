"""The paths that change documents: files in, new versions of them, documents out."""

import asyncio
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from fastapi import APIRouter, Header, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.bodies import CLOSE, Limit
from api.jobs import Job
from api.origins import MAY_CHANGE
from api.places import AnswererHere, WorkersHere
from api.problems import Problem, problem, problem_responses
from api.queries import DocumentId
from api.uploaded import JobBody, Uploaded, all_refused_response, files_of, job_url, upload_body
from api.uploads import coming, received
from api.workers import Workers
from index.library import Library

WAITED_FOR = 4 * 2**20  # bytes of files: what is sent with no more is waited for
LONGEST_WAIT = 30.0  # seconds; then the client is sent to the job
LARGEST_UPLOAD = 2**28  # bytes of a request, by default


changing = APIRouter(dependencies=list(MAY_CHANGE))

IfMatch = Annotated[
    str | None,
    Header(max_length=1_000, description='The version that is to be replaced, `"sha256"` in quotes, as the ETag of the text names it.'),
]
_PREFER = (
    "It is waited for if there are at most 4 MiB of files, for 30 seconds, unless `Prefer: respond-async` is sent (RFC 7240); else the "
    "answer is 202, and the job at `Location` tells what becomes of the files. Once either is answered, the files are safe on the disk."
)
_ACCEPTED: dict[int | str, dict[str, Any]] = {
    202: {"model": JobBody, "description": "The job that goes on with it; `Location` leads there."}
}
_PROBLEMS = {**problem_responses(400, 403, 404, 413, 415, 507), **all_refused_response()}


@changing.post(
    "/documents",
    summary="Add documents",
    status_code=201,
    description=f"Files become documents. One with the name of a document that is there and other content is refused. {_PREFER}",
    response_model=Uploaded,
    responses={
        200: {"model": Uploaded, "description": "All files were there already, or not refused at least; nothing was added."},
        **_ACCEPTED,
        **_PROBLEMS,
    },
    openapi_extra=upload_body("Files, 1,000 at most, each with its name."),
)
async def add(request: Request, answerer: AnswererHere, workers: WorkersHere) -> Response:
    """Files become documents."""
    library = answerer.library
    with coming(library.folder) as folder:
        parts = await received(request, folder, Limit(request.app.state.largest_upload, "FOOTNOTE_LARGEST_UPLOAD"))
        job = await run_in_threadpool(Job(folder, tuple(parts.sent), parts.metadata()).publish, library.folder)
    return await _answer(request, job, library, workers)


@changing.put(
    "/documents/{id}",
    summary="Replace a document",
    description=f"A file becomes the new version of a document; metadata stays if none is sent. Citations of earlier versions can still be "
    f"looked up. {_PREFER}",
    response_model=Uploaded,
    responses={**_ACCEPTED, **_PROBLEMS, **problem_responses(412)},
    openapi_extra=upload_body("The one file."),
)
async def replace(id: DocumentId, request: Request, answerer: AnswererHere, workers: WorkersHere, if_match: IfMatch = None) -> Response:
    """A file becomes the new version of a document."""
    library = answerer.library
    present = await run_in_threadpool(_present, library, id)
    _check_version(if_match, present)
    with coming(library.folder) as folder:
        parts = await received(request, folder, Limit(request.app.state.largest_upload, "FOOTNOTE_LARGEST_UPLOAD"))
        if len(parts.sent) != 1:
            raise Problem(422, "one_file", "A new version is one file, and there are more in the request.")
        job = Job(folder, tuple(parts.sent), parts.metadata(), id, present, if_match not in (None, "*"))
        job = await run_in_threadpool(job.publish, library.folder)
    return await _answer(request, job, library, workers)


@changing.delete("/documents/{id}", summary="Remove a document", status_code=204, responses=problem_responses(403, 404, 422))
def remove(id: DocumentId, answerer: AnswererHere) -> None:
    """Remove a document with all its versions: nothing is answered from it any more, and citations of it cannot be looked up."""
    answerer.library.remove(id)


def _present(library: Library, id: str) -> str:
    with library.view() as view:
        return view.document(id).sha256


def _check_version(if_match: str | None, present: str) -> None:
    """412 unless one of the versions that the header names is the present one (RFC 9110, 13.1.1)."""
    if if_match not in (None, "*") and f'"{present}"' not in [tag.strip() for tag in (if_match or "").split(",")]:
        detail = "The present version of the document is not the one that If-Match names; GET /documents/{id} tells which it is."
        raise Problem(412, "version_changed", detail, CLOSE)


async def _answer(request: Request, job: Job, library: Library, workers: Workers) -> Response:
    """Have a job done, and answer with what it did, or where that can be seen if it is not waited for."""
    prefers = {part.strip().lower() for value in request.headers.getlist("prefer") for part in value.split(",")}
    is_left = "respond-async" in prefers
    if not is_left and sum(sent.size for sent in job.files) <= WAITED_FOR:
        await _wait(job, library.folder, workers)
    else:
        workers.take(library.folder, job.id)
    response = await run_in_threadpool(_told, request, job, library)
    if is_left and response.status_code == 202:
        response.headers["Preference-Applied"] = "respond-async"
    return response


async def _wait(job: Job, home: Path, workers: Workers) -> None:
    """Have a job done and wait until it is, but not for ever."""
    with workers.watching(job.id) as changed, suppress(TimeoutError):
        workers.take(home, job.id)
        async with asyncio.timeout(LONGEST_WAIT):
            while not await run_in_threadpool(_is_done, job):
                await changed.wait()
                changed.clear()


def _is_done(job: Job) -> bool:
    return job.state(job.progress()) == "done"


def _told(request: Request, job: Job, library: Library) -> Response:
    progress = job.progress()
    with library.view() as view:
        if job.state(progress) != "done":
            location = {"Location": job_url(job, view.collection)}
            return JSONResponse(JobBody.looked_at(job, view).model_dump(), 202, location)
        files = [file.model_dump() for file in files_of(job, progress, view)]
    if set(progress.counts) == {"refused"}:
        what = "The file was refused" if len(files) == 1 else "Every file was refused"
        return problem(request, 422, "refused", f"{what}; see `files`.", files=files, job=job.id)
    return JSONResponse({"files": files, "job": job.id}, 201 if "added" in progress.counts else 200)
