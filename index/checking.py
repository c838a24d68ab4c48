"""What is wrong with a library on its disk: by its counts alone, in no time, or by every page, row and hash of it."""

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from pathlib import Path

from index import cache
from index.database import Database
from index.errors import LibraryDamaged
from index.transaction import Transaction


def damage(database: Database, folder: Path, deep: bool) -> Iterator[str]:
    """What is wrong with the rows and the saved segments of a library, a sentence each; nothing where all is well.

    Each document is looked at apart, so that what cannot even be read hides no other damage.
    """
    yield from _found(database, Transaction.disorder)
    if deep:
        yield from _found(database, Transaction.broken_pages)
        for id in _ids(database):
            yield from _found(database, partial(Transaction.damage_of, id=id), f"document {id}: ")
    yield from _found(database, lambda transaction: cache.damage(folder, transaction.setting("lineage"), deep))


def _ids(database: Database) -> list[str]:
    """The ids of the documents; none if not even they can be read, which SQLite has reported by then."""
    try:
        with database.reading() as transaction:
            return transaction.ids()
    except LibraryDamaged:
        return []


def _found(database: Database, check: Callable[[Transaction], Iterable[str]], of: str = "") -> list[str]:
    """The sentences of one check, with that of the error that ended it, if one did."""
    found: list[str] = []
    try:
        with database.reading() as transaction:
            found.extend(check(transaction))
    except LibraryDamaged as error:
        found.append(f"{of}{error}")
    return found
