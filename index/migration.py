"""Migration: a library of an older format becomes one of this format, in the transaction that opens it."""

from collections.abc import Callable

from index.abbreviations import abbreviations
from index.errors import LibraryDamaged
from index.transaction import Transaction


def migrate(transaction: Transaction) -> None:
    """Take every step from the library's format to the newest that is known; one of another format stays as it is."""
    while step := _STEPS.get(transaction.setting("format")):
        step(transaction)


def _with_abbreviations(transaction: Transaction) -> None:
    """From format 1, which knew no abbreviations, to 2. A text that is damaged is passed over: `footnote doctor` names it."""
    transaction.create_abbreviations()
    for row in transaction.documents():
        try:
            transaction.put_abbreviations(row.id, abbreviations(transaction.text(row.id)))
        except LibraryDamaged:
            continue
    transaction.set("format", 2)


_STEPS: dict[str, Callable[[Transaction], None]] = {"1": _with_abbreviations}
