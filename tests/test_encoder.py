"""The compiled encoder: text to vectors, the same whatever runs beside it."""

import json
import shutil
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from index.encoder import CompiledEncoder, Encoding, unit_rows
from index.errors import EncoderUnavailable

TEXTS = ["The cat sat on the mat.", "CD19- relapse after CAR-T", "x", "87.7% of 66 patients (3).", "第一句。naïve 😀", "word " * 700]


@pytest.fixture(scope="module")
def encoder(encoder_folder: Path) -> CompiledEncoder:
    return CompiledEncoder(encoder_folder)


def _same(one: Encoding, other: Encoding) -> bool:
    return all(np.array_equal(a, b) for a, b in ((one.vector, other.vector), (one.tokens, other.tokens), (one.spans, other.spans)))


def test_rows_are_scaled_to_length_one_and_zeros_stay():
    assert unit_rows(np.array([[3, 4], [0, 0], [0, -2]], dtype=np.float32)).tolist() == [
        [pytest.approx(0.6), pytest.approx(0.8)],
        [0, 0],
        [0, -1],
    ]


@pytest.mark.parametrize("text", TEXTS)
def test_the_vector_and_every_token_row_have_length_one(encoder: CompiledEncoder, text: str):
    encoding = encoder.encode(text, "passage")
    assert encoding.vector.shape == (encoder.dimension,) == (384,)
    assert encoding.vector.dtype == encoding.tokens.dtype == np.float32
    assert np.linalg.norm(encoding.vector) == pytest.approx(1, abs=1e-5)
    assert encoding.tokens.shape == (len(encoding.spans), 128)
    assert np.linalg.norm(encoding.tokens, axis=1) == pytest.approx(np.ones(len(encoding.tokens)), abs=1e-5)


@pytest.mark.parametrize(
    ("text", "tokens"),
    [
        pytest.param("The cat sat.", ["The", "cat", "sat", "."], id="words"),
        pytest.param("😀 cat", ["😀", "cat"], id="code points outside the basic plane count as one"),
        pytest.param("nai\u0308ve cat", ["nai\u0308ve", "cat"], id="a combining mark belongs to its word"),
        pytest.param("CD19‐", ["CD", "19", "‐"], id="a typographic hyphen"),
        pytest.param("one\r\n two", ["one", "two"], id="white space has no token"),
        pytest.param("", [], id="nothing"),
    ],
)
def test_each_token_knows_its_place_in_the_text(encoder: CompiledEncoder, text: str, tokens: list[str]):
    assert [text[start:end] for start, end in encoder.encode(text, "passage").spans] == tokens


@settings(deadline=None, max_examples=40, derandomize=True, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=st.text(st.characters(exclude_categories=("Cs",)), max_size=60))
def test_tokens_of_any_text_stand_in_order_inside_it(encoder: CompiledEncoder, text: str):
    encoding = encoder.encode(text, "passage")
    spans = encoding.spans.tolist()
    assert all(0 <= start < end <= len(text) for start, end in spans)
    assert all(first <= second for first, second in pairwise(spans))
    assert np.isfinite(encoding.vector).all()
    assert np.isfinite(encoding.tokens).all()


def test_typographic_variants_are_read_as_plain_ones(encoder: CompiledEncoder):
    assert _same(encoder.encode("IL‐6 and “CD19−”", "passage"), encoder.encode('IL-6 and "CD19-"', "passage"))


def test_a_text_has_the_same_vectors_whatever_runs_before_or_beside_it(encoder: CompiledEncoder, encoder_folder: Path):
    alone = [encoder.encode(text, "passage") for text in TEXTS]
    with ThreadPoolExecutor(4) as threads:
        beside = list(threads.map(lambda text: encoder.encode(text, "passage"), TEXTS * 4))
    assert all(_same(one, other) for one, other in zip(alone * 4, beside, strict=True))
    opened_again = CompiledEncoder(encoder_folder, threads=1)
    assert all(_same(one, opened_again.encode(text, "passage")) for one, text in zip(alone, TEXTS, strict=True))


def test_a_remembered_question_has_the_same_vectors(encoder: CompiledEncoder):
    first, again = (encoder.encode("Which cells were used?", "question") for _ in range(2))
    assert _same(first, again)
    assert _same(first, encoder.encode("Which cells were used?", "passage"))  # this encoder has no prompts


def test_a_text_longer_than_the_encoder_reads_is_read_from_its_beginning(encoder: CompiledEncoder):
    encoding = encoder.encode("word " * 700, "passage")
    assert len(encoding.tokens) == 510  # and two special tokens
    assert encoding.spans[-1].tolist() == [509 * 5, 509 * 5 + 4]


def test_a_paraphrase_is_nearer_than_another_subject(encoder: CompiledEncoder):
    asked = encoder.encode("How many patients responded to the treatment?", "question").vector
    near = encoder.encode("87.7% of the patients achieved an objective response.", "passage").vector
    far = encoder.encode("Stir the onions in olive oil until they are soft.", "passage").vector
    assert asked @ near > asked @ far + 0.3


@pytest.mark.parametrize("name", ["encoder.onnx", "tokenizer.json", "projection.npy"])
@pytest.mark.parametrize("how", ["flipped", "gone"])
def test_a_damaged_file_is_refused_with_the_command_that_mends_it(encoder_folder: Path, tmp_path: Path, name: str, how: str):
    folder = tmp_path / "encoder"
    folder.mkdir()
    for file in encoder_folder.iterdir():
        if file.name != name:
            (folder / file.name).hardlink_to(file)
    if how == "flipped":
        content = bytearray((encoder_folder / name).read_bytes())
        content[len(content) // 2] ^= 1
        (folder / name).write_bytes(content)
    with pytest.raises(EncoderUnavailable, match="Run `footnote doctor --mend`"):
        CompiledEncoder(folder)


@pytest.mark.parametrize(
    "manifest",
    [
        pytest.param(b"", id="empty"),
        pytest.param(b"{}", id="without files"),
        pytest.param(b"\xff", id="no UTF-8"),
        pytest.param(b"[]", id="a list"),
        pytest.param(b"null", id="null"),
    ],
)
def test_a_damaged_manifest_is_refused_with_the_command_that_mends_it(encoder_folder: Path, tmp_path: Path, manifest: bytes):
    shutil.copytree(encoder_folder, tmp_path / "encoder", copy_function=lambda source, target: Path(target).hardlink_to(source))
    (tmp_path / "encoder" / "encoder.json").unlink()
    (tmp_path / "encoder" / "encoder.json").write_bytes(manifest)
    with pytest.raises(EncoderUnavailable, match="Run `footnote doctor --mend`"):
        CompiledEncoder(tmp_path / "encoder")


def test_a_missing_encoder_is_refused_with_its_folder(tmp_path: Path):
    with pytest.raises(EncoderUnavailable, match=f"no usable compiled encoder in {tmp_path / 'missing'}"):
        CompiledEncoder(tmp_path / "missing")


def test_the_fingerprint_is_the_one_in_the_manifest(encoder: CompiledEncoder, encoder_folder: Path):
    assert encoder.fingerprint == json.loads((encoder_folder / "encoder.json").read_text())["fingerprint"]
    assert len(encoder.fingerprint) == 64
