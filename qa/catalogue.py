"""The readers there are, by name."""

from index.encoder import Encoder
from qa.calibration import Calibration
from qa.errors import UnknownReader
from qa.named import PREFIX, NamedReader
from qa.readers import LATE_INTERACTION, LEXICAL, LateInteractionReader, LexicalReader, Reader
from qa.trained import TrainedReader, shipped_reader

READERS = (TrainedReader.name, LateInteractionReader.name, LexicalReader.name)


def reader_named(name: str, encoder: Encoder, calibration: Calibration | None = None) -> Reader:
    """The reader of that name; its own calibration may be replaced by another one for it.

    Raises:
        UnknownReader: there is none.
        ReaderUnavailable: its model cannot be loaded, or is not there as it was shipped.
    """
    known = calibration if calibration and calibration.reader == name else None
    if name == TrainedReader.name:
        return shipped_reader(encoder, known)
    if name == LateInteractionReader.name:
        return LateInteractionReader(encoder, known or LATE_INTERACTION)
    if name == LexicalReader.name:
        return LexicalReader(known or LEXICAL)
    if name.startswith(PREFIX):
        return NamedReader(LateInteractionReader(encoder), name.removeprefix(PREFIX), known)
    raise UnknownReader(f"There is no reader {name!r}. Use {', '.join(READERS[:-1])} or {READERS[-1]}, or {PREFIX} with a path or name.")
