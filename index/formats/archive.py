"""ZIP archives, read so that a hostile one does no harm."""

import struct
import zipfile
import zlib
from io import BytesIO

from index.errors import UnreadableDocument

_LARGEST_PART, _LARGEST_WHOLE = 100 * 2**20, 200 * 2**20  # bytes, inflated
MOST_ENTRIES = 10_000  # of an archive
_ENTRY = b"PK\x01\x02"  # begins each entry in the table of contents
# All that zipfile raises for a broken or hostile archive.
BROKEN = (zipfile.BadZipFile, zlib.error, struct.error, EOFError, OSError, ValueError, RuntimeError, LookupError, OverflowError)


class Archive:
    """The files in a ZIP archive, such as a DOCX or EPUB file is; bytes are counted while they are inflated, whatever it declares.

    Raises:
        UnreadableDocument: damaged, or larger inside than any document needs to be.
    """

    def __init__(self, content: bytes) -> None:
        if content.count(_ENTRY) > MOST_ENTRIES:
            raise UnreadableDocument(f"it is an archive of more than {MOST_ENTRIES} files, which no document needs.")
        try:
            self._archive = zipfile.ZipFile(BytesIO(content))
        except BROKEN as error:
            raise UnreadableDocument("it is damaged: its archive cannot be opened. Save it anew and add it again.") from error
        self.names = frozenset(self._archive.namelist())
        self._left = _LARGEST_WHOLE

    def read(self, name: str) -> bytes:
        """A file in the archive."""
        most = min(_LARGEST_PART, self._left)
        try:
            entry = self._archive.getinfo(name)
            if entry.flag_bits & 1 or entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                raise UnreadableDocument(f"its part {name} is locked, or compressed in an uncommon way. Add a copy that is not.")
            with self._archive.open(entry) as file:
                content = file.read(most + 1)
        except BROKEN as error:
            raise UnreadableDocument(f"it is damaged: its part {name} cannot be read. Save it anew and add it again.") from error
        if len(content) > most:
            what = (
                f"its part {name} is larger than {most} bytes" if most == _LARGEST_PART else f"it holds more than {_LARGEST_WHOLE >> 20} MB"
            )
            raise UnreadableDocument(f"{what} when inflated; split the document.")
        self._left -= len(content)
        return content
