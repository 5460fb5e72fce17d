"""A constant frame rate out of any: pictures are left out or shown again, none is made up."""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import TypeVar

from instavid.core.clock import Timed

Item = TypeVar("Item")

_MOST_TICKS = 2**31 - 1
"""MP4 stores its time scales as 32-bit integers."""


@dataclass(frozen=True)
class Grid:
    """The times at which pictures are shown: `start`, `start + step` and so on, in ticks."""

    time_base: Fraction
    """Seconds per tick."""
    start: int
    step: int


def make_grid(start_seconds: Fraction, rate: Fraction) -> Grid:
    """Return the grid of a rate, in ticks in which its start and steps are whole.

    >>> make_grid(Fraction(1, 2), Fraction(30000, 1001))
    Grid(time_base=Fraction(1, 30000), start=15000, step=1001)
    """
    ticks = math.lcm(start_seconds.denominator, rate.numerator)
    if ticks > _MOST_TICKS:
        ticks = rate.numerator
    return Grid(Fraction(1, ticks), round(start_seconds * ticks), int(ticks / rate))


def pace(items: Iterator[Timed[Item]], grid: Grid, *, time_base: Fraction) -> Iterator[Timed[Item]]:
    """Yield the items on a grid, each at the nearest of its times; the end stays where it was.

    Args:
        items: In order, the first of them where the grid starts.
        grid: When to show what comes out.
        time_base: Seconds per tick of what comes in.
    """

    def slot(pts: int) -> int:
        seconds = pts * time_base - grid.start * grid.time_base
        return math.floor(seconds / (grid.step * grid.time_base) + Fraction(1, 2))

    held, begins = None, 0
    for item in items:
        comes = max(slot(item.pts), begins)
        if held is not None:
            yield from _shown(held, begins, comes, grid)
        held, begins = item, comes
    if held is not None:
        ends = slot(held.pts + held.duration) if held.duration else begins + 1
        yield from _shown(held, begins, max(ends, 1), grid)


def _shown(item: Timed[Item], begins: int, ends: int, grid: Grid) -> Iterator[Timed[Item]]:
    for number in range(begins, ends):
        yield Timed(item.item, grid.start + number * grid.step, grid.step)
