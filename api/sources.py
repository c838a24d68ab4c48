"""Files and folders named by a person, as documents to add."""

import os
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from index import suffixes
from index.documents import read_file
from index.errors import UnreadableDocument
from index.metadata import Metadata
from index.shadow import is_well_formed


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file, and the source name under which the library knows it.

    metadata: what is said of it, if anything. id: of the document that it is a new version of, if that does not follow from the source.
    """

    path: Path
    source: str
    metadata: Metadata | None = None
    id: str | None = None

    @property
    def name(self) -> str:
        """The name of the file, which says what format it is of where its content does not."""
        return PurePosixPath(self.source).name

    @property
    def size(self) -> int:
        """In bytes; 0 if there is no such file."""
        try:
            return self.path.stat().st_size
        except OSError:
            return 0

    def content(self) -> bytes:
        """The bytes of the file.

        Raises:
            UnreadableDocument: there is no such file, it cannot be read, or its name is not UTF-8.
        """
        if not self.path.exists():
            raise UnreadableDocument(f"{self.path}: there is no such file or folder.")
        if not is_well_formed(self.source):
            raise UnreadableDocument(f"{self.source}: the name is not UTF-8. Rename the file.")
        return read_file(self.path, self.source)


def source_files(paths: Iterable[Path], library: Path) -> Iterator[SourceFile]:
    """The files named, and those of readable kinds in the folders named, in order; links inside folders are not followed."""
    for path in paths:
        for file in sorted(_readable_in(path)) if path.is_dir() else [path]:
            yield SourceFile(file, _source(file, library))


def _readable_in(folder: Path) -> Iterator[Path]:
    for root, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            path = Path(root, name)
            if path.suffix.lower() in suffixes.READ and not name.startswith(".") and not path.is_symlink():
                yield path


def _source(path: Path, library: Path) -> str:
    """Relative to the folder that holds the library where the file lies in it, so that both can be moved together."""
    absolute, home = path.resolve(), library.resolve().parent
    return absolute.relative_to(home).as_posix() if absolute.is_relative_to(home) else absolute.as_posix()
