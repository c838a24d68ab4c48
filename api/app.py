"""The HTTP application."""

import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib import metadata
from pathlib import Path
from threading import Semaphore

from fastapi import Depends, FastAPI

from api.bibliography import bibliography
from api.changing import LARGEST_UPLOAD, changing
from api.collecting import collections
from api.exporting import exporting
from api.feedback import feedback
from api.following import following
from api.headers import Headers
from api.libraries import Libraries
from api.limits import Limits
from api.places import named_collection
from api.problems import add_handlers, problem_responses
from api.routes import process, router
from api.script import chat_script, script
from api.sharing import Sharing
from api.uploads import clear_left
from api.workers import Workers

_DESCRIPTION = """Answers questions about your documents; every sentence cites the exact characters of the exact version it came from.

Offsets count Unicode code points. A citation can be checked without Footnote: read the file whose sha256 it names as UTF-8 text, take
`text[start:end]`, and compare it with `quote`."""


def create_app(
    libraries: Libraries,
    largest_body: int = 2**20,
    names: frozenset[str] = frozenset(),
    largest_upload: int = LARGEST_UPLOAD,
    writable: bool = True,
    ocr: str | None = None,
    origins: frozenset[str] = frozenset(),
) -> FastAPI:
    """The application over libraries. Jobs that are not done are taken up when it starts.

    largest_body: bytes of a request body that are read at most, largest_upload: of one that brings files. names: the hosts it answers
    to, lower case; empty for any. writable: whether documents may be changed. ocr: languages of scanned pages, None not to read them.
    origins: of sites whose pages may ask.
    """
    app = FastAPI(
        title="Footnote",
        version=metadata.version("footnote"),
        description=_DESCRIPTION,
        docs_url=None,  # its page loads scripts from a CDN
        redoc_url=None,
        redirect_slashes=False,
        lifespan=_lifespan,
    )
    app.state.libraries = libraries
    app.state.largest_body = largest_body
    app.state.largest_upload, app.state.writable = largest_upload, writable
    app.state.workers = Workers(libraries.folder, ocr)
    app.state.turns = Semaphore(os.cpu_count() or 1)  # answers worked on at once; more only get in each other's way
    app.state.script = chat_script()
    app.add_middleware(Sharing, origins=origins)
    app.add_middleware(Limits, names=names)
    app.add_middleware(Headers)  # the outermost
    for paths in (router, changing, following, feedback, exporting, bibliography):
        app.include_router(paths)
        app.include_router(
            paths, prefix="/collections/{collection}", dependencies=[Depends(named_collection)], responses=problem_responses(404, 422)
        )
    app.include_router(collections)
    app.include_router(process)
    app.include_router(script)
    add_handlers(app)
    app.frontend("/", directory=Path(__file__).parent / "page", fallback=None)
    return app


@asynccontextmanager
async def _lifespan(app: FastAPI) -> AsyncIterator[None]:
    workers: Workers = app.state.workers
    for home in app.state.libraries.homes():
        clear_left(home)
        workers.take_up(home)
    yield
    workers.close()
