"""Starting from a served model: its int8 weights as the floats they stand for, to train it further."""

from pathlib import Path

import numpy as np
import onnx
import torch
from onnx import ModelProto, NodeProto, numpy_helper

from qa.training.model import PairModel

_LAYER = "body.encoder.layer.{}."
_PRODUCTS = ("attention.output.dense", "intermediate.dense", "output.dense")


def start_from(model: PairModel, path: Path) -> None:
    """Set the weights of `model` to those of the graph at `path`, written by `qa.training.exporting`.

    Word embeddings stay as they are: they are those of the encoder, which training never changes. An int8 weight differs from
    the one it was made from by half its scale at most.
    """
    served = onnx.load(str(path))
    constants = {each.name: numpy_helper.to_array(each) for each in served.graph.initializer}
    found = {**_plain(constants, model), **_products(served, constants), **_attention(constants)}
    missing = model.load_state_dict({name: torch.tensor(value) for name, value in found.items()}, strict=False)
    if unset := set(missing.missing_keys) - {"body.embeddings.word_embeddings.weight"}:
        raise ValueError(f"{path} lacks the weights {sorted(unset)[:3]}; export it with qa.training.exporting")


def _plain(constants: dict[str, np.ndarray], model: PairModel) -> dict[str, np.ndarray]:
    """What the graph holds under the name it has in the model: biases, normalisation and, in one byte each, embeddings."""
    kept = [name for name in model.state_dict() if "word_embeddings" not in name]
    floats = {name: constants[name] for name in kept if name in constants}
    return floats | {name: _float(constants, name) for name in kept if f"{name}_quantized" in constants}


def _products(served: ModelProto, constants: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """The weights of linear layers, which the graph holds transposed and names by the product they stand in."""
    found = {}
    for node in served.graph.node:
        if node.op_type in ("MatMul", "MatMulInteger") and (weight := _weight(node, constants)) is not None:
            found[_module(node) + ".weight"] = weight.T
    return found


def _attention(constants: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    """Queries, keys and values, which the graph holds side by side."""
    found = {}
    for layer in range(sum(name.endswith("_qkv_bias") for name in constants)):
        weights = np.split(_float(constants, f"Attention_{layer}_qkv_weight"), 3, axis=1)
        biases = np.split(constants[f"Attention_{layer}_qkv_bias"], 3)
        for name, weight, bias in zip(("query", "key", "value"), weights, biases, strict=True):
            found[f"{_LAYER.format(layer)}attention.self.{name}.weight"] = weight.T
            found[f"{_LAYER.format(layer)}attention.self.{name}.bias"] = bias
    return found


def _weight(node: NodeProto, constants: dict[str, np.ndarray]) -> np.ndarray | None:
    name = node.input[1].removesuffix("_quantized")
    return constants[name] if name in constants else _float(constants, name) if f"{name}_quantized" in constants else None


def _module(node: NodeProto) -> str:
    """The layer that a product belongs to: `/body/encoder/layer.0/output/dense/MatMul_quant` is of `body.encoder.layer.0.output.dense`."""
    return ".".join(node.name.split("/")[1:-1])


def _float(constants: dict[str, np.ndarray], name: str) -> np.ndarray:
    whole, scale, zero = (constants[f"{name}_{part}"] for part in ("quantized", "scale", "zero_point"))
    return np.asarray((whole.astype(np.float32) - zero.astype(np.float32)) * scale, dtype=np.float32)
