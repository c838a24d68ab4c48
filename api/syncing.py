"""The command that keeps a library in step with a folder."""

import json
import os
from collections.abc import Iterator
from contextlib import ExitStack, closing
from functools import partial
from pathlib import Path
from threading import Event
from typing import Any

import click

from api.cli import main, notice, on_one_line, settings_flags
from api.commands import ENCODING, document_flags
from api.folders import Selection
from api.interruption import Interruption
from api.mirror import Mirror, check_folder
from api.priority import step_back
from api.settings import read_settings
from api.summary import Summary, line_of, outcome_as_json, summarised
from api.watching import quiet_changes
from api.wiring import make_library, make_parser
from index.errors import UnreadableDocument
from index.metadata import said


@main.command()
@click.argument("folder", type=click.Path(path_type=Path, readable=False))
@click.option("--remove", "removes", is_flag=True, help="Remove the documents whose file is gone, instead of naming them.")
@click.option("--allow-empty", "may_be_empty", is_flag=True, help="With --remove: an empty folder is meant to be empty.")
@click.option("--watch", "watches", is_flag=True, help="Then keep watching, and follow each change, until interrupted.")
@click.option("--poll", is_flag=True, help="Watch by looking at the files every second: for network disks, which tell of no changes.")
@document_flags
@settings_flags(*ENCODING, "ocr")
@click.pass_context
def sync(
    context: click.Context,
    /,
    folder: Path,
    patterns: tuple[str, ...],
    pairs: tuple[str, ...],
    watches: bool,
    poll: bool,
    as_json: bool,
    **flags: Any,
) -> None:
    """Keep the library in step with a folder: add what is new, replace what changed, name or remove what is gone.

    Documents from other places stay. A file that was moved is a new document. If the folder itself is missing, nothing is done.
    """
    kept = {name: flags.pop(name) for name in ("removes", "may_be_empty")}
    settings, metadata = read_settings(flags), said(pairs)
    make_parser(settings).close()  # or that it cannot be made would come out only with the first file
    folder, selection = Path(os.path.realpath(folder)), Selection(settings.library, patterns)
    check_folder(folder)
    summary = Summary(selection.passed_over)
    step_back()
    with Interruption() as interruption, ExitStack() as ending:
        with summarised(summary, as_json, interruption):
            library = ending.enter_context(closing(make_library(settings, notice)))
            interruption.await_end()
            mirror = Mirror(library, folder, selection, metadata, **kept, new_parser=partial(make_parser, settings))
            changes = quiet_changes(folder, interruption.came, poll) if watches else iter([[folder]])
            next(changes, None)  # from now on no change is missed
            for outcome in mirror.sync([folder], interruption.came, shows_progress=True):
                summary.outcomes.append(outcome)
        if watches and not summary.is_interrupted:
            _follow(mirror, changes, interruption.came, as_json)
    context.exit(0 if watches else summary.exit_code)


def _follow(mirror: Mirror, changes: Iterator[list[Path]], stop: Event, as_json: bool) -> None:
    """A line for every change of the library, until the end."""
    notice(on_one_line(f"Watching {mirror.folder} for changes; Ctrl-C ends it."))
    for paths in changes:
        try:
            for outcome in mirror.sync(paths, stop):
                if outcome.outcome != "unchanged":
                    click.echo(json.dumps(outcome_as_json(outcome), ensure_ascii=False) if as_json else on_one_line(line_of(outcome)))
        except UnreadableDocument as error:
            notice(on_one_line(str(error)))
