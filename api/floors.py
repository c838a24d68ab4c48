"""Floors: what the figures of an evaluation must reach, as given on the command line."""

from dataclasses import dataclass
from math import isnan, nan

import click

from qa.evaluation import Row


@dataclass(frozen=True, slots=True)
class Floor:
    """A bound on one figure over all questions: the least it may be, or the most."""

    figure: str
    bound: float
    is_least: bool

    def missed(self, row: Row) -> str | None:
        """How the figure misses the bound, None if it does not; a figure of nothing at all misses every bound."""
        value = getattr(row, self.figure)
        if value is None:
            return f"{self.figure} has nothing to count"
        if value >= self.bound if self.is_least else value <= self.bound:
            return None
        return f"{self.figure} is {value:g}, wanted is at {'least' if self.is_least else 'most'} {self.bound:g}"


def at_least(text: str) -> Floor:
    """The floor that `FIGURE=NUMBER` on the command line sets; a usage error says what is wrong with it."""
    return _floor(text, is_least=True)


def at_most(text: str) -> Floor:
    """The same for the most that a figure may be."""
    return _floor(text, is_least=False)


def _floor(text: str, is_least: bool) -> Floor:
    figure, _, bound = text.partition("=")
    if figure not in Row.figures():
        raise click.BadParameter(f"{figure!r} is no figure; there are {', '.join(Row.figures())}.")
    try:
        number = float(bound)
    except ValueError:
        number = nan
    if isnan(number):
        raise click.BadParameter(f"{bound!r} is no number; write {figure}=0.8.")
    return Floor(figure, number, is_least)
