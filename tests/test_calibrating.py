"""`footnote calibrate`: the confidence fitted to a person's own questions (module api.calibrating)."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from qa.calibration import read_calibration

pytestmark = pytest.mark.slow

QUESTIONS = Path(__file__).parent / "questions.jsonl"
Run = Callable[..., CompletedProcess[str]]


@pytest.fixture
def library(editorial_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(editorial_folder, tmp_path / "library"))


def test_what_was_fitted_is_kept_with_the_library_and_used_from_then_on(library: Path, run_footnote: Run):
    flags = ("--reader", "lexical", "--library", library)
    before = json.loads(run_footnote("ask", "What is CD19?", "--json", *flags).stdout)
    done = run_footnote("calibrate", QUESTIONS, "--false-answers", "0.1", *flags)
    assert (done.returncode, done.stderr) == (0, "")
    fitted = read_calibration(library / "calibration.json")
    assert (fitted.reader, fitted.questions) == ("lexical", 194)
    assert fitted.false_answers <= 0.1
    assert f"answers at a confidence of {fitted.least_confidence} or more" in done.stdout
    assert f"Unanswerable questions answered, of those left out of each fit: {fitted.false_answers:.3f} (95 % interval" in done.stdout
    after = json.loads(run_footnote("ask", "What is CD19?", "--json", *flags).stdout)
    assert after["confidence"] != before["confidence"]
    assert after["id"] != before["id"]
    assert (after["status"] == "answered") == (after["confidence"] >= fitted.least_confidence)


def test_a_calibration_of_one_reader_is_not_used_by_another(library: Path, run_footnote: Run):
    asked = ("ask", "What is CD19?", "--json", "--reader", "late-interaction", "--library", library)
    before = run_footnote(*asked).stdout
    run_footnote("calibrate", QUESTIONS, "--reader", "lexical", "--library", library)
    assert run_footnote(*asked).stdout == before


def test_too_few_questions_are_refused_and_nothing_is_kept(library: Path, tmp_path: Path, run_footnote: Run):
    few = tmp_path / "few.jsonl"
    few.write_text("".join(QUESTIONS.read_text("utf-8").splitlines(keepends=True)[:30]), "utf-8")
    done = run_footnote("calibrate", few, "--reader", "lexical", "--library", library)
    assert done.returncode == 1
    assert done.stdout == ""
    assert done.stderr.startswith("footnote: There are ")
    assert "20 of each are needed" in done.stderr
    assert not (library / "calibration.json").exists()


def test_a_damaged_calibration_is_named_with_what_to_do(library: Path, run_footnote: Run):
    (library / "calibration.json").write_text("{", "utf-8")
    done = run_footnote("ask", "What is CD19?", "--library", library)
    assert done.returncode == 1
    assert "is no calibration" in done.stderr
    assert "footnote calibrate" in done.stderr
