"""The commands that put documents in and look after the library."""

import json
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import click

from api.cli import FILTER, main, notice, on_one_line, settings_flags
from api.folders import Selection
from api.ingesting import ingest
from api.interruption import Interruption
from api.priority import step_back
from api.progress import shown_progress
from api.schemas import DocumentBody
from api.settings import read_settings
from api.sources import source_files
from api.summary import Summary, summarised
from api.wiring import make_library, make_parser, open_library
from index.filters import filters_of
from index.metadata import said

ENCODING = ("collection", "encoder", "precision")


def document_flags(command: Callable[..., None]) -> Callable[..., None]:
    """Which files of folders are taken, what is said of them, and how the summary is shown."""
    for option in (
        click.option("--json", "as_json", is_flag=True, help="The summary as JSON: counts, and what became of every file."),
        click.option(
            "--metadata", "pairs", multiple=True, metavar="NAME=VALUE", help="Said of every document; a name that is repeated has a list."
        ),
        click.option(
            "--glob",
            "patterns",
            multiple=True,
            metavar="PATTERN",
            help="Only files in folders that match, as in .gitignore files: *.md in any folder, notes/**/2024-*; of any kind.",
        ),
    ):
        command = option(command)
    return command


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path, readable=False))
@document_flags
@settings_flags(*ENCODING, "ocr")
@click.pass_context
def add(
    context: click.Context, /, paths: tuple[Path, ...], patterns: tuple[str, ...], pairs: tuple[str, ...], as_json: bool, **flags: Any
) -> None:
    """Add files, or all readable files in folders; files already there are skipped, changed ones replaced."""
    settings, metadata = read_settings(flags), said(pairs)
    selection = Selection(settings.library, patterns)
    summary = Summary(selection.passed_over)
    step_back()
    with closing(make_parser(settings)) as parser, Interruption() as interruption, summarised(summary, as_json, interruption):
        files = list(source_files(paths, selection, metadata))
        with closing(make_library(settings, notice)) as library:
            interruption.await_end()
            for outcome in shown_progress(files, ingest(library, files, parser, stop=interruption.came)):
                summary.outcomes.append(outcome)
    context.exit(summary.exit_code)


@main.command("list")
@click.option("--filter", "filters", multiple=True, help=FILTER)
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@settings_flags("collection")
def list_documents(filters: tuple[str, ...], as_json: bool, **flags: Any) -> None:
    """List the documents."""
    library = open_library(read_settings(flags))
    with library.view() as view:
        rows = [DocumentBody.of(row, view.collection) for row in view.documents(filters_of(filters))]
    if as_json:
        click.echo(json.dumps([row.model_dump() for row in rows], ensure_ascii=False))
        return
    for row in rows:
        click.echo("\t".join(map(on_one_line, (row.id, f"{row.passages} passages", row.title, row.source))))


@main.command()
@click.argument("ids", nargs=-1, required=True)
@settings_flags("collection")
def remove(ids: tuple[str, ...], **flags: Any) -> None:
    """Remove documents by id."""
    library = open_library(read_settings(flags))
    with library.view() as view:
        for id in ids:
            view.document(id)  # all of them or none
    for id in dict.fromkeys(ids):
        library.remove(id)
        click.echo(on_one_line(f"removed {id}"))
    library.publish()
