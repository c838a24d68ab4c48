"""Files and folders named by a person, as documents to add."""

import os
import stat
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from api.folders import Selection
from index.documents import LARGEST_FILE, read_file
from index.errors import UnreadableDocument
from index.metadata import Metadata
from index.shadow import is_well_formed


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, and the source name under which the library knows it.

    metadata: what is said of it, if anything. id: of the document that it is a new version of, if that does not follow from the source.
    expected: the sha256 of the version that it may take the place of, "" for none at all; by default whatever is there.
    """

    path: Path
    source: str
    metadata: Metadata | None = None
    id: str | None = None
    expected: str | None = None

    @property
    def name(self) -> str:
        """The name of the file, which says what format it is of where its content does not."""
        return PurePosixPath(self.source).name

    @property
    def size(self) -> int:
        """In bytes, as far as they are read: 0 if there is no such file, or none that can be indexed."""
        try:
            found = self.path.stat()
        except OSError:
            return 0
        return found.st_size if stat.S_ISREG(found.st_mode) and found.st_size <= LARGEST_FILE else 0

    def content(self) -> bytes:
        """The bytes of the file.

        Raises:
            UnreadableDocument: there is no such file, it cannot be read, or its name is not UTF-8.
        """
        if not is_well_formed(self.source):
            raise UnreadableDocument(f"{self.source}: the name is not UTF-8. Rename the file.")
        return read_file(self.path, self.source)


def source_files(paths: Iterable[Path], selection: Selection, metadata: Metadata | None = None) -> Iterator[SourceFile]:
    """The files named, and those that are taken of the folders named, in order."""
    for path in paths:
        # Never raises, and a loop of links does not make it fail; what lies in a folder is reached without links then.
        real = Path(os.path.realpath(path))
        for file in selection.files(real) if os.path.isdir(real) else [path]:  # noqa: PTH112
            yield SourceFile(file, source_of(real if file is path else file, selection.home), metadata)


def source_of(file: Path, home: Path) -> str:
    """Relative to the folder `home`, that holds the library, where the file lies in it, so that both can be moved together.

    Both without links in their paths.
    """
    return file.relative_to(home).as_posix() if file.is_relative_to(home) else file.as_posix()


def path_of(source: str, home: Path) -> Path | None:
    """Where the file of a source lies; None for a source that is no file, such as an upload."""
    return None if "://" in source else home / source
