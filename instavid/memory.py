"""Less at once where a device's memory is too small, and remembering how much fits there."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Generic, TypeVar

import torch

from instagan.memory import within_memory
from instavid.errors import LackOfMemoryError

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Way:
    """How to compute something."""

    at_once: int
    """Items that are computed together at the most."""
    note: str = ""
    """What else is done about memory, for messages."""

    def __str__(self) -> str:
        return f"{self.at_once} at once{self.note and ', ' + self.note}"


Item = TypeVar("Item")
Result = TypeVar("Result")
Chosen = TypeVar("Chosen", bound=Way)


@dataclass
class Descent(Generic[Chosen]):
    """Ways to do some work on a device, from the best to the thriftiest, and which one fits."""

    work: str
    """For messages: "segmenting", "translating"."""
    device: torch.device
    ways: tuple[Chosen, ...]
    number: int = 0

    @property
    def way(self) -> Chosen:
        """Return the best way that did not fail so far."""
        return self.ways[self.number]

    def go_down(self, count: int) -> None:
        """Go to the next way that asks for less when there are `count` items to be computed.

        Raises:
            LackOfMemoryError: There is none.
        """
        tried = _limited(self.way, count)
        for number in range(self.number + 1, len(self.ways)):
            if _limited(self.ways[number], count) != tried:
                self.number = number
                return
        raise LackOfMemoryError(
            f"out of memory while {self.work} on {self.device}, even with {tried}: close what "
            "else uses its memory, or try a smaller video, a smaller --imgsz or -d cpu"
        )


# Whoever does the same work on the same device later need not find out once more what fits.
_known: dict[object, Descent[Way]] = {}


def descent(work: str, device: torch.device, ways: Sequence[Chosen]) -> Descent[Chosen]:
    """Return where on the way down some work is; this process has one for the same arguments."""
    fresh = Descent(work, device, tuple(ways))
    known = _known.setdefault((work, str(device), fresh.ways), fresh)  # type: ignore[arg-type]
    return known  # type: ignore[return-value]


def forget() -> None:
    """Begin at the best ways again, as when other programs have left a device."""
    _known.clear()


def halvings(most: int) -> tuple[int, ...]:
    """Return how many to try at once, from the most to one.

    >>> halvings(6)
    (6, 3, 2, 1)
    """
    return (1,) if most <= 1 else (most, *halvings((most + 1) // 2))


def in_memory(
    compute: Callable[[Sequence[Item], Chosen], list[Result]],
    items: Sequence[Item],
    course: Descent[Chosen],
) -> list[Result]:
    """Return what is computed of all items, by the best way that memory allows.

    Args:
        compute: Takes some items and a way, and returns a result for each.
        items: In order.
        course: See `descent`; goes down when it must.

    Raises:
        LackOfMemoryError: The thriftiest way asks for too much as well.
    """
    done: list[Result] = []
    while len(done) < len(items):
        left, before = items[len(done) :], course.way
        done += within_memory(
            partial(_compute_some, compute, left, course), partial(course.go_down, len(left))
        )
        if course.way != before:
            where = f"{course.work} on {course.device}"
            _log.warning("out of memory while %s: going on with %s", where, course.way)
    return done


def _compute_some(
    compute: Callable[[Sequence[Item], Chosen], list[Result]],
    left: Sequence[Item],
    course: Descent[Chosen],
) -> list[Result]:
    return compute(left[: course.way.at_once], course.way)


def _limited(way: Way, count: int) -> Way:
    return replace(way, at_once=min(way.at_once, count))
