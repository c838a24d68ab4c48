"""What can go wrong with a library.

* IndexingError
  + UnreadableDocument     a file or text that cannot become a document
    - UnsupportedFormat    it is of a format that is not read
  + DocumentNotFound       no such document, or no such version of it, in the library
  + DocumentConflict       the document is there already, or in another version than was said
  + InvalidMetadata        what is said of a document cannot be kept
  + InvalidFilter          a filter that cannot be used
  + EncoderUnavailable     the encoder cannot be compiled or loaded
  + OcrUnavailable         the program that reads scanned pages, or its data for a language, is not installed
  + OcrFailed              that program could not read a page
  + LibraryError
    - DiskFull             there is no room for a change of the library
    - LibraryMissing       the folder holds no library
    - LibraryMismatch      the library was made with another encoder, chunking or format
    - LibraryDamaged       what is stored contradicts its own hashes
"""


class IndexingError(Exception):
    """Everything `index` raises on purpose; the message says what happened and what to do next."""


class UnreadableDocument(IndexingError):
    """A file or text that cannot become a document."""


class UnsupportedFormat(UnreadableDocument):
    """A file of a format that is not read."""


class DocumentConflict(IndexingError):
    """A document is there already, or its present version is another one than was said. id: of that document."""

    def __init__(self, message: str, id: str) -> None:
        super().__init__(message)
        self.id = id


class DocumentNotFound(IndexingError):
    """The library holds no document of that id."""


class InvalidMetadata(IndexingError):
    """What is said of a document cannot be kept."""


class InvalidFilter(IndexingError):
    """A filter that cannot be used."""


class EncoderUnavailable(IndexingError):
    """The encoder could not be compiled, verified or loaded."""


class OcrUnavailable(IndexingError):
    """The program that reads scanned pages, or its data for a language, is not installed."""


class OcrFailed(IndexingError):
    """The program that reads scanned pages could not read one."""


class LibraryError(IndexingError):
    """Something is wrong with the library folder."""


class DiskFull(LibraryError):
    """There is no room on the disk for a change of the library; nothing was changed."""


class LibraryMissing(LibraryError):
    """The folder holds no library."""


class LibraryMismatch(LibraryError):
    """The library was made with another encoder, other settings or another format version."""


class LibraryDamaged(LibraryError):
    """Stored rows or files contradict their own hashes."""
