"""The paths of jobs: how far they are, as an object and as events, and how one is cancelled."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from typing import Annotated

from fastapi import APIRouter, Depends, Path, Request
from fastapi.sse import format_sse_event
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.events import event_response, wants_events
from api.jobs import JOB_ID, JOBS, KEPT, Job, jobs_of, read_job
from api.origins import MAY_CHANGE
from api.places import AnswererHere, WorkersHere
from api.problems import Problem, problem_responses
from api.uploaded import JobBody, Jobs, JobSummary
from api.workers import Workers
from index.library import Library
from qa.answers import to_json

following = APIRouter()

_SILENCE = 10.0  # seconds after which `progress` is sent again, so that neither side takes the other for dead

JobId = Annotated[str, Path(pattern=f"^{JOB_ID}$", description="A job, as the answer to an upload names it.")]


def job_here(id: JobId, answerer: AnswererHere) -> Job:
    """The job that the path names."""
    try:
        return read_job(answerer.library.folder / JOBS / id)
    except FileNotFoundError as error:
        detail = f"There is no job of that id. Of those that are finished the latest {KEPT} are kept."
        raise Problem(404, "job_not_found", detail) from error


JobHere = Annotated[Job, Depends(job_here)]


@following.get("/jobs", summary="List the jobs", responses=problem_responses(404, 422))
def jobs(answerer: AnswererHere) -> Jobs:
    """Those not finished and the latest 100 that are, the latest first."""
    library = answerer.library
    return Jobs(jobs=[JobSummary.of(job, job.progress(), library.collection) for job in jobs_of(library.folder)])


@following.get(
    "/jobs/{id}",
    summary="Look at a job",
    response_model=JobBody,
    responses={
        200: {
            "description": "How far the job is. With `Accept: text/event-stream` whenever that changes, as events: `progress` …, without "
            "files, and last `job`, with all of them.",
            "content": {"text/event-stream": {"schema": {"type": "string"}}},
        },
        **problem_responses(404, 422),
    },
)
async def job(job: JobHere, request: Request, answerer: AnswererHere, workers: WorkersHere) -> Response:
    """How far a job is, and what became of its files so far."""
    if wants_events(request):
        return event_response(_events(job, answerer.library, workers))
    return await run_in_threadpool(_shown, job, answerer.library)


@following.delete("/jobs/{id}", summary="Cancel a job", dependencies=list(MAY_CHANGE), responses=problem_responses(403, 404, 422))
def cancel(job: JobHere, answerer: AnswererHere) -> JobBody:
    """Files that are not begun yet become `cancelled`; those that became documents stay. A job that is done stays as it is."""
    if job.state(job.progress()) != "done":
        job.cancel()
    with answerer.library.view() as view:
        return JobBody.looked_at(job, view)


def _shown(job: Job, library: Library) -> Response:
    with library.view() as view:
        return JSONResponse(JobBody.looked_at(job, view).model_dump())


async def _events(job: Job, library: Library, workers: Workers) -> AsyncIterator[bytes]:
    with workers.watching(job.id) as changed:
        while (found := await run_in_threadpool(_summary, job, library)).state != "done":
            yield format_sse_event(event="progress", data_str=to_json(found.model_dump()))
            with suppress(TimeoutError):
                await asyncio.wait_for(changed.wait(), _SILENCE)
            changed.clear()
    response = await run_in_threadpool(_shown, job, library)
    yield format_sse_event(event="job", data_str=bytes(response.body).decode("utf-8"))


def _summary(job: Job, library: Library) -> JobSummary:
    return JobSummary.of(job, job.progress(), library.collection)
