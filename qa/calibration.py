"""Calibration: from signals to a confidence, and the confidence that is enough to answer.

A logistic regression (Platt, 1999) in which answerable and unanswerable questions weigh the same. The least confidence is chosen for a
stated share of unanswerable questions that may be answered, over confidences of questions that each fold's fit has not seen.
"""

import hashlib
import json
import math
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from index.files import publish_file
from qa.errors import InvalidCalibration
from qa.evidence import Signals

SIGNALS = tuple(field.name for field in fields(Signals))
FOLDS = 5
FEWEST = 20  # questions of each kind, for a fit


@dataclass(frozen=True, slots=True)
class Calibration:
    """weights: of the signals, in their order. least_confidence: at which a question is answered.

    false_answers: the share of unanswerable questions that may be answered, and false_abstentions: the share of answerable ones that
    were not, at the least confidence, over folds left out of the fit. questions and sha256: how many it was fitted to, and a
    hash of their signals.
    """

    reader: str
    weights: tuple[float, ...]
    bias: float
    least_confidence: float
    false_answers: float
    false_abstentions: float
    questions: int
    sha256: str

    def confidence(self, signals: Signals) -> float:
        """How sure it is that the best evidence answers, from 0 to 1."""
        total = self.bias + sum(weight * value for weight, value in zip(self.weights, signals.values(), strict=True))
        return 1 / (1 + math.exp(-max(-500.0, min(500.0, total))))

    def save(self, path: Path) -> None:
        publish_file(path, json.dumps({**asdict(self), "hash": self._hash()}, indent=1) + "\n")

    def _hash(self) -> str:
        """sha256 of everything it says, so that a flipped bit in its file is found."""
        return hashlib.sha256(json.dumps(asdict(self)).encode()).hexdigest()


def read_calibration(path: Path) -> Calibration:
    """A calibration that was saved.

    Raises:
        InvalidCalibration: the file does not hold one.
    """
    try:
        held = json.loads(path.read_bytes())
        stored = held.pop("hash", None)  # calibrations of older versions have none
        calibration = Calibration(**{**held, "weights": tuple(map(float, held["weights"]))})
        calibration.confidence(Signals(0.0, 0.0, 0.0, 0.0))
        if stored not in (None, calibration._hash()):
            raise ValueError
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise InvalidCalibration(f"{path} is no calibration ({type(error).__name__}). Make it again: `footnote calibrate`.") from error
    return calibration


def calibrated(
    reader: str, found: Sequence[Signals], answerable: Sequence[bool], false_answers: float, used: Sequence[str] = SIGNALS
) -> Calibration:
    """The calibration fitted to questions of which it is known whether they can be answered, by the signals named.

    Raises:
        InvalidCalibration: there are too few questions of a kind.
    """
    kinds = np.array(answerable, dtype=bool)
    values = np.array([signals.values() for signals in found]) * [name in used for name in SIGNALS]
    if min(kinds.sum(), (~kinds).sum()) < FEWEST:
        raise InvalidCalibration(
            f"There are {kinds.sum()} answerable and {(~kinds).sum()} unanswerable questions; {FEWEST} of each are needed at least."
        )
    unseen = _unseen_confidences(values, kinds)
    least = _least_confidence(unseen[~kinds], false_answers)
    weights, bias = _fitted(values, kinds)
    return Calibration(
        reader,
        tuple(round(float(weight), 5) for weight in weights),
        round(bias, 5),
        round(least, 4),
        round(float((unseen[~kinds] >= least).mean()), 4),
        round(float((unseen[kinds] < least).mean()), 4),
        len(kinds),
        hashlib.sha256(np.column_stack([values, kinds]).round(6).tobytes()).hexdigest(),
    )


def _least_confidence(unanswerable: NDArray[np.float64], false_answers: float) -> float:
    """The smallest confidence at which no more than that share of the unanswerable questions is answered."""
    allowed = int(false_answers * len(unanswerable))
    descending = np.sort(unanswerable)[::-1]
    return float(descending[allowed]) + 1e-4 if allowed < len(descending) else 0.0


def _unseen_confidences(values: NDArray[np.float64], kinds: NDArray[np.bool_]) -> NDArray[np.float64]:
    """For each question the confidence by a fit to the other folds; both kinds are dealt out to the folds in turn."""
    fold = np.empty(len(kinds), dtype=int)
    for kind in (True, False):
        fold[kinds == kind] = np.arange((kinds == kind).sum()) % FOLDS
    unseen = np.empty(len(kinds))
    for number in range(FOLDS):
        weights, bias = _fitted(values[fold != number], kinds[fold != number])
        unseen[fold == number] = 1 / (1 + np.exp(-(values[fold == number] @ weights + bias)))
    return unseen


def _fitted(values: NDArray[np.float64], kinds: NDArray[np.bool_]) -> tuple[NDArray[np.float64], float]:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    scaler, model = StandardScaler(), LogisticRegression(class_weight="balanced")
    make_pipeline(scaler, model).fit(values, kinds)
    weights = model.coef_[0] / scaler.scale_
    return weights, float(model.intercept_[0] - weights @ scaler.mean_)
