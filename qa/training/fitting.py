"""Fitting the model: AdamW, a learning rate that warms up, stays and decays, everything drawn with one seed, everything logged."""

import json
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

import torch

from qa.training.batches import Batch
from qa.training.measuring import Measured
from qa.training.model import PairModel, loss, scores

WARM_UP = 150  # steps
DECAY = 0.3  # share of the steps at the end over which the rate falls to zero
BODY_RATE, HEAD_RATE = 6e-5, 6e-4


@dataclass(frozen=True, slots=True)
class Plan:
    """steps: updates in all. measure_every, keep_every: in steps. folder: where the log and the checkpoints go."""

    steps: int
    measure_every: int
    folder: Path


def fit(model: PairModel, drawn: Iterator[Batch], measure: Callable[[], Mapping[str, Measured]], plan: Plan) -> None:
    """Train for `plan.steps`, or go on from the checkpoint in `plan.folder`."""
    model.body.embeddings.word_embeddings.requires_grad_(False)  # rare words keep what the encoder knew of them
    optimizer = torch.optim.AdamW(_groups(model), weight_decay=0.01)
    first = _resumed(model, optimizer, plan.folder)
    model.train()
    began, recent = time.monotonic(), 0.0
    for step in range(first, plan.steps + 1):
        if step % plan.measure_every == 0 or step == plan.steps:
            _log(plan.folder, step, time.monotonic() - began, recent, measure())
            _keep(model, optimizer, step, plan.folder)
        if step == plan.steps:
            break
        current = _step(model, optimizer, next(drawn), _share(step, plan.steps))
        recent = current if step == first else 0.98 * recent + 0.02 * current


def _step(model: PairModel, optimizer: torch.optim.Optimizer, batch: Batch, share: float) -> float:
    for group in optimizer.param_groups:
        group["lr"] = group["full"] * share
    found = loss(scores(model, batch), batch)
    optimizer.zero_grad()
    found.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    return float(found.detach())


def _share(step: int, steps: int) -> float:
    """Of the full learning rate at a step."""
    return min(1.0, (step + 1) / WARM_UP, (steps - step) / (DECAY * steps))


def _groups(model: PairModel) -> list[dict[str, object]]:
    body = [one for one in model.body.parameters() if one.requires_grad]
    heads = [*model.tokens.parameters(), *model.nothing.parameters(), model.sharpness]
    return [{"params": body, "full": BODY_RATE}, {"params": heads, "full": HEAD_RATE}]


def first_step(folder: Path) -> int:
    """The step with which training in this folder goes on."""
    path = folder / "checkpoint.pt"
    return int(torch.load(path, weights_only=True)["step"]) if path.exists() else 0


def _resumed(model: PairModel, optimizer: torch.optim.Optimizer, folder: Path) -> int:
    path = folder / "checkpoint.pt"
    if not path.exists():
        return 0
    kept = torch.load(path, weights_only=True)
    model.load_state_dict(kept["model"])
    optimizer.load_state_dict(kept["optimizer"])
    return int(kept["step"])


def _keep(model: PairModel, optimizer: torch.optim.Optimizer, step: int, folder: Path) -> None:
    part = folder / "checkpoint.part"
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(), "step": step}, part)
    part.rename(folder / "checkpoint.pt")


def _log(folder: Path, step: int, seconds: float, recent: float, measured: Mapping[str, Measured]) -> None:
    line = {"step": step, "seconds": round(seconds), "loss": round(recent, 4), **{name: asdict(one) for name, one in measured.items()}}
    with (folder / "log.jsonl").open("a", encoding="utf-8") as file:
        file.write(json.dumps(line) + "\n")
