"""Time stamps that can be written: strictly increasing, none missing, changed only where needed."""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Generic, TypeVar

Item = TypeVar("Item")

_RESET_SECONDS = 1
"""A step back by more than this is a clock that was set anew, not a stamp out of order."""


@dataclass(frozen=True)
class Timed(Generic[Item]):
    """An item and when it is shown, in ticks."""

    item: Item
    pts: int
    duration: int
    """Ticks until the next item; 0 when nothing is known of the last one."""


@dataclass
class _Waiting(Generic[Item]):
    item: Item
    pts: int | None
    duration: int


class Clock(Generic[Item]):
    """Repairs time stamps in one pass, holding one item back to learn how long it is shown.

    Good stamps pass unchanged, whatever their start, sign and spacing.

    >>> clock = Clock(tick=Fraction(2), time_base=Fraction(1, 50))
    >>> [clock.push(name, pts, 2) for name, pts in zip("abc", (4, None, 8))]
    [[], [Timed(item='a', pts=4, duration=2)], [Timed(item='b', pts=6, duration=2)]]
    >>> list(clock.flush()), clock.repairs
    ([Timed(item='c', pts=8, duration=2)], 1)
    """

    def __init__(self, *, tick: Fraction, time_base: Fraction, patience: int = 0) -> None:
        """Start with nothing known.

        Args:
            tick: Ticks between two items at the average rate, for stamps that are missing.
            time_base: Seconds per tick.
            patience: How many items without a stamp to hold back at the start, until one with a
                stamp tells when they began.
        """
        self.repairs = 0
        """Stamps that were missing or not increasing."""
        self._tick = max(tick, Fraction(1))
        self._reset = round(_RESET_SECONDS / time_base)
        self._patience = patience
        self._unstamped: deque[_Waiting[Item]] = deque()
        self._held: _Waiting[Item] | None = None
        self._anchor = (0, 0)  # the last stamp that was read, and how many were made up since
        self._shift = 0

    def push(self, item: Item, pts: int | None, duration: int) -> list[Timed[Item]]:
        """Take one item, in order of presentation; return those that are now settled.

        Args:
            item: Anything.
            pts: Its stamp in ticks, None if it has none.
            duration: Its length in ticks as told, 0 if untold; used for the last item only.
        """
        new = _Waiting(item, pts, duration)
        if self._held is None and pts is None and len(self._unstamped) < self._patience:
            self._unstamped.append(new)
            return []
        return [*self._settle_unstamped(pts), *self._settle(new)]

    def flush(self) -> Iterator[Timed[Item]]:
        """Return what is left, when no more items come."""
        yield from self._settle_unstamped(None)
        last, self._held = self._held, None
        if last is not None:
            yield Timed(last.item, _known(last.pts), last.duration)

    def _settle_unstamped(self, first_pts: int | None) -> Iterator[Timed[Item]]:
        """Place the items before the first stamp: back from it, or from 0 on if none comes."""
        count = len(self._unstamped)
        start = Fraction(0) if first_pts is None else first_pts - count * self._tick
        for position in range(count):
            waiting = self._unstamped.popleft()
            waiting.pts = round(start + position * self._tick)
            self.repairs += 1
            yield from self._settle(waiting)
        if count and first_pts is None:
            self._anchor = (0, count - 1)

    def _settle(self, new: _Waiting[Item]) -> Iterator[Timed[Item]]:
        before, self._held = self._held, new
        if before is None:
            self.repairs += new.pts is None
            new.pts = 0 if new.pts is None else new.pts
            self._anchor = (new.pts, 0)
            return
        previous = _known(before.pts)
        new.pts = self._next(previous, new.pts)
        duration = new.pts - previous
        if new.duration <= 0:
            new.duration = duration
        yield Timed(before.item, previous, duration)

    def _next(self, previous: int, pts: int | None) -> int:
        if pts is None:
            self.repairs += 1
            stamp, made_up = self._anchor
            self._anchor = (stamp, made_up + 1)
            return max(previous + 1, round(stamp + (made_up + 1) * self._tick))
        pts += self._shift
        if pts <= previous:
            self.repairs += 1
            if previous - pts > self._reset:
                target = previous + round(self._tick)
                self._shift += target - pts
                pts = target
            else:
                pts = previous + 1
        self._anchor = (pts, 0)
        return pts


def _known(pts: int | None) -> int:
    assert pts is not None, "an item was held without a stamp"
    return pts
