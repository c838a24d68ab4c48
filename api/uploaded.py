"""What goes out over HTTP of files that were sent, and of the jobs that make documents of them."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from pydantic import BaseModel

from api.jobs import Became, Done, Job, Progress, Sent, State
from api.problems import MEDIA_TYPE, problem_schema
from api.schemas import DocumentBody
from index.errors import DocumentNotFound
from index.view import View
from qa.citations import collection_url


class Refusal(BaseModel):
    """Why a file was refused: the status that a request with it alone would have had, a short name for programs, and for people."""

    status: int
    code: str
    detail: str


class FileBody(BaseModel):
    """What became of a file. document: that it became, or that is there already, unless it was removed since."""

    name: str
    outcome: Became
    document: DocumentBody | None
    problem: Refusal | None

    @classmethod
    def of(cls, sent: Sent, done: Done, job: Job, view: View) -> "FileBody":
        return cls(name=sent.name, outcome=done.outcome, document=_document(done.id, view), problem=_refusal(done, job))


class Uploaded(BaseModel):
    """What became of the files of a request, in their order, and the job that did it."""

    files: list[FileBody]
    job: str


class JobSummary(BaseModel):
    """How far a job is.

    made: when, ISO 8601. total: files. done: of these, as many became something. bytes: of all files; bytes_done: of those done.
    counts: how many became what. url: where it can be looked at again.
    """

    id: str
    state: State
    cancelled: bool
    made: str
    total: int
    done: int
    bytes: int
    bytes_done: int
    counts: dict[Became, int]
    url: str

    @classmethod
    def of(cls, job: Job, progress: Progress, collection: str = "") -> "JobSummary":
        return cls(
            id=job.id,
            state=job.state(progress),
            cancelled=job.is_cancelled,
            made=datetime.fromtimestamp(job.made, UTC).isoformat(timespec="milliseconds"),
            total=len(job.files),
            done=len(progress.done),
            bytes=sum(sent.size for sent in job.files),
            bytes_done=sum(job.files[number].size for number in progress.done),
            counts=progress.counts,
            url=job_url(job, collection),
        )


class JobBody(JobSummary):
    """A job with what became of its files so far, in their order."""

    files: list[FileBody]

    @classmethod
    def looked_at(cls, job: Job, view: View) -> "JobBody":
        progress = job.progress()
        return cls(**JobSummary.of(job, progress, view.collection).model_dump(), files=files_of(job, progress, view))


class Jobs(BaseModel):
    """The jobs of the library, the latest first."""

    jobs: list[JobSummary]


def job_url(job: Job, collection: str) -> str:
    """Where a job can be looked at."""
    return f"{collection_url(collection)}/jobs/{job.id}"


def files_of(job: Job, progress: Progress, view: View) -> list[FileBody]:
    """What became of the files of a job that are done, in their order."""
    return [FileBody.of(job.files[number], done, job, view) for number, done in sorted(progress.done.items())]


def upload_body(files: str) -> dict[str, Any]:
    """What the description of the interface says of a body of files; files: how many, for people."""
    parts = {
        "file": {"type": "array", "items": {"type": "string", "format": "binary"}, "description": files},
        "metadata": {
            "type": "object",
            "description": "What is said of the files, kept with the documents and known to filters: names with a text, a number, true or "
            "false, or a list of texts each. Of title, authors, date and doi it stands in the place of what a file says itself.",
            "examples": [{"journal": "Blood", "year": 2021}],
        },
    }
    schema = {"type": "object", "required": ["file"], "properties": parts, "additionalProperties": False}
    return {"requestBody": {"required": True, "content": {"multipart/form-data": {"schema": schema}}}}


def all_refused_response() -> dict[int | str, dict[str, Any]]:
    """What the description of the interface says of the problem document of a request of which no file was taken."""
    schema = problem_schema()
    schema["properties"]["files"] = {
        "type": "array",
        "items": {"type": "object"},
        "description": "Each file, as in a response without problem.",
    }
    return {
        422: {"description": "A problem document; if every file was refused, with `files`.", "content": {MEDIA_TYPE: {"schema": schema}}}
    }


def _document(id: str | None, view: View) -> DocumentBody | None:
    try:
        return DocumentBody.of(view.document(id), view.collection) if id else None
    except DocumentNotFound:
        return None


def _refusal(done: Done, job: Job) -> Refusal | None:
    if done.outcome != "refused":
        return None
    code = done.code
    if code == "conflict":
        code = "version_changed" if job.document else "name_taken"
    status, detail = _REFUSALS[code]
    return Refusal(status=status, code=code, detail=detail or done.reason)


_REFUSALS: Mapping[str, tuple[int, str]] = {
    "name_invalid": (422, "A file needs a name of at most 255 bytes of UTF-8, without control characters and marks that turn text round."),
    "name_taken": (
        409,
        "There is a document of this name already, with other content or other metadata. PUT /documents/{id} makes this file its new "
        "version; or give the file another name.",
    ),
    "version_changed": (412, "The present version of the document is not any more the one that was named."),
    "document_not_found": (404, "The document of which this was to be a new version was removed meanwhile."),
    "unsupported_format": (415, ""),
    "unreadable": (422, ""),
    "crashed": (422, "The process that stores documents died of it twice. Save it anew, or split it."),
    "storage_full": (507, "There is no room on the disk of the server. Send it again when there is."),
    "failed": (503, "It could not be stored; the log of the server says why. Send it again."),
}
