"""The parts of a multipart/form-data body as they come in: files to a folder, and what is said of them."""

import hashlib
import json
from collections.abc import Callable
from pathlib import Path
from typing import IO

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header

from api.bodies import CLOSE, strict_json
from api.filenames import kept_name, shown_name
from api.jobs import Sent
from api.problems import Problem
from index.documents import LARGEST_FILE
from index.metadata import Metadata, checked

MOST_FILES = 1_000  # in a request
LARGEST_METADATA = 64 * 2**10  # bytes
_LARGEST_HEADER = 16 * 2**10  # bytes of a header of a part


class Parts:
    """The parts of a request as they come: each `file` a file by number in a folder, and what `metadata` says."""

    def __init__(self, folder: Path, boundary: bytes) -> None:
        self.sent: list[Sent] = []
        self._folder, self._said = folder, b""
        self._header, self._value, self._disposition = b"", b"", b""
        self._part: Callable[[bytes], object] | None = None
        self._file: _File | None = None
        self._has_metadata = self._is_whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._on_part_begin,
                "on_header_field": self._on_header_field,
                "on_header_value": self._on_header_value,
                "on_header_end": self._on_header_end,
                "on_headers_finished": self._on_headers_finished,
                "on_part_data": self._on_part_data,
                "on_part_end": self._on_part_end,
                "on_end": self._on_end,
            },
            max_header_size=_LARGEST_HEADER,
        )

    def write(self, content: bytes) -> None:
        """Take the next bytes of the body. Raises Problem, OSError."""
        try:
            self._parser.write(content)
        except FormParserError as error:
            raise broken() from error

    def finish(self) -> None:
        """The body has ended. Raises Problem."""
        if not self._is_whole:
            raise broken()
        if not self.sent:
            raise Problem(422, "no_file", "There is no part of the name `file` in the request.")

    def close(self) -> None:
        """Let go of the file that is written."""
        if self._file:
            self._file.close()

    def metadata(self) -> Metadata | None:
        """What is said of the files; None if nothing is. Raises Problem, InvalidMetadata."""
        if not self._has_metadata:
            return None
        try:
            return checked(strict_json(self._said))
        except json.JSONDecodeError as error:
            raise Problem(400, "json_invalid", "The part `metadata` is not JSON as RFC 8259 has it, in UTF-8.") from error

    def _on_part_begin(self) -> None:
        self._disposition = b""

    def _on_header_field(self, data: bytes, start: int, end: int) -> None:
        self._header += data[start:end]

    def _on_header_value(self, data: bytes, start: int, end: int) -> None:
        self._value += data[start:end]

    def _on_header_end(self) -> None:
        if self._header.lower() == b"content-disposition":
            self._disposition = self._value
        self._header = self._value = b""

    def _on_headers_finished(self) -> None:
        kind, options = parse_options_header(self._disposition)
        name = options.get(b"name") if kind == b"form-data" else None
        if name == b"file":
            self._begin_file(options.get(b"filename", b""))
        elif name == b"metadata" and not self._has_metadata:
            self._has_metadata, self._part = True, self._say
        else:
            raise Problem(422, "unknown_part", "A part is named `file`, one or many, or `metadata`, one at most.", CLOSE)

    def _begin_file(self, filename: bytes) -> None:
        if len(self.sent) == MOST_FILES:
            raise Problem(413, "too_many_files", f"There are over {MOST_FILES} files; send them in several requests.", CLOSE)
        if (name := kept_name(filename)) is None:
            self.sent.append(Sent(shown_name(filename), refused=True))
            self._part = len  # its bytes go nowhere
        else:
            self._file = _File(self._folder / str(len(self.sent)), name)
            self._part = self._file.write

    def _say(self, data: bytes) -> None:
        self._said += data
        if len(self._said) > LARGEST_METADATA:
            raise Problem(413, "metadata_too_large", f"The part `metadata` is over the limit of {LARGEST_METADATA} bytes.", CLOSE)

    def _on_part_data(self, data: bytes, start: int, end: int) -> None:
        assert self._part
        self._part(data[start:end])

    def _on_part_end(self) -> None:
        if self._file:
            self.sent.append(self._file.close())
            self._file = None

    def _on_end(self) -> None:
        self._is_whole = True


class _File:
    """A file as it is written."""

    def __init__(self, path: Path, name: str) -> None:
        self._name, self._size, self._hash = name, 0, hashlib.sha256()
        self._file: IO[bytes] = path.open("xb")

    def write(self, data: bytes) -> None:
        self._size += len(data)
        if self._size > LARGEST_FILE:
            raise Problem(413, "file_too_large", f"A file is over the limit of {LARGEST_FILE} bytes; split it.", CLOSE)
        self._hash.update(data)
        self._file.write(data)

    def close(self) -> Sent:
        self._file.close()
        return Sent(self._name, self._size, self._hash.hexdigest())


def broken() -> Problem:
    """400: the body cannot be read."""
    return Problem(400, "multipart_invalid", "The body is not multipart/form-data as RFC 7578 has it, or was cut off.", CLOSE)
