"""Where a request leads: which of the libraries of the server its path names."""

from typing import Annotated

from fastapi import Depends, Path, Request
from fastapi.exceptions import RequestValidationError
from pydantic import AfterValidator, TypeAdapter, ValidationError

from api.libraries import Libraries
from api.problems import Problem
from api.settings import COLLECTION, not_all_of_them
from api.workers import Workers
from index.errors import LibraryMissing
from qa.answering import Answerer

_SHAPE = Path(pattern=f"^{COLLECTION}$", description="A collection, a library of its own.")
CollectionName = Annotated[str, _SHAPE, AfterValidator(not_all_of_them)]
_NAME: TypeAdapter[str] = TypeAdapter(CollectionName)


def libraries_here(request: Request) -> Libraries:
    """The libraries of the server."""
    libraries: Libraries = request.app.state.libraries
    return libraries


def workers_here(request: Request) -> Workers:
    """Who does the jobs of the server."""
    workers: Workers = request.app.state.workers
    return workers


def named_collection(collection: CollectionName) -> str:
    """The name of the collection in the path."""
    return collection


def answerer_here(request: Request) -> Answerer:
    """What answers from the library that the path names. A name that no collection has is refused before any folder is looked at."""
    collection = request.path_params.get("collection", "")
    try:
        return libraries_here(request).answerer(_NAME.validate_python(collection) if collection else "")
    except ValidationError as error:
        raise RequestValidationError([{**fault, "loc": ("path", "collection")} for fault in error.errors()]) from error
    except LibraryMissing as error:
        raise no_collection() from error


def no_collection() -> Problem:
    """404: there is no collection of the name in the path."""
    return Problem(404, "collection_not_found", "There is no collection of that name. GET /collections names those there are.")


LibrariesHere = Annotated[Libraries, Depends(libraries_here)]
WorkersHere = Annotated[Workers, Depends(workers_here)]
AnswererHere = Annotated[Answerer, Depends(answerer_here)]
