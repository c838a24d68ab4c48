"""Folders: which of their files are taken, and why others are passed over."""

import os
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from pathspec import GitIgnoreSpec

from api.settings import InvalidSetting
from index import suffixes

HIDDEN, LINKS, OTHERS = "hidden", "links", "of other kinds"


@dataclass(slots=True)
class Selection:
    """Which files of folders are taken: those of readable kinds, or, if there are patterns, those that match one, as in .gitignore files.

    What is hidden is passed over, links too, so that nothing outside of the folder is read, and the library itself.

    passed_over: how many files, links and hidden folders were, by the reason.

    Raises:
        InvalidSetting: a pattern is none.
    """

    library: Path
    patterns: tuple[str, ...] = ()
    passed_over: Counter[str] = field(default_factory=Counter)
    _globs: GitIgnoreSpec = field(init=False)
    _library: Path = field(init=False)

    def __post_init__(self) -> None:
        try:
            self._globs = GitIgnoreSpec.from_lines(self.patterns)
        except ValueError as error:
            raise InvalidSetting("A pattern cannot be used. Write it as in a .gitignore file, such as *.md or notes/**/*.txt.") from error
        self._library = Path(os.path.realpath(self.library))

    @property
    def home(self) -> Path:
        """The folder that holds the library, without links in its path."""
        return self._library.parent

    def files(self, folder: Path, below: Path | None = None) -> list[Path]:
        """The files that are taken, sorted, and the folders that cannot be listed; all of them or those in a folder inside."""
        return sorted(self._found(folder, below or folder))

    def takes(self, folder: Path, path: Path) -> bool:
        """Whether one file in a folder is taken; `folder` without links in its path."""
        return self.enters(folder, path.parent) and not self._reason(folder, path)

    def enters(self, folder: Path, path: Path) -> bool:
        """Whether a folder inside a folder, or that itself, is looked into; `folder` without links in its path."""
        is_own = self._library != folder and path.is_relative_to(self._library) and self._library.is_relative_to(folder)
        return os.path.realpath(path) == str(path) and not is_own and not any(map(_is_hidden, path.relative_to(folder).parts))

    def _found(self, folder: Path, below: Path) -> Iterator[Path]:
        unlisted: list[OSError] = []
        for root, folders, files in os.walk(below, onerror=unlisted.append):
            folders[:] = [name for name in folders if self._enters(Path(root, name))]
            for path in (Path(root, name) for name in files):
                if reason := self._reason(folder, path):
                    self.passed_over[reason] += 1
                else:
                    yield path
        yield from (Path(error.filename) for error in unlisted)

    def _enters(self, folder: Path) -> bool:
        if os.path.islink(folder):  # noqa: PTH114, which never raises; the walk does not enter it
            self.passed_over[LINKS] += 1
        elif _is_hidden(folder.name):
            self.passed_over[HIDDEN] += 1
        else:
            return Path(os.path.realpath(folder)) != self._library
        return False

    def _reason(self, folder: Path, path: Path) -> str:
        """Why a file is passed over; empty if it is not."""
        if _is_hidden(path.name):
            return HIDDEN
        if os.path.islink(path):  # noqa: PTH114, which never raises
            return LINKS
        is_wanted = self._globs.match_file(path.relative_to(folder)) if self.patterns else path.suffix.lower() in suffixes.READ
        return "" if is_wanted else OTHERS


def _is_hidden(name: str) -> bool:
    return name.startswith(".")
