"""The saved segments of a library: what lets the next process start at once, and can be thrown away at any time."""

import json
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path

from index.files import locked, publish_file
from index.segments import UNUSABLE, Segment

_FOLDER, _MANIFEST, _LOCK = "segments", "segments.json", "segments.lock"


def load(folder: Path, lineage: str, known: Sequence[Segment] = ()) -> tuple[Segment, ...]:
    """The saved segments of the library of that lineage; none at any doubt, so that they are built from the database.

    known: segments that this process has already and that are not read again.
    """
    loaded = {segment.name: segment for segment in known if segment.name}
    try:
        manifest = json.loads((folder / _FOLDER / _MANIFEST).read_text("utf-8"))
        if manifest["lineage"] != lineage:
            return ()
        return tuple(loaded.get(name) or Segment.load(folder / _FOLDER / name) for name in manifest["segments"])
    except UNUSABLE:
        return ()


def save(folder: Path, lineage: str, segments: Sequence[Segment]) -> tuple[Segment, ...]:
    """Save the segments that are not saved yet, then name them all in one step, then drop those named no more."""
    home = folder / _FOLDER
    home.mkdir(exist_ok=True)
    with locked(folder / _LOCK):  # or one process would sweep away what another is writing
        saved = tuple(s if s.name and (home / s.name).is_dir() else s.save(home) for s in segments)
        names = [segment.name for segment in saved]
        publish_file(home / _MANIFEST, json.dumps({"lineage": lineage, "segments": names}))
        for path in home.iterdir():
            if path.name not in (*names, _MANIFEST):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
    return saved


def clear_if_ahead(folder: Path, next_passage: int) -> None:
    """Throw the saved segments away if they know passages that the library does not: it is an older copy that was put back."""
    for path in (folder / _FOLDER).glob("*-*-*"):
        if path.name.split("-")[1].isdecimal() and int(path.name.split("-")[1]) >= next_passage:
            clear(folder)


def clear(folder: Path) -> None:
    """Throw the saved segments away."""
    shutil.rmtree(folder / _FOLDER, ignore_errors=True)


def damage(folder: Path, lineage: str, deep: bool = True) -> Iterator[str]:
    """Saved segments of the library of that lineage that are not there or, if `deep`, do not fit their hashes, a sentence each."""
    home = folder / _FOLDER
    if not (home / _MANIFEST).exists():
        return
    try:
        manifest = json.loads((home / _MANIFEST).read_text("utf-8"))
        paths = [home / name for name in manifest["segments"]]
        if manifest["lineage"] != lineage:
            yield "the list of saved segments is that of another library; it will be made anew"
            return
    except UNUSABLE as error:
        yield f"the list of saved segments cannot be read ({type(error).__name__}); it will be made anew"
        return
    for path in paths:
        try:
            Segment.load(path) if deep else Segment.look_at(path)
        except UNUSABLE as error:
            yield f"saved segment {path.name} cannot be used ({error}); it will be made anew"
