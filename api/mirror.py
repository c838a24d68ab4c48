"""A mirror: a library that is kept in step with a folder."""

import os
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Event

from api.folders import Selection
from api.ingesting import Outcome, ingest
from api.progress import shown_progress
from api.sources import SourceFile, path_of, source_of
from index.errors import DocumentNotFound, UnreadableDocument
from index.library import Library
from index.metadata import Metadata
from index.parsing import Parser
from index.rows import DocumentRow


@dataclass(frozen=True, slots=True)
class Mirror:
    """A library beside the folder whose files it holds; documents from elsewhere are none of its business.

    folder: without links in its path. metadata: said of every document, if any. removes: documents whose file is gone, which are
    told of only if not. may_be_empty: an empty folder is not taken for one whose disk is not there. new_parser: makes what reads its files.
    """

    library: Library
    folder: Path
    selection: Selection
    metadata: Metadata | None = None
    removes: bool = False
    may_be_empty: bool = False
    new_parser: Callable[[], Parser] = Parser

    def sync(self, paths: Iterable[Path], stop: Event, shows_progress: bool = False) -> Iterator[Outcome]:
        """Bring the library in step with what is, or is no more, at paths in the folder; that itself stands for all.

        What vanished goes first: or a file that was moved would be taken for a copy of a document that is about to go.

        Raises:
            UnreadableDocument: the folder cannot be listed, or it is empty and was not; nothing was removed.
        """
        if not (paths := [path for path in paths if path == self.folder or self.selection.enters(self.folder, path.parent)]):
            return
        vanished = self._vanished(paths)
        files = [self._source_file(file) for file in self._files(paths)]
        try:
            for row in vanished:
                if stop.is_set():
                    return
                yield self._gone(row)
            outcomes = ingest(self.library, files, self.new_parser(), stop)
            yield from shown_progress(files, outcomes) if shows_progress else outcomes
        finally:
            if self.removes and vanished:
                self.library.publish()

    def _files(self, paths: list[Path]) -> Iterator[Path]:
        for path in paths:
            if os.path.isdir(path) and self.selection.enters(self.folder, path):  # noqa: PTH112, which never raises
                yield from self.selection.files(self.folder, path)
            elif _is_file(path) and self.selection.takes(self.folder, path):
                yield path

    def _source_file(self, file: Path) -> SourceFile:
        return SourceFile(file, source_of(file, self.selection.home), self.metadata)

    def _vanished(self, paths: list[Path]) -> list[DocumentRow]:
        """The documents from files at these paths, or in folders there, that are surely no more."""
        is_empty = check_folder(self.folder)
        with self.library.view() as view:
            rows = [row for row in view.documents() if self._is_in(row, paths) and self._is_gone(row)]
        if self.removes and rows and is_empty and not self.may_be_empty:
            raise UnreadableDocument(
                f"{self.folder} is empty, and {len(rows)} documents came from it. Is its disk there? Nothing was removed; "
                "if it is meant to be empty, say so with --allow-empty."
            )
        return rows

    def _is_in(self, row: DocumentRow, paths: list[Path]) -> bool:
        file = path_of(row.source, self.selection.home)
        return file is not None and file.is_relative_to(self.folder) and any(map(file.is_relative_to, paths))

    def _is_gone(self, row: DocumentRow) -> bool:
        """Whether there is no such file; not where that cannot be found out."""
        file = path_of(row.source, self.selection.home)
        try:
            os.lstat(file or self.folder)
        except (FileNotFoundError, NotADirectoryError):
            return True
        except OSError:
            return False
        return False

    def _gone(self, row: DocumentRow) -> Outcome:
        if self.removes:
            with suppress(DocumentNotFound):  # another process removed it meanwhile
                self.library.remove(row.id)
        return Outcome(row.source, "removed" if self.removes else "vanished", row.id)


def _is_file(path: Path) -> bool:
    return os.path.lexists(path) and not os.path.isdir(path)  # noqa: PTH112, which never raises


def check_folder(folder: Path) -> bool:
    """Whether a folder is empty.

    Raises:
        UnreadableDocument: there is none, or it cannot be listed.
    """
    try:
        with os.scandir(folder) as entries:
            return next(entries, None) is None
    except OSError as error:
        raise UnreadableDocument(f"{folder}: {error.strerror}. Is its disk there? Nothing was removed.") from error
