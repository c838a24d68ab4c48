"""The process that parses: `python -m index.worker [LANGUAGES]`. It reads files from its standard input and writes extracts to its output.

With languages it reads scanned pages too, by OCR, and says first how many a file has, because that takes longer.

It is not the process that serves, so whatever a file does to it costs the server nothing: its memory is limited, it may write no file,
and `index.parsing` ends it when it takes too long.
"""

import json
import resource
import sys
from dataclasses import asdict
from typing import IO, Any

from index.errors import UnreadableDocument, UnsupportedFormat
from index.frames import own_output, read_frame, write_frame
from index.reading import extract
from index.tesseract import Tesseract

MEMORY = 768 * 2**20  # bytes of address space


def main() -> None:
    """Answer requests, name and content of a file in a frame each, until the input ends."""
    answers, requests = own_output(), sys.stdin.buffer
    ocr = Tesseract(sys.argv[1], lambda pages: _write(answers, {"scanned": pages})) if len(sys.argv) > 1 else None
    _limit()
    while (name := read_frame(requests)) is not None and (content := read_frame(requests)) is not None:
        _write(answers, _answered(name.decode("utf-8", "surrogatepass"), content, ocr))


def _write(answers: IO[bytes], answer: dict[str, Any]) -> None:
    write_frame(answers, json.dumps(answer).encode())


def _answered(name: str, content: bytes, ocr: Tesseract | None) -> dict[str, Any]:
    try:
        return {"extract": asdict(extract(name, content, ocr))}
    except UnreadableDocument as error:
        return {"unreadable": str(error), "unsupported": isinstance(error, UnsupportedFormat)}
    except MemoryError:
        return {"unreadable": f"reading it takes more than {MEMORY >> 20} MB of memory. Split it into smaller files."}
    except RecursionError:
        return {"unreadable": "it is nested too deeply to be read. Save it in another form."}
    except Exception as error:  # whatever a parser does with a broken file, the next file is read all the same
        return {"unreadable": f"it is broken or of a form that is not known ({type(error).__name__}). Save it anew and add it again."}


def _limit() -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


if __name__ == "__main__":
    main()
