"""The commands that ask: `search`, `ask` and `eval`."""

import json
import time
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from api.cli import EXIT_ABSTAINED, EXIT_FAILED, main, settings_flags, shown
from api.schemas import PassageFound
from api.settings import read_settings
from api.wiring import make_answerer, open_library
from qa.answers import Answer
from qa.evaluation import Outcome, read_cases, report
from qa.questions import Message, Question
from qa.selection import MOST_SENTENCES

_ANSWERING = ("encoder", "precision", "reader", "least_confidence")


@main.command()
@click.argument("question")
@click.option("--document", "documents", multiple=True, help="Only in this document; may be repeated.")
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="Passages shown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@settings_flags("encoder", "precision")
def search(question: str, documents: tuple[str, ...], limit: int, as_json: bool, **flags: Any) -> None:
    """Show the passages that fit a question best."""
    asked = Question(question, documents=documents).checked()
    library = open_library(read_settings(flags))
    with library.view() as view:
        found = [PassageFound.of(hit) for hit in view.search(asked.text, limit, asked.documents)]
    if as_json:
        click.echo(json.dumps([passage.model_dump() for passage in found], ensure_ascii=False))
        return
    for passage in found:
        place = " › ".join([passage.document.title, *passage.section])
        click.echo(shown(f"{passage.score:.4f}  {place}  {passage.url}\n{_indented(passage.text)}\n"))


@main.command()
@click.argument("question")
@click.option("--earlier", multiple=True, help="An earlier question of the same conversation; may be repeated.")
@click.option("--document", "documents", multiple=True, help="Only from this document; may be repeated.")
@click.option("--limit", default=MOST_SENTENCES, show_default=True, type=click.IntRange(1, 20), help="Most sentences.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON, the same bytes as over HTTP.")
@settings_flags(*_ANSWERING)
@click.pass_context
def ask(
    context: click.Context, /, question: str, earlier: tuple[str, ...], documents: tuple[str, ...], limit: int, as_json: bool, **flags: Any
) -> None:
    """Answer a question, with numbered footnotes."""
    settings = read_settings(flags)
    history = tuple(Message("user", content) for content in earlier)
    answer = make_answerer(settings, open_library(settings)).ask(Question(question, history, documents), limit)
    click.echo(answer.as_json() if as_json else shown(_with_footnotes(answer)))
    if answer.status == "abstained":
        context.exit(EXIT_ABSTAINED)


@main.command("eval")
@click.argument("questions", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--out", type=click.Path(dir_okay=False, path_type=Path), help="Write every answer and all figures here, as JSON.")
@click.option("--json", "as_json", is_flag=True, help="Print the figures as JSON.")
@settings_flags(*_ANSWERING)
@click.pass_context
def evaluate(context: click.Context, /, questions: Path, out: Path | None, as_json: bool, **flags: Any) -> None:
    """Ask a set of questions with known answers and measure the answers, by type of question."""
    settings = read_settings(flags)
    cases = read_cases(questions)
    answerer = make_answerer(settings, open_library(settings))
    outcomes = []
    for case in tqdm(cases, unit="question", disable=None):
        started = time.perf_counter()
        answer, passages = answerer.ask_with_passages(case.question)
        outcomes.append(Outcome(case, answer, passages, (time.perf_counter() - started) * 1000))
    figures = report(outcomes)
    if out:
        details = [outcome.as_dict() for outcome in outcomes]
        out.write_text(json.dumps({"figures": figures.as_dict(), "answers": details}, ensure_ascii=False, indent=1), "utf-8")
    click.echo(json.dumps(figures.as_dict()) if as_json else figures.as_table())
    if any(not outcome.citations_exact for outcome in outcomes):
        context.exit(EXIT_FAILED)


def _with_footnotes(answer: Answer) -> str:
    lines = [answer.text]
    if answer.standalone_question != answer.question.strip():
        lines.insert(0, f"Understood as: {answer.standalone_question}\n")
    for citation in answer.citations:
        place = " › ".join([citation.document.title, *citation.section])
        lines.append(f"\n[{citation.number}] {place}\n    {citation.document.source}, characters {citation.start}-{citation.end}")
        lines.append(f"    sha256 {citation.document.sha256}")
    if answer.closest:
        lines.append("\nClosest passages, which are not an answer:")
        lines += [f"\n- {' › '.join([near.document.title, *near.section])}\n{_indented(near.text)}" for near in answer.closest]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
