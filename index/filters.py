"""Filters: which documents a search is limited to, by what is known of them."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from index.errors import InvalidFilter
from index.metadata import LONGEST_VALUE, texts_of
from index.shadow import is_well_formed

MOST_FILTERS, MOST_CHOICES = 20, 100
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]{0,63}")
_RANGE = re.compile(r"(.*?)\.\.(.*)", re.DOTALL)


@dataclass(frozen=True, slots=True, order=True)
class Filter:
    """Documents that have, by `name`, one of `any_of`, or something from `low` to `high` (both included, "" for no bound).

    name: of metadata, or kind, title, authors, date, doi, source. Numbers are compared as numbers and all else as text, where a bound
    includes what begins with it: a date up to 2021 includes 2021-12-31.
    """

    name: str
    any_of: tuple[str, ...] = ()
    low: str = ""
    high: str = ""

    def checked(self) -> "Filter":
        """The filter itself.

        Raises:
            InvalidFilter: it cannot be used.
        """
        texts = (*self.any_of, self.low, self.high)
        if not _NAME.fullmatch(self.name):
            raise InvalidFilter("The name of a filter has at most 64 letters, digits, `_`, `.` and `-`, and begins with a letter or `_`.")
        if not any(texts) or len(self.any_of) > MOST_CHOICES:
            raise InvalidFilter(f"A filter has at most {MOST_CHOICES} values, and at least one that is not empty.")
        if not all(is_well_formed(text) and "\x00" not in text and len(text) <= LONGEST_VALUE for text in texts):
            raise InvalidFilter(f"A value of a filter is a text of at most {LONGEST_VALUE} characters, without NUL and lone surrogates.")
        return self


def filters_of(written: Iterable[str]) -> tuple[Filter, ...]:
    """Filters as they are written on the command line and in queries: `name=value`, repeated for any of several, or `name=low..high`.

    Raises:
        InvalidFilter: one is not of that form.
    """
    chosen: dict[str, list[str]] = {}
    found = []
    for text in written:
        name, sign, value = text.partition("=")
        if not sign:
            raise InvalidFilter("A filter is written name=value, or name=low..high.")
        if bounds := _RANGE.fullmatch(value):
            found.append(Filter(name, (), *bounds.groups()))
        else:
            chosen.setdefault(name, []).append(value)
    return _all_checked([*(Filter(name, tuple(values)) for name, values in chosen.items()), *found])


def filters_in(given: Mapping[str, Any]) -> tuple[Filter, ...]:
    """Filters as JSON has them, the same for the same meaning: a value, a list of values, or `{"from": …, "to": …}` for each name.

    Raises:
        InvalidFilter: one is not of that form.
    """
    return _all_checked([_filter_in(name, value) for name, value in given.items()])


def _filter_in(name: str, value: Any) -> Filter:
    if isinstance(value, Mapping) and value and set(value) <= {"from", "to"} and all(map(_is_plain, value.values())):
        low, high = (next(texts_of(value.get(end, ""))) for end in ("from", "to"))
        return Filter(name, (), low, high)
    values = value if isinstance(value, list) else [value]
    if all(map(_is_plain, values)):
        return Filter(name, tuple(text for one in values for text in texts_of(one)))
    raise InvalidFilter('A filter is a text, a number, true or false, a list of these, or {"from": …, "to": …}.')


def _is_plain(value: object) -> bool:
    return isinstance(value, str | int | float)


def _all_checked(filters: list[Filter]) -> tuple[Filter, ...]:
    """In one order, whatever the order in which they were said: the same question gives the same answer, id included."""
    if len(filters) > MOST_FILTERS:
        raise InvalidFilter(f"There are {len(filters)} filters; at most {MOST_FILTERS} are used.")
    return tuple(sorted({replace(one.checked(), any_of=tuple(sorted(set(one.any_of)))) for one in filters}))
