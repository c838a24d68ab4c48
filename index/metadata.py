"""Metadata: what a person says of a document when it is added, beside what its file says itself."""

import json
import math
import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from index.errors import InvalidMetadata
from index.shadow import is_well_formed

Value = str | int | float | bool | tuple[str, ...]
Metadata = Mapping[str, Value]

SAID_BY_FILES = ("title", "authors", "date", "doi")  # what metadata says of these stands in the place of what the file says
TAKEN = ("id", "kind", "source", "sha256")  # filters know them by these names already
MOST_NAMES, MOST_VALUES, LONGEST_VALUE = 64, 100, 2_000
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_LARGEST = 2**53  # beyond it JSON readers disagree about whole numbers


def checked(given: Any) -> Metadata:
    """Metadata as it is kept: names with a text, a number, true or false, or a list of texts each.

    Raises:
        InvalidMetadata: it is anything else, or too much of it.
    """
    if not isinstance(given, Mapping) or len(given) > MOST_NAMES:
        raise InvalidMetadata(f"Metadata is an object with at most {MOST_NAMES} names.")
    kept = {_name(name): _value(value) for name, value in given.items()}
    if not isinstance(kept.get("title", ""), str) or not isinstance(kept.get("authors", ()), tuple):
        raise InvalidMetadata("The title is a text, and the authors are a list of texts.")
    if not all(isinstance(kept.get(name, ""), str) for name in ("date", "doi")):
        raise InvalidMetadata("The date (ISO 8601) and the DOI are texts.")
    return kept


def said(pairs: Iterable[str]) -> Metadata | None:
    """Metadata as it is written on the command line: `name=value`, repeated for a list; None if nothing is said.

    Raises:
        InvalidMetadata: one is not of that form, or cannot be kept.
    """
    found: dict[str, list[str]] = {}
    for pair in pairs:
        name, sign, value = pair.partition("=")
        if not sign:
            raise InvalidMetadata("Metadata is written NAME=VALUE.")
        found.setdefault(name, []).append(value)
    lists = {name: values if len(values) > 1 or name == "authors" else values[0] for name, values in found.items()}
    return checked(lists) if lists else None


def as_json(metadata: Metadata) -> str:
    """In one form, whatever the order in which it was said."""
    return json.dumps(dict(metadata), ensure_ascii=False, sort_keys=True)


def is_same(one: Metadata | None, other: Metadata | None) -> bool:
    """Whether both say the same; 1, 1.0 and true, which Python holds for equal, do not."""
    return as_json(one or {}) == as_json(other or {})


def of_json(written: str) -> Metadata:
    """Metadata as it was stored."""
    found = json.loads(written or "{}")
    return {name: tuple(value) if isinstance(value, list) else value for name, value in found.items()}


def texts_of(value: Value) -> Iterator[str]:
    """The texts by which filters find a value: 2020 and 2020.0 are "2020", true is "true"."""
    for one in value if isinstance(value, tuple) else (value,):
        if isinstance(one, bool):
            yield str(one).lower()
        elif isinstance(one, float) and one.is_integer():
            yield str(int(one))
        else:
            yield str(one)


def number_of(text: str) -> float | None:
    """The number that a text is, for filters that compare; None if it is none."""
    try:
        number = float(text)
    except ValueError:
        return None
    return number if math.isfinite(number) and "_" not in text else None  # Python's own way of writing 1000 as 1_000


def _name(name: object) -> str:
    if not isinstance(name, str) or not _NAME.fullmatch(name):
        raise InvalidMetadata("A name of metadata has at most 64 letters, digits, `_`, `.` and `-`, and begins with a letter or `_`.")
    if name in TAKEN:
        raise InvalidMetadata(f"The names {', '.join(TAKEN)} are taken: Footnote itself says them of every document. Use another one.")
    return name


def _value(value: object) -> Value:
    if isinstance(value, list | tuple) and len(value) <= MOST_VALUES and all(isinstance(one, str) and _fits(one) for one in value):
        return tuple(value)
    if isinstance(value, str) and _fits(value):
        return value
    if (
        isinstance(value, bool)
        or (isinstance(value, int) and abs(value) <= _LARGEST)
        or (isinstance(value, float) and math.isfinite(value))
    ):
        return value
    raise InvalidMetadata(
        f"A value of metadata is a text of at most {LONGEST_VALUE} characters, a number, true or false, or a list of at most "
        f"{MOST_VALUES} texts."
    )


def _fits(text: str) -> bool:
    return len(text) <= LONGEST_VALUE and "\x00" not in text and is_well_formed(text)
