"""Neighbours: for each question the paragraphs of its set that retrieval takes for answers."""

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from tqdm import tqdm

from index.encoder import Encoder
from qa.training.sources import Asked, Source

NEIGHBOURS = 12


def neighbours(source: Source, asked: Sequence[Asked], encoder: Encoder, remembered: Path) -> dict[str, list[str]]:
    """The nearest paragraphs of each question by cosine, best first; kept in the file `remembered`."""
    if remembered.exists():
        known: dict[str, list[str]] = json.loads(remembered.read_text("utf-8"))
        return known
    ids = list(source.paragraphs)
    texts = [f"{source.paragraphs[id].title}\n{source.paragraphs[id].text[:1200]}" for id in ids]
    vectors = np.stack([encoder.encode(text, "passage").vector for text in tqdm(texts, desc="paragraphs", mininterval=10)])
    found = {}
    for one in tqdm(asked, desc="questions", mininterval=10):
        scores = vectors @ encoder.encode(one.question, "question").vector
        nearest = np.argsort(-scores)[: NEIGHBOURS + len(one.answering)]
        found[one.id] = [ids[n] for n in nearest if ids[n] not in one.answering][:NEIGHBOURS]
    remembered.write_text(json.dumps(found), "utf-8")
    return found
