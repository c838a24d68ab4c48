"""The libraries of one server: the one at the plain paths, and collections, which are libraries of their own; nothing ever crosses."""

import re
import shutil
import threading
from collections.abc import Callable
from pathlib import Path
from tempfile import mkdtemp

from api.settings import COLLECTION
from index.errors import LibraryMissing
from index.library import DATABASE
from qa.answering import Answerer

COLLECTIONS = "collections"  # in the folder of the library


class Libraries:
    """What answers, by the name of a collection; "" is the library at the plain paths. Each is opened when it is first asked."""

    def __init__(self, folder: Path, plain: Answerer, opened: Callable[[str], Answerer], made: Callable[[str], Answerer]) -> None:
        """opened, made: what opens the collection of a name, raising LibraryMissing if there is none, and what makes it."""
        self.folder = folder
        self._folder = folder / COLLECTIONS
        self._opened, self._made = opened, made
        self._answerers = {"": plain}
        self._lock = threading.Lock()

    def answerer(self, collection: str = "") -> Answerer:
        """What answers from a collection.

        Raises:
            LibraryMissing: there is none of that name.
        """
        if found := self._answerers.get(collection):
            return found
        with self._lock:
            if collection not in self._answerers:
                self._answerers[collection] = self._opened(collection)
            return self._answerers[collection]

    def home(self, collection: str = "") -> Path:
        """The folder of a library."""
        return home_in(self.folder, collection)

    def homes(self) -> list[Path]:
        """The folders of all libraries there are."""
        return [self.folder, *map(self.home, self.names())]

    def names(self) -> list[str]:
        """The names of the collections."""
        return collection_names(self._folder.parent)

    def make(self, collection: str) -> bool:
        """Make a collection; False if there is one of that name already."""
        with self._lock:
            if collection in self.names():
                return False
            self._answerers[collection] = self._made(collection)
            return True

    def remove(self, collection: str) -> None:
        """Remove a collection with all its documents; nothing is answered from it once this returns.

        Raises:
            LibraryMissing: there is none of that name.
        """
        with self._lock:
            if collection not in self.names():
                raise LibraryMissing("There is no collection of that name.")
            removed = Path(mkdtemp(prefix=".removed-", dir=self._folder))
            (self._folder / collection).rename(removed / collection)  # in one step: a crash leaves it whole or not there
            self._answerers.pop(collection, None)  # whoever still reads from it has its files open
            shutil.rmtree(removed)

    def close(self) -> None:
        """Let go of all of them."""
        for answerer in self._answerers.values():
            answerer.library.close()


def home_in(folder: Path, collection: str) -> Path:
    """The folder of a collection, or of the library that needs no name, by the folder of that one."""
    return folder / COLLECTIONS / collection if collection else folder


def collection_names(folder: Path) -> list[str]:
    """The names of the collections in the folder of a library."""
    found = (path.parent.name for path in (folder / COLLECTIONS).glob(f"*/{DATABASE}"))
    return sorted(name for name in found if re.fullmatch(COLLECTION, name))
