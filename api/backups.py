"""The commands that keep copies: `backup` and `restore`."""

import hashlib
import json
import re
import shutil
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import click

from api.cli import main, notice, settings_flags
from api.libraries import COLLECTIONS, collection_names
from api.remarks import REMARKS
from api.settings import COLLECTION, Settings, read_settings
from api.wiring import CALIBRATION, home_of, make_library, named, open_library
from index.encoders import Encoders
from index.errors import LibraryDamaged, LibraryError
from index.files import flush, sha256_of_file
from index.library import DATABASE, Library

_MANIFEST = "footnote.json"
_NAME = re.compile(rf"(?:{COLLECTIONS}/({COLLECTION})/)?(?:{re.escape(DATABASE)}|{re.escape(CALIBRATION)}|{re.escape(REMARKS)})")


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@settings_flags()
def backup(file: Path, **flags: Any) -> None:
    """Write the library and its collections to one FILE, while others ask and add."""
    settings = read_settings(flags)
    if file.exists():
        raise LibraryError(f"{file} is there already. Name a new file.")
    with TemporaryDirectory(prefix=".backup-", dir=file.parent) as folder:
        prepared = Path(folder) / "backup.zip"
        kept = list(_copies(settings, Path(folder)))
        _write(prepared, kept)
        flush(prepared)
        prepared.rename(file)
        flush(file.parent)
    click.echo(f"{len(kept)} files, {file.stat().st_size} bytes in {file}")


@main.command()
@click.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@click.option("--replace", is_flag=True, help="Even if the library holds documents, which are given up.")
@settings_flags()
def restore(file: Path, replace: bool, **flags: Any) -> None:
    """Bring back the library and the collections that FILE holds, while others ask."""
    settings = read_settings(flags)
    settings.library.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory(prefix=".restore-", dir=settings.library) as folder:
        copies = _unpacked(file, Path(folder))
        databases = [copy for copy in copies if copy.path.name == DATABASE]
        if not replace:
            _refuse_to_overwrite(settings, databases)
        for copy in databases:
            _bring_back(copy, settings)
        for copy in copies:
            if copy.path.name in (CALIBRATION, REMARKS):
                copy.path.replace(home_of(named(settings, copy.collection)) / copy.path.name)


@dataclass(frozen=True, slots=True)
class _Copy:
    """A file of a backup, and the collection it is of, "" for the library that needs no name."""

    collection: str
    path: Path

    @property
    def name(self) -> str:
        """The name of the file inside the backup."""
        return f"{COLLECTIONS}/{self.collection}/{self.path.name}" if self.collection else self.path.name


def _copies(settings: Settings, folder: Path) -> Iterator[_Copy]:
    """Copies of everything that is to be kept, the databases written to `folder`."""
    encoders = Encoders(settings.library)  # one for all
    for collection in ("", *collection_names(settings.library)):
        library = open_library(named(settings, collection), encoders)
        target = _place(folder, collection) / DATABASE
        target.parent.mkdir()
        library.copy(target)
        library.close()
        yield _Copy(collection, target)
        if (calibration := library.folder / CALIBRATION).exists():
            yield _Copy(collection, calibration)
        if (remarks := library.folder / REMARKS).exists():  # more of them may come meanwhile
            yield _Copy(collection, Path(shutil.copyfile(remarks, target.with_name(REMARKS))))


def _write(target: Path, kept: list[_Copy]) -> None:
    hashes = {copy.name: sha256_of_file(copy.path) for copy in kept}
    with zipfile.ZipFile(target, "x", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        archive.writestr(_MANIFEST, json.dumps({"version": metadata.version("footnote"), "files": hashes}))
        for copy in kept:
            archive.write(copy.path, copy.name)


def _unpacked(file: Path, folder: Path) -> list[_Copy]:
    """The files of a backup, written to `folder`. Raises LibraryDamaged if one is not what was backed up."""
    try:
        with zipfile.ZipFile(file) as archive:
            hashes = json.loads(archive.read(_MANIFEST))["files"]
            return [_unpacked_one(archive, name, sha256, folder) for name, sha256 in hashes.items()]
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, AttributeError, EOFError, zlib.error) as error:
        raise LibraryDamaged(f"{file} cannot be read as a backup ({error}). Nothing was changed; use another copy.") from error


def _unpacked_one(archive: zipfile.ZipFile, name: str, sha256: str, folder: Path) -> _Copy:
    if not (known := _NAME.fullmatch(name)):
        raise ValueError("it holds a file of another name")
    path = _place(folder, known[1] or "") / Path(name).name
    path.parent.mkdir(exist_ok=True)
    digest = hashlib.sha256()
    with archive.open(name) as packed, path.open("xb") as target:
        while block := packed.read(2**20):
            digest.update(block)
            target.write(block)
    if digest.hexdigest() != sha256:
        raise ValueError(f"{name} does not fit its hash")
    return _Copy(known[1] or "", path)


def _place(folder: Path, collection: str) -> Path:
    """Where the files of a collection are put meanwhile; no collection is called as the place of the library that needs no name."""
    return folder / (collection or ".plain")


def _refuse_to_overwrite(settings: Settings, copies: list[_Copy]) -> None:
    for copy in copies:
        place = named(settings, copy.collection)
        if not (home_of(place) / DATABASE).is_file():
            continue
        library = open_library(place)
        with library.view() as view:
            count = view.count()
        library.close()
        if count:
            raise LibraryError(
                f"The library in {library.folder} holds {count} documents. Use --replace to give them up, or another folder."
            )


def _bring_back(copy: _Copy, settings: Settings) -> None:
    """Make the library what the copy holds; a new one gets the encoder that the copy names."""
    encoder, precision = Library.encoder_of(copy.path)
    library = make_library(named(settings.model_copy(update={"encoder": encoder, "precision": precision}), copy.collection), notice)
    library.restore(copy.path)
    library.publish()
    with library.view() as view:
        click.echo(f"{view.count()} documents in {library.folder}")
    library.close()
