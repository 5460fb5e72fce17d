"""Shares and spreads, with what they are worth: Wilson intervals and quartiles."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt
from statistics import quantiles
from typing import Any

_Z_95 = 1.959963984540054  # the normal distribution has 95 % within so many standard deviations


@dataclass(frozen=True)
class Rate:
    """How many of how many."""

    hits: int
    n: int

    def __post_init__(self) -> None:
        if not 0 <= self.hits <= self.n or self.n < 1:
            raise ValueError(f"a rate needs 0 <= hits <= n and n >= 1, got {self.hits} of {self.n}")

    @property
    def share(self) -> float:
        """Return hits over n, 0 to 1."""
        return self.hits / self.n

    @property
    def interval(self) -> tuple[float, float]:
        """Return the 95 % interval of the share, by Wilson's score (1927), uncorrected.

        >>> tuple(round(end, 4) for end in Rate(81, 263).interval)
        (0.2553, 0.3662)
        """
        z2 = _Z_95**2
        centre = (self.hits + z2 / 2) / (self.n + z2)
        misses = self.n - self.hits
        half = _Z_95 * sqrt(self.hits * misses / self.n + z2 / 4) / (self.n + z2)
        return max(0.0, centre - half), min(1.0, centre + half)

    def to_json(self) -> dict[str, Any]:
        """Return the share, its interval, and what it was counted from."""
        low, high = self.interval
        return {"share": self.share, "low": low, "high": high, "hits": self.hits, "n": self.n}

    def __str__(self) -> str:
        low, high = self.interval
        return f"{self.share:.3f}  {low:.3f} to {high:.3f}  ({self.hits} of {self.n})"


@dataclass(frozen=True)
class Quartiles:
    """The middle half of some values."""

    low: float
    median: float
    high: float
    n: int

    @staticmethod
    def of(values: Sequence[float]) -> "Quartiles | None":
        """Return the quartiles of values, those of the sample itself; None if there are none.

        >>> Quartiles.of([1.0, 2.0, 3.0, 4.0, 5.0])
        Quartiles(low=2.0, median=3.0, high=4.0, n=5)
        """
        if len(values) < 2:
            return Quartiles(values[0], values[0], values[0], 1) if values else None
        low, median, high = quantiles(values, n=4, method="inclusive")
        return Quartiles(low, median, high, len(values))

    def __str__(self) -> str:
        return f"{self.median:.3f}  {self.low:.3f} to {self.high:.3f}  (n {self.n})"
