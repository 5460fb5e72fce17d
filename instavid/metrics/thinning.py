"""A few items evenly out of a stream whose length nobody knows, in one pass and little memory."""

from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class Thinned(Generic[T]):
    """Keeps every so many items: each time it is full, it drops every other one."""

    wanted: int
    spare: int = 8
    """How many times as many it holds at most; the more, the more even the choice."""
    kept: list[T] = field(default_factory=list)
    seen: int = 0
    _stride: int = 1

    @property
    def takes_next(self) -> bool:
        """Return whether the next item will be kept, so that others need not be made."""
        return self.seen % self._stride == 0

    def add(self, item: T) -> None:
        """Take the next item."""
        if self.takes_next:
            self.kept.append(item)
        self.skip()

    def skip(self) -> None:
        """Count an item that is not to be kept."""
        self.seen += 1
        if len(self.kept) >= 2 * self.spare * self.wanted:
            self.kept = self.kept[::2]
            self._stride *= 2

    def chosen(self) -> list[T]:
        """Return the wanted number of items, or all if there are fewer, evenly spread.

        The n-th is from the middle of the n-th part of the stream: first and last frames are often
        black.

        >>> few = Thinned[int](3)
        >>> for number in range(1000):
        ...     few.add(number)
        >>> few.chosen()
        [160, 480, 832]
        """
        if len(self.kept) <= self.wanted:
            return list(self.kept)
        places = ((2 * n + 1) * self.seen / (2 * self.wanted) for n in range(self.wanted))
        last = len(self.kept) - 1
        return [self.kept[min(last, int(place / self._stride))] for place in places]
