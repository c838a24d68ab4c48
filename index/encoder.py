"""The encoder: text to vectors, by ONNX Runtime and `tokenizers` alone, neither torch nor transformers."""

import hashlib
import json
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray
from tokenizers import Tokenizer

from index.errors import EncoderUnavailable
from index.files import sha256_of_file
from index.runtime import session
from index.shadow import plain

Vector = NDArray[np.float32]
Kind = Literal["question", "passage"]

MODEL, TOKENIZER, PROJECTION, MANIFEST = "encoder.onnx", "tokenizer.json", "projection.npy", "encoder.json"


@dataclass(frozen=True, slots=True)
class Encoding:
    """What the encoder makes of one text.

    vector: the whole text, float32 (dimension,), length 1. tokens: one row a token, projected to fewer dimensions and scaled
    to length 1, float32 (n, token_dimension). spans: the code points `[start, end)` of the text that each token covers,
    int64 (n, 2). Special tokens are left out.
    """

    vector: Vector
    tokens: Vector
    spans: NDArray[np.int64]


class Encoder(Protocol):
    """Turns a text into vectors. `fingerprint` names everything the vectors depend on; `dimension` is their length."""

    @property
    def fingerprint(self) -> str: ...

    @property
    def dimension(self) -> int: ...

    def encode(self, text: str, kind: Kind) -> Encoding: ...


class CompiledEncoder:
    """An encoder compiled by `index.compiling` into a folder.

    A text is always run alone, never in a padded batch: int8 activations are scaled by the largest value in the batch, so
    only this makes a text's vector depend on the text alone. On a CPU it costs nothing (8,500 tokens/s alone and 8,600 in
    batches of 16, on 2 cores with AVX2).
    """

    def __init__(self, folder: Path, threads: int | None = None) -> None:
        """Load and check a compiled encoder.

        Raises:
            EncoderUnavailable: nothing compiled there, or its files are not those that were compiled.
        """
        self.manifest = _checked_manifest(folder)
        self._session = session(folder / MODEL, threads)
        self._projection = np.load(folder / PROJECTION, allow_pickle=False)
        self._tokenizer = Tokenizer.from_file(str(folder / TOKENIZER))
        self._tokenizer.no_padding()
        self._tokenizer.enable_truncation(int(self.manifest["longest"]))
        self._remembered = lru_cache(maxsize=512)(self._run)

    @property
    def fingerprint(self) -> str:
        return str(self.manifest["fingerprint"])

    @property
    def dimension(self) -> int:
        return int(self.manifest["dimension"])

    def encode(self, text: str, kind: Kind) -> Encoding:
        """The vectors of `text`, its typographic variants read as plain ones. Questions are remembered for a while."""
        prompt = str(self.manifest["prompts"].get(kind, ""))
        return self._remembered(prompt, plain(text)) if kind == "question" else self._run(prompt, plain(text))

    def _run(self, prompt: str, text: str) -> Encoding:
        encoded = self._tokenizer.encode(prompt + text)
        ids = np.array([encoded.ids], dtype=np.int64)
        vector, tokens = self._session.run(None, {"input_ids": ids, "attention_mask": np.ones_like(ids)})
        spans = np.array(encoded.offsets, dtype=np.int64).reshape(-1, 2) - len(prompt)
        inside = (spans[:, 1] > spans[:, 0]) & (spans[:, 0] >= 0)
        return Encoding(vector[0], unit_rows(tokens[0][inside] @ self._projection), spans[inside])


def unit_rows(rows: Vector) -> Vector:
    """Rows scaled to length 1; a row of zeros stays as it is."""
    lengths = np.linalg.norm(rows, axis=-1, keepdims=True)
    return np.asarray(rows / np.where(lengths > 0, lengths, 1), dtype=np.float32)


def fingerprint_of(manifest: dict[str, Any]) -> str:
    """sha256 of what an encoder was made from: all its manifest says but names, hashes of its files, and what was measured."""
    made_from = {key: value for key, value in manifest.items() if key not in ("name", "fingerprint", "files", "verified")}
    return hashlib.sha256(json.dumps(made_from, sort_keys=True).encode()).hexdigest()


def _checked_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
        files = manifest["files"]
        damaged = [name for name, sha256 in files.items() if sha256_of_file(folder / name) != sha256]
        if fingerprint_of(manifest) != manifest["fingerprint"]:
            damaged.append(MANIFEST)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise EncoderUnavailable(
            f"There is no usable compiled encoder in {folder} ({type(error).__name__}). Run `footnote doctor --mend`."
        ) from error
    if damaged:
        raise EncoderUnavailable(f"{folder / damaged[0]} is not the file that was compiled. Run `footnote doctor --mend`.")
    return manifest
