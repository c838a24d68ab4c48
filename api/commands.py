"""The commands that put documents in and look after the library."""

import json
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from api.cli import EXIT_FAILED, main, notice, on_one_line, settings_flags
from api.schemas import DocumentBody
from api.settings import read_settings
from api.wiring import add_files, find_files, make_library, open_library

_ENCODING = ("encoder", "precision")


@main.command()
@click.argument("paths", nargs=-1, required=True, type=click.Path(path_type=Path))
@settings_flags(*_ENCODING)
@click.pass_context
def add(context: click.Context, /, paths: tuple[Path, ...], **flags: Any) -> None:
    """Add files, or all readable files in folders; files already there are skipped, changed ones replaced."""
    settings = read_settings(flags)
    files = find_files(paths, settings)
    library = make_library(settings, notice)
    counts = {"added": 0, "unchanged": 0, "refused": 0}
    with tqdm(total=len(files), unit="file", disable=None) as bar:
        for _, outcome, detail in add_files(library, files):
            counts[outcome] += 1
            bar.update()
            if outcome == "refused":
                bar.write(on_one_line(f"refused: {detail}"))
    library.close()
    click.echo(", ".join(f"{count} {outcome}" for outcome, count in counts.items()))
    if counts["refused"] and not counts["added"] + counts["unchanged"]:
        context.exit(EXIT_FAILED)


@main.command("list")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@settings_flags()
def list_documents(as_json: bool, **flags: Any) -> None:
    """List the documents."""
    library = open_library(read_settings(flags))
    with library.view() as view:
        rows = [DocumentBody.of(row) for row in view.documents()]
    if as_json:
        click.echo(json.dumps([row.model_dump() for row in rows], ensure_ascii=False))
        return
    for row in rows:
        click.echo("\t".join(map(on_one_line, (row.id, f"{row.passages} passages", row.title, row.source))))


@main.command()
@click.argument("ids", nargs=-1, required=True)
@settings_flags()
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
