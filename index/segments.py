"""Segments: the immutable search structures over a range of passages, kept on disk as a cache of the database."""

import json
import shutil
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.errors import LibraryDamaged
from index.files import fresh_folder, publish_folder, sha256_of_file
from index.postings import Postings
from index.vectors import VectorIndex

_VECTORS, _POSTINGS, _NUMBERS, _MANIFEST = "vectors.faiss", "postings.npz", "numbers.npy", "segment.json"

UNUSABLE = (OSError, ValueError, KeyError, TypeError)  # what reading a missing, damaged or foreign file raises


@dataclass(frozen=True, slots=True)
class Segment:
    """Passages by row: their numbers (int64, rising), their vectors and their postings. `name` is its folder, "" if unsaved."""

    numbers: NDArray[np.int64]
    vectors: VectorIndex
    postings: Postings
    name: str = ""

    @classmethod
    def of(cls, rows: Iterable[tuple[int, bytes, str]]) -> "Segment":
        """A segment over (number, float16 vector, terms) rows as the database gives them; at least one.

        Raises LibraryDamaged if a vector or terms are none.
        """
        numbers, vectors, terms = zip(*rows, strict=True)
        try:
            matrix = np.frombuffer(b"".join(vectors), dtype="<f2").reshape(len(numbers), -1).astype(np.float32)
            return cls(np.array(numbers, dtype=np.int64), VectorIndex.of(matrix), Postings.of(text.split() for text in terms))
        except (AttributeError, TypeError, ValueError) as error:  # a flipped bit can make any value one of another type or length
            raise LibraryDamaged("Passages are stored that cannot be searched. `footnote doctor --deep` names them.") from error

    @classmethod
    def joined(cls, parts: Sequence[tuple["Segment", NDArray[np.bool_]]]) -> "Segment":
        """The rows of several segments that their masks name, in one, and no row twice. To the byte the one that `of` makes of them."""
        numbers = np.concatenate([segment.numbers[mask] for segment, mask in parts])
        rising = np.sort(numbers)
        places = [np.where(mask, np.searchsorted(rising, segment.numbers), -1) for segment, mask in parts]
        vectors = VectorIndex.joined([(segment.vectors, rows) for (segment, _), rows in zip(parts, places, strict=True)])
        postings = Postings.joined([(segment.postings, rows) for (segment, _), rows in zip(parts, places, strict=True)])
        return cls(rising, vectors, postings)

    @classmethod
    def load(cls, folder: Path) -> "Segment":
        """Read a saved segment.

        Raises one of `UNUSABLE` if a file is missing or not the one that was saved.
        """
        hashes = json.loads((folder / _MANIFEST).read_text("utf-8"))
        for name in (_VECTORS, _POSTINGS, _NUMBERS):
            if sha256_of_file(folder / name) != hashes[name]:
                raise ValueError(f"{folder.name}/{name} is not the file that was saved")
        numbers = np.load(folder / _NUMBERS, allow_pickle=False)
        return cls(numbers, VectorIndex.load(folder / _VECTORS), Postings.load(folder / _POSTINGS), folder.name)

    @staticmethod
    def look_at(folder: Path) -> None:
        """Raises one of `UNUSABLE` if a file of a saved segment, or its hash, is not there; what is in the files is not looked at."""
        hashes = json.loads((folder / _MANIFEST).read_text("utf-8"))
        for name in (_VECTORS, _POSTINGS, _NUMBERS):
            if not (hashes[name] and (folder / name).stat().st_size):
                raise ValueError(f"{folder.name}/{name} is empty")

    def save(self, parent: Path) -> "Segment":
        """Write it under `parent` in a folder named by its content; the segment with that name."""
        prepared = fresh_folder(parent, ".segment-")
        try:
            return self._saved(prepared)
        finally:  # what could not be finished, as on a full disk, takes no more room
            shutil.rmtree(prepared, ignore_errors=True)

    def _saved(self, prepared: Path) -> "Segment":
        self.vectors.save(prepared / _VECTORS)
        self.postings.save(prepared / _POSTINGS)
        np.save(prepared / _NUMBERS, self.numbers)
        hashes = {name: sha256_of_file(prepared / name) for name in (_VECTORS, _POSTINGS, _NUMBERS)}
        (prepared / _MANIFEST).write_text(json.dumps(hashes), "utf-8")
        name = f"{self.numbers[0]}-{self.numbers[-1]}-{hashes[_VECTORS][:8]}{hashes[_POSTINGS][:8]}"
        _remove_unless_sound(prepared.with_name(name))
        publish_folder(prepared, prepared.with_name(name))
        return Segment(self.numbers, self.vectors, self.postings, name)

    def __len__(self) -> int:
        return len(self.numbers)


def _remove_unless_sound(folder: Path) -> None:
    try:
        Segment.load(folder)
    except UNUSABLE:
        shutil.rmtree(folder, ignore_errors=True)
