"""Tesseract, the program that reads text from a picture of a page (OCR): whether it is there, and what it reads."""

import os
import subprocess
from collections.abc import Callable
from dataclasses import dataclass

from index.errors import OcrFailed, OcrUnavailable

PROGRAM = "tesseract"
LONGEST = 60.0  # seconds for a page
_LONGEST_LISTING = 20.0  # seconds
_TURNS = "osd"  # the data by which it finds out which way up a page is
_INSTALL = "Debian and Ubuntu: apt-get install tesseract-ocr; macOS: brew install tesseract"
_INSTALL_LANGUAGE = "Debian and Ubuntu: apt-get install tesseract-ocr-{}; macOS: brew install tesseract-lang"
_MOST_SAID = 200  # characters of what it says when it fails
_MOST_SHOWN = 8  # languages


def _tell_nobody(pages: int) -> None:
    """Nobody waits for the count of pages."""


@dataclass(frozen=True, slots=True)
class Tesseract:
    """Reads pages in these languages, as it names them (`eng`, `eng+deu`).

    announce: is told how many pages of a file are to be read, before the first. longest: seconds for a page.
    """

    languages: str
    announce: Callable[[int], None] = _tell_nobody
    longest: float = LONGEST

    def read(self, picture: bytes) -> bytes:
        """What is on a picture of a page (PGM, 300 dots an inch), as hOCR.

        Nothing touches the disk. How much it writes is limited by the memory of this process alone.

        Raises:
            OcrFailed: the program fails, or takes longer than it may.
        """
        command = (PROGRAM, "stdin", "stdout", "-l", self.languages, "--psm", "1", "--dpi", "300", "-c", "tessedit_create_hocr=1")
        alone = {**os.environ, "OMP_THREAD_LIMIT": "1"}  # more threads take longer in all
        try:
            done = subprocess.run(command, input=picture, capture_output=True, timeout=self.longest, env=alone, check=False)
        except subprocess.TimeoutExpired as error:
            raise OcrFailed(f"{PROGRAM} takes longer than {self.longest:g} seconds for a page") from error
        except MemoryError as error:
            raise OcrFailed(f"{PROGRAM} writes more than there is memory for") from error
        except OSError as error:
            raise OcrFailed(f"{PROGRAM} cannot be started ({error.strerror})") from error
        if done.returncode:
            raise OcrFailed(f"{PROGRAM} ended with {done.returncode}{_said(done.stderr)}")
        return done.stdout


def check(languages: str) -> str:
    """The version of the program, if it is there and can read these languages.

    Raises:
        OcrUnavailable: it is not, or cannot; the message says what to install.
    """
    try:
        version, *_ = _listed("--version")
        known = _listed("--list-langs")[1:]
    except FileNotFoundError as error:
        raise OcrUnavailable(f"the program {PROGRAM} is not installed. Install it ({_INSTALL}).") from error
    except (OSError, subprocess.SubprocessError, ValueError) as error:
        raise OcrUnavailable(f"the program {PROGRAM} does not work ({type(error).__name__}). Install it anew ({_INSTALL}).") from error
    for language in (*languages.split("+"), _TURNS):
        if language not in known:
            install = _INSTALL_LANGUAGE.format(language.replace("_", "-"))
            raise OcrUnavailable(f"{PROGRAM} has no data for {language}, only for {_few(known)}. Install it ({install}).")
    return version


def _few(languages: list[str]) -> str:
    shown = ", ".join(languages[:_MOST_SHOWN])
    return f"{shown} and {len(languages) - _MOST_SHOWN} others" if len(languages) > _MOST_SHOWN else shown or "none"


def _listed(flag: str) -> list[str]:
    done = subprocess.run((PROGRAM, flag), capture_output=True, timeout=_LONGEST_LISTING, check=True)
    return done.stdout.decode("utf-8", "replace").splitlines()


def _said(written: bytes) -> str:
    """The last line of what the program wrote of its trouble."""
    lines = written.decode("utf-8", "replace").split("\n")
    last = next((" ".join(line.split()) for line in reversed(lines) if line.strip()), "")
    return f": {last[:_MOST_SAID].rstrip('.')}" if last else ""
