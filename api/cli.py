"""The command line: `footnote`."""

import re
import sys
from collections.abc import Callable
from importlib import import_module
from typing import Any

import click

from api.settings import InvalidSetting, Settings
from index.errors import IndexingError, InvalidFilter, InvalidMetadata
from qa.errors import AnsweringError

FILTER = "Only documents with NAME=VALUE (repeated: any of them) or NAME=LOW..HIGH, such as date=2019..2021."
EXIT_FAILED, EXIT_USAGE, EXIT_ABSTAINED, EXIT_INTERRUPTED = 1, 2, 3, 130


# Where each command is: only the module of the command that runs is imported, so that `footnote list` does not wait for FastAPI.
_MODULES = {
    "add": "api.commands",
    "sync": "api.syncing",
    "list": "api.commands",
    "remove": "api.commands",
    "search": "api.asking",
    "ask": "api.asking",
    "eval": "api.evaluating",
    "calibrate": "api.calibrating",
    "feedback": "api.asking",
    "serve": "api.running",
    "doctor": "api.running",
    "backup": "api.backups",
    "restore": "api.backups",
}

# Controls but tab and line feed, half characters, and the marks that change the direction of text.
_COMMANDING = re.compile("[\\x00-\\x08\\x0b-\\x1f\\x7f-\\x9f\\u061c\\u200e\\u200f\\u202a-\\u202e\\u2066-\\u2069\\ud800-\\udfff]")


class Footnote(click.Group):
    """Turns every error that is raised on purpose into one line and an exit code."""

    def list_commands(self, context: click.Context) -> list[str]:
        return list(_MODULES)

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name in _MODULES:
            import_module(_MODULES[name])
        return super().get_command(context, name)

    def invoke(self, context: click.Context) -> Any:
        try:
            return super().invoke(context)
        except (InvalidSetting, InvalidFilter, InvalidMetadata) as error:
            _fail(str(error), EXIT_USAGE)
        except (IndexingError, AnsweringError, OSError) as error:
            _fail(str(error), EXIT_FAILED)
        except KeyboardInterrupt:
            _fail("interrupted.", EXIT_INTERRUPTED)


def _fail(message: str, code: int) -> None:
    click.echo(f"footnote: {on_one_line(message)}", err=True)
    sys.exit(code)


@click.group(cls=Footnote, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="footnote")
def main() -> None:
    """Answers questions about your documents; every sentence cites the exact characters it came from.

    Exit codes: 0 done, 1 failed, 2 wrong usage or setting, 3 the documents do not answer (`ask`), 130 interrupted.
    """


def settings_flags(*names: str) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Flags for these settings, each named as its field; the command gets their values, None where a flag is not given."""

    def add(command: Callable[..., None]) -> Callable[..., None]:
        for name in reversed(("library", *names)):
            field = Settings.model_fields[name]
            default = "" if field.default is None else f"; {field.default}"
            shown = f"{field.description} [FOOTNOTE_{name.upper()}{default}]"
            command = click.option(f"--{name.replace('_', '-')}", name, default=None, metavar="VALUE", help=shown)(command)
        return command

    return add


def notice(message: str) -> None:
    """A line for the person waiting, apart from the output proper."""
    click.echo(shown(message), err=True)


def shown(text: str) -> str:
    """Text that is safe on a terminal: what would command it or turn text round is written as an escape, line ends and tabs stay."""
    return _COMMANDING.sub(lambda match: ascii(match[0])[1:-1], text.replace("\r\n", "\n"))


def on_one_line(text: str) -> str:
    """Text as part of a line: line ends are escapes as well."""
    return shown(text).replace("\n", "\\n")
