"""The commands that run and check: `serve` and `doctor`."""

import ipaddress
import json
import time
from contextlib import closing
from socket import socket
from typing import Any

import click
from tqdm import tqdm

from api.app import create_app
from api.cli import EXIT_FAILED, main, notice, on_one_line, settings_flags
from api.diagnosis import diagnose
from api.folders import Selection
from api.ingesting import ingest
from api.server import listen
from api.server import serve as serve_app
from api.settings import PREFIX, InvalidSetting, Settings, read_settings
from api.sources import source_files
from api.wiring import make_libraries, make_parser, mend_library
from index.errors import UnreadableDocument
from index.library import Library
from index.parsing import Parser

_SETTINGS = ("encoder", "precision", "reader", "least_confidence", "ocr", "documents", "host", "port", "names", "origins")
_LIMITS = ("largest_body", "largest_upload", "writable")


@main.command()
@settings_flags(*_SETTINGS, *_LIMITS)
def serve(**flags: Any) -> None:
    """Serve the HTTP interface and the page, after indexing the documents that are set."""
    started = time.perf_counter()
    settings = read_settings(flags)
    if _is_writable(settings) and not _names(settings):  # a page that lets its own name point here could change every document
        raise InvalidSetting(f"{PREFIX}WRITABLE (--writable): set {PREFIX}NAMES too, to the names that the server is called by.")
    if settings.documents and not settings.documents.exists():
        raise UnreadableDocument(f"{settings.documents}: there is no such file or folder.")
    bound = listen(settings.host, settings.port)
    with bound:
        _serve_on(bound, settings, started)


def _serve_on(bound: socket, settings: Settings, started: float) -> None:
    parser = make_parser(settings)
    libraries = make_libraries(settings, notice)
    if settings.documents:
        _index(libraries.answerer().library, settings, parser)
    writable, names = _is_writable(settings), _names(settings)
    app = create_app(libraries, settings.largest_body, names, settings.largest_upload, writable, settings.ocr, _origins(settings))
    address = f"http://{_shown(settings.host)}:{bound.getsockname()[1]}"
    if not _is_loopback(settings.host):
        what = "read every document, add documents, and change and remove them" if writable else "read every document"
        notice(f"Warning: {settings.host} can be reached from other machines, and whoever reaches it can {what}.")
    notice(f"Footnote is ready at {address} after {time.perf_counter() - started:.1f} s. Open it in a browser, or try:\n")
    notice(f"  curl -s {address}/ask -H 'Content-Type: application/json' -d '{_EXAMPLE}'\n")
    try:
        serve_app(app, bound)
    finally:
        libraries.close()


_EXAMPLE = json.dumps({"question": "How many patients responded to the CAR19/22 cocktail?"})


@main.command()
@click.option("--mend", is_flag=True, help="Mend what can be mended: compile the encoder, and index the stored texts, anew.")
@click.option("--deep", is_flag=True, help="Read every row and file, and compare each with its hash; without it only counts are looked at.")
@click.option("--json", "as_json", is_flag=True, help="As JSON.")
@settings_flags("collection", "encoder", "precision", "ocr")
@click.pass_context
def doctor(context: click.Context, /, mend: bool, deep: bool, as_json: bool, **flags: Any) -> None:
    """Say what is wrong with this library or installation, and how to mend it."""
    settings = read_settings(flags)
    if mend:
        notice("Compiling the encoder and indexing the stored texts anew …")
        mend_library(settings).close()
    findings = diagnose(settings, deep)
    if as_json:
        click.echo(json.dumps([{"good": finding.good, "what": finding.what, "mend": finding.mend} for finding in findings]))
    else:
        for finding in findings:
            click.echo(f"{'ok ' if finding.good else 'BAD'} {finding.what}" + (f"\n    to mend it: {finding.mend}" if finding.mend else ""))
    if not all(finding.good for finding in findings):
        context.exit(EXIT_FAILED)


def _index(library: Library, settings: Settings, parser: Parser) -> None:
    assert settings.documents is not None
    files = list(source_files([settings.documents], Selection(settings.library)))
    with closing(parser), tqdm(total=len(files), unit="file", desc="indexing", disable=None, leave=False) as bar:
        for outcome in ingest(library, files, parser):
            bar.update()
            if outcome.outcome == "refused":
                notice(on_one_line(f"refused: {outcome.reason}"))


def _is_writable(settings: Settings) -> bool:
    """Whether documents can be changed over HTTP."""
    return settings.writable == "yes" or (settings.writable is None and _is_loopback(settings.host))


def _is_loopback(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _origins(settings: Settings) -> frozenset[str]:
    """The origins of sites whose pages may ask."""
    return frozenset(filter(None, settings.origins.replace(" ", "").split(",")))


def _names(settings: Settings) -> frozenset[str]:
    """The names by which the server may be called; empty for any.

    On a loopback address only those of this machine: or a page that lets its own name point here could read every document.
    """
    if settings.names:
        return frozenset(name.strip().lower() for name in settings.names.split(","))
    return frozenset({"localhost", "127.0.0.1", "[::1]", settings.host.lower()}) if _is_loopback(settings.host) else frozenset()


def _shown(host: str) -> str:
    return f"[{host}]" if ":" in host else host
