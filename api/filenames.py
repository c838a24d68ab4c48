"""The names of files that are sent: what is kept of one, and which are refused. No path on this machine is ever built from one."""

import re
import unicodedata

LONGEST_NAME = 255  # bytes of UTF-8

_LAST = re.compile(r"[^/\\]*\Z")


def kept_name(sent: bytes) -> str | None:
    """The last part of the path that was sent, NFC; None if that is no name: empty, too long, not UTF-8, or with characters that command.

    Those are controls, line ends, and the marks that change the direction of text, by which a name pretends to end otherwise.
    """
    try:
        name = _last_part(sent.decode("utf-8"))
    except UnicodeDecodeError:
        return None
    bad = name.strip(". ") == "" or len(name.encode("utf-8")) > LONGEST_NAME or any(map(_commands, name))
    return None if bad else name


def shown_name(sent: bytes) -> str:
    """A name that was refused, so that it can be shown: what commands is written as an escape, and the end of a long one is cut off."""
    name = _last_part(sent.decode("utf-8", "backslashreplace"))
    return "".join(ascii(c)[1:-1] if _commands(c) else c for c in name[:LONGEST_NAME])


def _last_part(path: str) -> str:
    found = _LAST.search(path)
    return unicodedata.normalize("NFC", found[0] if found else "").strip()


def _commands(character: str) -> bool:
    """Controls, formatting marks, halves of characters, and separators of lines."""
    return unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp") and character not in _JOINERS


_JOINERS = "\u200c\u200d"  # spelling needs them in Persian, Hindi and others
