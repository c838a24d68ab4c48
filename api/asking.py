"""The commands that ask, and that show what was said of answers: `search`, `ask` and `feedback`."""

import json
from typing import Any

import click

from api.cli import EXIT_ABSTAINED, FILTER, main, notice, on_one_line, settings_flags, shown
from api.remarks import kept_remarks
from api.schemas import PassageFound
from api.settings import read_settings
from api.wiring import make_answerer, open_library
from index.filters import filters_of
from qa.answers import Answer, to_json
from qa.questions import Message, Question
from qa.selection import MOST_SENTENCES


@main.command()
@click.argument("question")
@click.option("--document", "documents", multiple=True, help="Only in this document; may be repeated.")
@click.option("--filter", "filters", multiple=True, help=FILTER)
@click.option("--limit", default=5, show_default=True, type=click.IntRange(1, 50), help="Passages shown.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@settings_flags("collection", "encoder", "precision")
def search(question: str, documents: tuple[str, ...], filters: tuple[str, ...], limit: int, as_json: bool, **flags: Any) -> None:
    """Show the passages that fit a question best."""
    asked = Question(question, documents=documents, filters=filters_of(filters)).checked()
    library = open_library(read_settings(flags))
    with library.view() as view:
        found = [PassageFound.for_question(hit, asked.text) for hit in view.search(asked.text, limit, asked.documents, asked.filters)]
        for note in view.notes:
            notice(note)
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
@click.option("--filter", "filters", multiple=True, help=FILTER)
@click.option("--limit", default=MOST_SENTENCES, show_default=True, type=click.IntRange(1, 20), help="Most sentences.")
@click.option("--caution", type=click.FloatRange(0, 1), help="Abstain below this confidence; 0 always answers.")
@click.option("--json", "as_json", is_flag=True, help="The answer as JSON, the same bytes as over HTTP.")
@settings_flags("collection", "encoder", "precision", "reader", "least_confidence")
@click.pass_context
def ask(
    context: click.Context,
    /,
    question: str,
    earlier: tuple[str, ...],
    documents: tuple[str, ...],
    filters: tuple[str, ...],
    limit: int,
    caution: float | None,
    as_json: bool,
    **flags: Any,
) -> None:
    """Answer a question, with numbered footnotes."""
    settings = read_settings(flags)
    history = tuple(Message("user", content) for content in earlier)
    asked = Question(question, history, documents, caution, filters_of(filters))
    answer = make_answerer(settings, open_library(settings)).ask(asked, limit)
    click.echo(answer.as_json() if as_json else shown(_with_footnotes(answer)))
    if answer.status == "abstained":
        context.exit(EXIT_ABSTAINED)


@main.command()
@click.option("--json", "as_json", is_flag=True, help="As JSON, a line each.")
@settings_flags("collection")
def feedback(as_json: bool, **flags: Any) -> None:
    """Show what readers said of answers, the oldest first."""
    for remark in kept_remarks(open_library(read_settings(flags)).folder):
        if as_json:
            click.echo(to_json(remark.model_dump()))
            continue
        about = f"citation {remark.citation}" if remark.citation else "answer"
        click.echo("\t".join(map(on_one_line, (remark.time, remark.verdict, about, remark.question, remark.comment))))


def _with_footnotes(answer: Answer) -> str:
    lines = [answer.text]
    if answer.standalone_question != answer.question.strip():
        lines.insert(0, f"Understood as: {answer.standalone_question}\n")
    lines += [f"\n{note}" for note in answer.notes]
    lines += [f"\nThe sources disagree: [{one}] and [{other}]." for one, other in (found.citations for found in answer.conflicts)]
    for citation in answer.citations:
        place = " › ".join([citation.document.title, *citation.section])
        page = f"page {citation.page}, " if citation.page else ""
        lines.append(f"\n[{citation.number}] {place}\n    {citation.document.source}, {page}characters {citation.start}-{citation.end}")
        lines.append(f"    sha256 {citation.document.sha256}")
    if answer.closest:
        lines.append("\nClosest passages, which are not an answer:")
        lines += [f"\n- {' › '.join([near.document.title, *near.section])}\n{_indented(near.text)}" for near in answer.closest]
    return "\n".join(lines)


def _indented(text: str) -> str:
    return "\n".join(f"    {line}" for line in text.splitlines())
