"""Migration: a library of an older format becomes one of this format, in the transaction that opens it."""

from collections.abc import Callable
from dataclasses import replace

from index.abbreviations import abbreviations
from index.transaction import Transaction


def migrate(transaction: Transaction) -> None:
    """Take every step from the library's format to the newest that is known; one of another format stays as it is."""
    while step := _STEPS.get(transaction.setting("format")):
        step(transaction)


def _with_abbreviations(transaction: Transaction) -> None:
    """From format 1, which knew no abbreviations, to 2. A text that is damaged is passed over: `footnote doctor` names it."""
    transaction.create_abbreviations()
    for id, _, text in transaction.old_texts():
        transaction.put_abbreviations(id, abbreviations(text))
    transaction.set("format", 2)


def _with_originals(transaction: Transaction) -> None:
    """From format 2, which knew text and Markdown alone, told by the suffix, to 3, which keeps blocks, pages and files."""
    from index.texts import text_document  # not loaded by every process that opens a library

    transaction.create_originals()
    for id, source, text in transaction.old_texts():
        row, read = transaction.document(id), text_document(source, text)
        assert row is not None
        transaction.complete(replace(row, about=read.about), read.blocks, text)
    transaction.set("format", 3)


_STEPS: dict[str, Callable[[Transaction], None]] = {"1": _with_abbreviations, "2": _with_originals}
