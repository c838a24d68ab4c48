"""What the library stores: a row for each document and each passage."""

import hashlib
import json
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as stored, its text apart. `first` and `last` are the numbers of its passages."""

    id: str
    source: str
    title: str
    sha256: str
    characters: int
    first: int
    last: int

    def values(self) -> tuple[str, str, str, str, int, int, int]:
        return self.id, self.source, self.title, self.sha256, self.characters, self.first, self.last


@dataclass(frozen=True, slots=True)
class PassageRow:
    """A passage as stored.

    sentences: int32 (n, 4), each row the start and end of a sentence in the document's text and the first and last + 1 of its
    rows among the token vectors. terms: the search terms of context and passage. vector: float16, little-endian.
    tokens: packed by `index.tokens`.
    """

    start: int
    end: int
    section: tuple[str, ...]
    sentences: NDArray[np.int32]
    terms: tuple[str, ...]
    vector: bytes
    tokens: bytes

    def values(self) -> tuple[int, int, str, bytes, str, bytes, bytes]:
        section = json.dumps(self.section, ensure_ascii=False)
        sentences = self.sentences.astype("<i4").tobytes()
        return self.start, self.end, section, sentences, " ".join(self.terms), self.vector, self.tokens

    @classmethod
    def of(cls, values: tuple[int, int, str, bytes, str, bytes, bytes]) -> "PassageRow":
        start, end, section, sentences, terms, vector, tokens = values
        spans = np.frombuffer(sentences, dtype="<i4").reshape(-1, 4)
        return cls(start, end, tuple(json.loads(section)), spans, tuple(terms.split()), vector, tokens)


def row_hash(values: tuple[object, ...]) -> bytes:
    """sha256 over stored values, each with its length, so that no byte can move from one to the next."""
    digest = hashlib.sha256()
    for value in values:
        content = value if isinstance(value, bytes) else str(value).encode("utf-8")
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.digest()
