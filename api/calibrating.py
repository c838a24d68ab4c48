"""The command that fits the confidence to labelled questions: `calibrate`."""

from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from api.cli import main, settings_flags
from api.settings import read_settings
from api.wiring import CALIBRATION, home_of, make_answerer, open_library
from qa.calibration import calibrated
from qa.cases import read_cases
from qa.significance import interval_of_share

FALSE_ANSWERS = 0.2


@main.command()
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option(
    "--false-answers",
    default=FALSE_ANSWERS,
    show_default=True,
    type=click.FloatRange(0, 1),
    help="Share of unanswerable questions answered.",
)
@settings_flags("collection", "encoder", "precision", "reader")
def calibrate(questions: Path, false_answers: float, **flags: Any) -> None:
    """Fit confidence and abstention to your own questions, in the form that `footnote eval` reads.

    At least 20 questions that the documents answer and 20 that they do not. The fit is kept in the library's folder and used from then on.
    """
    settings = read_settings(flags)
    answerer = make_answerer(settings, open_library(settings))
    cases = read_cases(questions)
    readings = [answerer.read(case.question) for case in tqdm(cases, unit="question", disable=None)]
    known = [(reading.signals, case.answerable) for reading, case in zip(readings, cases, strict=True) if reading.signals]
    fitted = calibrated(settings.reader, [signals for signals, _ in known], [kind for _, kind in known], false_answers)
    fitted.save(home_of(settings) / CALIBRATION)
    click.echo(f"Fitted to {fitted.questions} questions: Footnote answers at a confidence of {fitted.least_confidence} or more.")
    answerable = sum(kind for _, kind in known)
    for what, share, of in (
        ("Unanswerable questions answered", fitted.false_answers, len(known) - answerable),
        ("Answerable questions not answered", fitted.false_abstentions, answerable),
    ):
        low, high = interval_of_share(round(share * of), of) or (share, share)
        click.echo(f"{what}, of those left out of each fit: {share:.3f} (95 % interval {low:.3f} to {high:.3f}).")
