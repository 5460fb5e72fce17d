"""Taking the time: two calls in turn, or one stage pass by pass."""

import time
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from statistics import median
from typing import Any, TypeVar

import torch

from instavid.metrics.intervals import (
    MedianInterval,
    median_interval,
    paired_ratios,
    relative_spread,
)

T = TypeVar("T")


@dataclass(frozen=True)
class PairedTimes:
    """What two calls took, round by round."""

    baseline_seconds: tuple[float, ...]
    candidate_seconds: tuple[float, ...]

    @property
    def ratios(self) -> list[float]:
        """Return baseline over candidate of each round: above 1, the candidate is faster."""
        return paired_ratios(self.baseline_seconds, self.candidate_seconds)

    @property
    def ratio(self) -> MedianInterval:
        """Return the median ratio with its 95 % interval."""
        return median_interval(self.ratios)

    @property
    def ratio_spread(self) -> float:
        """Return the distance between the quartiles of the ratios, as a share of their median."""
        return relative_spread(self.ratios)

    @property
    def baseline_ms(self) -> float:
        """Return the baseline's median time."""
        return 1000 * median(self.baseline_seconds)

    @property
    def candidate_ms(self) -> float:
        """Return the candidate's median time."""
        return 1000 * median(self.candidate_seconds)


def time_in_turn(
    baseline: Callable[[], object],
    candidate: Callable[[], object],
    *,
    rounds: int,
    warmups: int = 1,
    wait: Callable[[], None] = lambda: None,
) -> PairedTimes:
    """Time two calls side by side, and swap which goes first in every round.

    Args:
        baseline: What is compared against.
        candidate: What is judged.
        rounds: Pairs that count.
        warmups: Pairs before that, which do not.
        wait: Returns when the device has finished, see `waiter`.
    """
    calls = (baseline, candidate)
    seconds: tuple[list[float], list[float]] = ([], [])
    for number in range(warmups + rounds):
        for which in (0, 1) if number % 2 == 0 else (1, 0):
            took = _time(calls[which], wait)[1]
            if number >= warmups:
                seconds[which].append(took)
    return PairedTimes(tuple(seconds[0]), tuple(seconds[1]))


def time_passes(
    prepare: Callable[[], Callable[[], T]],
    *,
    passes: int = 3,
    limit_seconds: float = 20.0,
    wait: Callable[[], None] = lambda: None,
) -> tuple[T, tuple[float, ...]]:
    """Run a piece of work several times; return what the first made and what the others took.

    The first pass only warms up, unless there was no time for another.

    Args:
        prepare: Called before every pass, off the clock; returns the work.
        passes: Passes that count, at the most.
        limit_seconds: No pass begins after this long.
        wait: Returns when the device has finished.
    """
    result, first = _time(prepare(), wait)
    seconds: list[float] = []
    while len(seconds) < passes and first + sum(seconds) < limit_seconds:
        seconds.append(_time(prepare(), wait)[1])
    return result, tuple(seconds) or (first,)


def waiter(device: torch.device) -> Callable[[], None]:
    """Return a function that returns once everything sent to a device is done."""
    if device.type == "cuda":
        return partial(torch.cuda.synchronize, device)
    if device.type == "mps":
        return torch.mps.synchronize
    return lambda: None


def _time(call: Callable[[], Any], wait: Callable[[], None]) -> tuple[Any, float]:
    wait()
    started = time.perf_counter()
    result = call()
    wait()
    return result, time.perf_counter() - started
