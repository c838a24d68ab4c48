"""The commands that put documents in and look after the library."""

import json
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from api.cli import EXIT_FAILED, FILTER, main, notice, on_one_line, settings_flags
from api.ingesting import ingest
from api.schemas import DocumentBody
from api.settings import read_settings
from api.wiring import find_files, make_library, make_parser, open_library
from index.filters import filters_of

_ENCODING = ("collection", "encoder", "precision")


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@settings_flags(*_ENCODING, "ocr")
@click.pass_context
def add(context: click.Context, /, paths: tuple[Path, ...], **flags: Any) -> None:
    """Add files, or all readable files in folders; files already there are skipped, changed ones replaced."""
    settings = read_settings(flags)
    files, parser = find_files(paths, settings), make_parser(settings)
    library = make_library(settings, notice)
    counts = dict.fromkeys(("added", "replaced", "unchanged", "duplicate", "refused"), 0)
    with tqdm(total=len(files), unit="file", disable=None) as bar:
        for outcome in ingest(library, files, parser):
            counts[outcome.outcome] += 1
            bar.update()
            if outcome.outcome == "refused":
                bar.write(on_one_line(f"refused: {outcome.reason}"))
    library.close()
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    if counts["refused"] and counts["refused"] == len(files):
        context.exit(EXIT_FAILED)


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
