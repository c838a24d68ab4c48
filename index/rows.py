"""What the library stores: a row for each document and each passage."""

import hashlib
import json
from dataclasses import asdict, dataclass, field

import numpy as np
from numpy.typing import NDArray

from index.errors import LibraryDamaged
from index.metadata import Metadata, as_json, of_json

DocumentValues = tuple[str, str, str, str, int, int, int, str, bytes, str]
COLUMNS = "id, source, title, sha256, characters, first, last, about, pages, metadata"  # of the values, in tables that hold them
_TYPES = (str, str, str, str, int, int, int, str, bytes, str)


@dataclass(frozen=True, slots=True)
class About:
    """What a document says of itself, and how it was read: `index.extract.Extract` says what each means. kind: its format."""

    kind: str = "text"
    authors: tuple[str, ...] = ()
    date: str = ""
    doi: str = ""
    notes: tuple[str, ...] = ()

    def as_json(self) -> str:
        return json.dumps(asdict(self), ensure_ascii=False)

    @classmethod
    def of(cls, written: str) -> "About":
        if not written:  # of a document that an older version stored, and that does not fit its hash
            return cls()
        found = json.loads(written)
        return cls(**{**found, "authors": tuple(found["authors"]), "notes": tuple(found["notes"])})


@dataclass(frozen=True, slots=True)
class DocumentRow:
    """A document as stored, its text, blocks and file apart. `first` and `last` are the numbers of its passages.

    pages: where in the text each page begins, int32, empty for a document without pages. metadata: what was said of it when it was added.
    """

    id: str
    source: str
    title: str
    sha256: str
    characters: int
    first: int
    last: int
    about: About = field(default_factory=About)
    pages: NDArray[np.int32] = field(default_factory=lambda: np.empty(0, dtype=np.int32), compare=False)
    metadata: Metadata = field(default_factory=dict)

    def page(self, offset: int) -> int | None:
        """The page, from 1, on which a character of the text stands; None for a document without pages."""
        return int(np.searchsorted(self.pages, offset, "right")) or 1 if len(self.pages) else None

    def values(self) -> DocumentValues:
        pages, metadata = self.pages.astype("<i4").tobytes(), as_json(self.metadata)
        about = self.about.as_json()
        return self.id, self.source, self.title, self.sha256, self.characters, self.first, self.last, about, pages, metadata

    @classmethod
    def of(cls, values: DocumentValues) -> "DocumentRow":
        """The row of stored values. Raises LibraryDamaged if they are of other types, as a flipped bit can make them."""
        try:
            if tuple(map(type, values)) != _TYPES:
                raise TypeError
            about, pages, metadata = values[7:]
            return cls(*values[:7], About.of(about), np.frombuffer(pages, dtype="<i4"), of_json(metadata))
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise LibraryDamaged("What is stored of a document cannot be read. `footnote doctor --deep` names it.") from error


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


def as_bytes(*columns: str) -> str:
    """Columns as they are hashed, texts among them as bytes: what is damaged need not be text any more."""
    no_texts = ("characters", "first", "last", "pages", "blocks")
    return ", ".join(name if name in no_texts else f"CAST({name} AS BLOB)" for name in columns)


def row_hash(values: tuple[object, ...]) -> bytes:
    """sha256 over stored values, each with its length, so that no byte can move from one to the next."""
    digest = hashlib.sha256()
    for value in values:
        content = value if isinstance(value, bytes) else str(value).encode("utf-8")
        digest.update(len(content).to_bytes(8, "little") + content)
    return digest.digest()
