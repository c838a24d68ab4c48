"""Mending: a library made anew from its own texts."""

import os
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from index import cache
from index.compiling import Precision
from index.database import Database
from index.encoders import Encoders
from index.errors import LibraryDamaged, LibraryMissing
from index.indexing import passage_rows
from index.library import DATABASE, Library
from index.storing import made_with, stored_document, wanted_encoder, write


def mend(folder: Path, encoder: str | None = None, precision: Precision | None = None, encoders: Encoders | None = None) -> Library:
    """Make a library anew from its own texts: the encoder where it is missing or damaged, all passages, all caches.

    encoder, precision: if given, those it is made with from now on.

    Raises:
        LibraryMissing: there is none.
        LibraryDamaged: a text does not fit its hash. Nothing is changed then.
    """
    if not (folder / DATABASE).is_file():
        raise LibraryMissing(f"There is no library in {folder}, so there is nothing to mend.")
    encoders = encoders or Encoders(folder)
    database = Database.open(folder / DATABASE)
    with database.reading() as transaction:
        compiled = encoders.compiled(*wanted_encoder(transaction, encoder, precision))
    with ThreadPoolExecutor(os.cpu_count()) as executor, database.writing() as transaction:
        if damaged := list(transaction.damaged_texts()):
            raise LibraryDamaged(f"Document {damaged[0]} does not fit its hash. Run `footnote remove {damaged[0]}` and add its file again.")
        for row in transaction.documents():
            document = stored_document(transaction, row)
            write(transaction, row.id, document, list(passage_rows(document, compiled, executor)), is_known=True)
        for name, value in made_with(compiled).items():
            transaction.set(name, value)
        transaction.advance()
    database.close()
    cache.clear(folder)
    library = Library.open(folder, encoders=encoders)
    library.publish()
    return library
