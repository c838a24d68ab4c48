"""The paths of collections themselves: listed, made and removed."""

from fastapi import APIRouter, Response

from api.places import CollectionName, LibrariesHere, no_collection
from api.problems import problem_responses
from api.schemas import Collections
from index.errors import LibraryMissing

collections = APIRouter()


@collections.get("/collections", summary="List the collections")
def listed(libraries: LibrariesHere) -> Collections:
    """The names of the collections, each a library of its own at `/collections/{collection}/…`."""
    return Collections(collections=libraries.names())


@collections.put("/collections/{collection}", summary="Make a collection", status_code=201, responses=problem_responses(403, 422))
def make(collection: CollectionName, libraries: LibrariesHere, response: Response) -> Collections:
    """Make an empty collection: 201, or 200 if there is one of that name already."""
    if not libraries.make(collection):
        response.status_code = 200
    return Collections(collections=libraries.names())


@collections.delete("/collections/{collection}", summary="Remove a collection", status_code=204, responses=problem_responses(403, 404, 422))
def remove(collection: CollectionName, libraries: LibrariesHere) -> None:
    """Remove a collection with all its documents and their versions."""
    try:
        libraries.remove(collection)
    except LibraryMissing as error:
        raise no_collection() from error
