"""The command that measures answers: `eval`."""

import json
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click
from tqdm import tqdm

from api.cli import EXIT_FAILED, main, notice, on_one_line, settings_flags
from api.floors import Floor, at_least, at_most
from api.report import report_page
from api.settings import Settings, read_settings
from api.wiring import make_answerer, make_library, open_library
from index.library import Library
from qa.cases import read_cases
from qa.comparison import InvalidReport, compare, records_of
from qa.errors import InvalidQuestionSet
from qa.evaluation import Outcome, Report, evaluated, report
from qa.sets import QuestionSet, read_set, sampled

_FILE = click.Path(dir_okay=False, path_type=Path)
_GIVEN_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_GIVEN_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@dataclass(frozen=True, slots=True)
class Asked:
    """What to ask: the questions of a file, or a set of the folder `data`, whole or at most so many."""

    questions: Path | None
    data: Path | None
    name: str | None
    most_questions: int | None
    most_documents: int | None

    def checked(self) -> "Asked":
        """Itself, if it names one thing to ask; a usage error if not."""
        if (self.data is None) != (self.name is None):
            raise click.UsageError("--data and --set go together: --data FOLDER --set NAME.")
        if (self.questions is None) == (self.data is None):
            raise click.UsageError("Name a file of questions, or a set: --data FOLDER --set NAME.")
        if self.questions and self.most_documents:
            raise click.UsageError("--most-documents goes with --set: a file of questions brings no documents.")
        return self

    def read(self) -> QuestionSet:
        """The questions, and for a set its documents."""
        if self.data and self.name:
            return read_set(self.data, self.name, self.most_questions, self.most_documents)
        assert self.questions
        return QuestionSet(self.questions.name, (), tuple(sampled(read_cases(self.questions), self.most_questions)))


@main.command("eval")
@click.argument("questions", required=False, type=_GIVEN_FILE)
@click.option("--data", type=_GIVEN_FOLDER, help="Folder of public question sets.")
@click.option("--set", "name", help="Ask this set of --data, over a library of its documents: --library, or else a temporary one.")
@click.option("--most-questions", type=click.IntRange(1), help="Ask a sample of so many questions, always the same ones.")
@click.option("--most-documents", type=click.IntRange(1), help="Of a set, index a sample of so many documents with those that answer.")
@click.option("--out", type=_FILE, help="Write every answer and all figures here, as JSON.")
@click.option("--html", type=_FILE, help="Write a page for people here: figures, plots, and every question with its answer and evidence.")
@click.option("--against", type=_GIVEN_FILE, help="A report that --out wrote earlier: say what changed, and whether by chance.")
@click.option(
    "--floor", "least", multiple=True, type=at_least, metavar="FIGURE=NUMBER", help="Fail if a figure over all is less; may be repeated."
)
@click.option(
    "--most", "most", multiple=True, type=at_most, metavar="FIGURE=NUMBER", help="Fail if a figure over all is more; may be repeated."
)
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@settings_flags("collection", "encoder", "precision", "reader", "least_confidence")
@click.pass_context
def evaluate(
    context: click.Context,
    /,
    out: Path | None,
    html: Path | None,
    against: Path | None,
    least: tuple[Floor, ...],
    most: tuple[Floor, ...],
    as_json: bool,
    **flags: Any,
) -> None:
    """Ask questions with known answers and measure the answers, by type of question.

    QUESTIONS is a file with a question a line, as in tests/questions.jsonl, asked of the library.
    """
    asked = Asked(*(flags.pop(name) for name in Asked.__dataclass_fields__)).checked()
    settings = read_settings(flags)
    before = _earlier(against)
    for file in filter(None, (out, html)):
        file.parent.mkdir(parents=True, exist_ok=True)
    chosen = asked.read()
    with _library(chosen, settings, flags["library"] is not None) as library:
        answerer = make_answerer(settings, library)
        outcomes = list(tqdm(evaluated(chosen.cases, answerer), total=len(chosen.cases), unit="question", disable=None))
    figures = report(outcomes)
    missed = [said for said in (floor.missed(figures.rows[-1]) for floor in (*least, *most)) if said]
    missed += [f"the citations of {outcome.case.id} are not exact" for outcome in outcomes if not outcome.citations_exact]
    written = _written(chosen.name, answerer.least_confidence, outcomes, figures, before) | {"missed": missed}
    if out:
        out.write_text(json.dumps(written, ensure_ascii=False, indent=1), "utf-8")
    if html:
        html.write_text(report_page(written, before), "utf-8")
    click.echo(json.dumps(figures.as_dict()) if as_json else figures.as_table())
    if missed:
        notice(f"footnote: {'; '.join(missed)}.")
        context.exit(EXIT_FAILED)


def _earlier(path: Path | None) -> Mapping[str, Any] | None:
    """The report of an earlier run, with the name of its file."""
    if path is None:
        return None
    try:
        earlier = json.loads(path.read_bytes())
        milliseconds = float(earlier["figures"]["milliseconds"]["p50"])
        return {"name": on_one_line(path.name), "answers": records_of(earlier), "milliseconds": milliseconds}
    except (ValueError, KeyError, TypeError, RecursionError, InvalidReport) as error:
        raise InvalidReport(f"{path} is not a report that `footnote eval --out` wrote ({type(error).__name__}: {error}).") from error


def _written(
    name: str, least_confidence: float, outcomes: list[Outcome], figures: Report, before: Mapping[str, Any] | None
) -> dict[str, Any]:
    """All there is to know of a run, as plain values."""
    answers = [outcome.as_dict() for outcome in outcomes]
    first = answers[0]["answer"]
    written = {
        "set": on_one_line(name),
        "library": first["library"],
        "models": first["models"],
        "least_confidence": least_confidence,
        "figures": figures.as_dict(),
        "answers": answers,
    }
    if before:
        written["comparison"] = {"against": before["name"], **compare(before["answers"], answers).as_dict()}
    return written


@contextmanager
def _library(chosen: QuestionSet, settings: Settings, is_given: bool) -> Iterator[Library]:
    """The library to ask: for a file of questions that of the settings, for a set one of its documents."""
    if not chosen.documents:
        yield open_library(settings)
        return
    with TemporaryDirectory(prefix="footnote-") as temporary:
        home = settings.library if is_given else Path(temporary)
        if not is_given:
            _lend_encoder(settings.library, home)
        library = make_library(settings.model_copy(update={"library": home}), notice)
        try:
            _fill(library, chosen)
            yield library
        finally:
            library.close()


def _lend_encoder(folder: Path, home: Path) -> None:
    """The compiled encoders of the library at hand, so that the temporary one need not compile its own."""
    for encoder in folder.glob("encoder-*"):
        shutil.copytree(encoder, home / encoder.name)


def _fill(library: Library, chosen: QuestionSet) -> None:
    """Add the documents of the set that are not there yet; a library that holds others would not be that of the set."""
    sources = {document.source for document in chosen.documents}
    with library.view() as view:
        others = [row.source for row in view.documents() if row.source not in sources]
    if others:
        raise InvalidQuestionSet(f"The library holds {others[0]}, which is not of {chosen.name}. Name another folder with --library.")
    outcomes = [library.add(document).outcome for document in tqdm(chosen.documents, unit="document", disable=None)]
    if set(outcomes) - {"unchanged"}:
        library.publish()
