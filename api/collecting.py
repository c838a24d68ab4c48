"""The paths of collections themselves: listed, made and removed."""

from fastapi import APIRouter, Response

from api.origins import MAY_CHANGE
from api.places import CollectionName, LibrariesHere, WorkersHere, no_collection
from api.problems import problem_responses
from api.schemas import Collections
from index.errors import LibraryMissing

collections = APIRouter()


@collections.get("/collections", summary="List the collections")
def listed(libraries: LibrariesHere) -> Collections:
    """The names of the collections, each a library of its own at `/collections/{collection}/…`."""
    return Collections(collections=libraries.names())


@collections.put(
    "/collections/{collection}",
    summary="Make a collection",
    status_code=201,
    dependencies=list(MAY_CHANGE),
    responses=problem_responses(403, 422),
)
def make(collection: CollectionName, libraries: LibrariesHere, response: Response) -> Collections:
    """Make an empty collection: 201, or 200 if there is one of that name already."""
    if not libraries.make(collection):
        response.status_code = 200
    return Collections(collections=libraries.names())


@collections.delete(
    "/collections/{collection}",
    summary="Remove a collection",
    status_code=204,
    dependencies=list(MAY_CHANGE),
    responses=problem_responses(403, 404, 422),
)
def remove(collection: CollectionName, libraries: LibrariesHere, workers: WorkersHere) -> None:
    """Remove a collection with all its documents, their versions, and its jobs."""
    try:
        workers.leave(libraries.home(collection))
        libraries.remove(collection)
    except LibraryMissing as error:
        raise no_collection() from error
