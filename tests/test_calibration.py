"""Calibration: from signals to a confidence, and the confidence that is enough (module qa.calibration)."""

import json
import math
from pathlib import Path

import numpy as np
import pytest

from qa.calibration import FEWEST, Calibration, calibrated, read_calibration
from qa.errors import InvalidCalibration
from qa.evidence import Signals
from qa.names import names

BY_HAND = Calibration("by hand", (2.0, 0.0, 1.0, 0.0), -1.0, 0.5, 0.1, 0.2, 40, "")


def _scored(score: float) -> Signals:
    return Signals(score, 0.5, 1.0, 1.0)


def _questions(count: int = 400, overlap: float = 1.0) -> tuple[list[Signals], list[bool]]:
    """Half of them answerable, whose scores lie `overlap` deviations above those of the others."""
    dice = np.random.default_rng(1)
    answerable = [number % 2 == 0 for number in range(count)]
    return [_scored(float(dice.normal(overlap if kind else 0))) for kind in answerable], answerable


@pytest.mark.parametrize(
    ("signals", "expected"),
    [
        (Signals(0.0, 0.9, 1.0, 0.0), 0.5),
        (Signals(1.0, 0.9, 1.0, 0.0), 1 / (1 + math.exp(-2))),
        (Signals(0.0, 0.9, 0.0, 0.7), 1 / (1 + math.exp(1))),
        (Signals(1e9, 0.0, 0.0, 0.0), 1.0),
        (Signals(-1e9, 0.0, 0.0, 0.0), 0.0),
    ],
)
def test_the_confidence_is_the_logistic_of_the_weighted_signals(signals: Signals, expected: float):
    assert BY_HAND.confidence(signals) == pytest.approx(expected)


@pytest.mark.parametrize("false_answers", [0.0, 0.1, 0.3, 0.5, 1.0])
def test_no_more_unanswerable_questions_are_answered_than_was_stated(false_answers: float):
    fitted = calibrated("r", *_questions(), false_answers)
    assert fitted.false_answers <= false_answers
    assert fitted.false_answers >= false_answers - 1 / 200 - 1e-9  # and not one less than may be


def test_the_less_may_be_answered_falsely_the_more_goes_without_an_answer():
    rates = [calibrated("r", *_questions(), share).false_abstentions for share in (0.0, 0.1, 0.3, 1.0)]
    assert rates == sorted(rates, reverse=True)
    assert rates[-1] == 0.0


def test_confidences_of_answerable_questions_are_higher():
    found, answerable = _questions(overlap=3.0)
    fitted = calibrated("r", found, answerable, 0.1)
    sure = [fitted.confidence(signals) for signals in found]
    assert np.mean([one for one, kind in zip(sure, answerable, strict=True) if kind]) > 0.8
    assert np.mean([one for one, kind in zip(sure, answerable, strict=True) if not kind]) < 0.2
    assert fitted.weights[0] > 0
    assert fitted.weights[1:] == (0, 0, 0)  # what is always the same says nothing


def test_the_same_questions_give_the_same_calibration_and_others_another_hash():
    assert calibrated("r", *_questions(), 0.1) == calibrated("r", *_questions(), 0.1)
    assert calibrated("r", *_questions(), 0.1).sha256 != calibrated("r", *_questions(402), 0.1).sha256


@pytest.mark.parametrize("kind", [True, False])
def test_of_too_few_questions_of_a_kind_none_is_made(kind: bool):
    found, answerable = _questions()
    short = [number for number in range(len(found)) if answerable[number] != kind] + [
        number for number in range(len(found)) if answerable[number] == kind
    ][: FEWEST - 1]
    with pytest.raises(InvalidCalibration, match=f"{FEWEST} of each"):
        calibrated("r", [found[number] for number in short], [answerable[number] for number in short], 0.1)


def test_a_saved_calibration_is_read_as_it_was(tmp_path: Path):
    BY_HAND.save(tmp_path / "calibration.json")
    assert read_calibration(tmp_path / "calibration.json") == BY_HAND


@pytest.mark.parametrize(
    "content",
    ["", "{}", "[]", "null", '{"weights": 3}', json.dumps({"weights": ["x"]}), "\xff", '{"reader": "r", "weights": [1], "bias": 0}'],
)
def test_a_file_that_holds_no_calibration_is_refused_with_what_to_do(tmp_path: Path, content: str):
    path = tmp_path / "calibration.json"
    path.write_bytes(content.encode("latin-1"))
    with pytest.raises(InvalidCalibration, match="footnote calibrate"):
        read_calibration(path)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("What is the role of CD19 in ALL?", ["CD19", "ALL"]),
        ("Who wrote about Smith in 2019? The answer.", ["Smith", "2019"]),
        ("Axicabtagene works", []),
        ("CAR-T and 4-1BB", ["CAR-T", "4-1BB"]),
        ("tRNA opens a sentence, I do not", ["tRNA"]),
        ("", []),
    ],
)
def test_names_are_words_with_a_digit_or_a_capital_that_opens_no_sentence(text: str, expected: list[str]):
    assert names(text) == expected
