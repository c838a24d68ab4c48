"""From a document to the rows that are stored for it."""

from collections.abc import Iterator
from concurrent.futures import Executor

import numpy as np

from index.documents import Document
from index.encoder import Encoder, Encoding
from index.passages import Passage, passages
from index.rows import PassageRow
from index.shadow import terms
from index.tokens import pack


def passage_rows(document: Document, encoder: Encoder, executor: Executor) -> Iterator[PassageRow]:
    """The passages of a document, encoded with title and headings as context; that begins at once, and each comes when it is done."""

    def row(passage: Passage) -> PassageRow:
        return _row(document, passage, encoder)

    return executor.map(row, passages(document))


def _row(document: Document, passage: Passage, encoder: Encoder) -> PassageRow:
    context = passage.context(document.title) + "\n"
    text = document.text[passage.start : passage.end]
    encoding = encoder.encode(context + text, "passage")
    spans = encoding.spans + (passage.start - len(context))
    sentences: list[tuple[int, int, int, int]] = []
    tokens = []
    held = 0
    for start, end in passage.sentences:
        rows = encoding.tokens[(spans[:, 0] >= start) & (spans[:, 1] <= end)]
        if not len(rows):  # past the longest text the encoder reads, or nothing it has a token for
            rows = encoder.encode(document.text[start:end], "passage").tokens
        tokens.append(rows)
        sentences.append((start, end, held, held + len(rows)))
        held += len(rows)
    return PassageRow(
        passage.start,
        passage.end,
        passage.section,
        np.array(sentences, dtype=np.int32),
        tuple(terms(context + text)),
        _checked(encoding).astype("<f2").tobytes(),
        pack(np.concatenate(tokens)),
    )


def _checked(encoding: Encoding) -> np.ndarray[tuple[int, ...], np.dtype[np.float32]]:
    """The vector, if it can be searched: an encoder that fails must not be stored."""
    if not np.isfinite(encoding.vector).all():
        raise ArithmeticError("The encoder gave a vector that is not finite; nothing was stored.")
    return encoding.vector
