"""How sure a median is: distribution-free intervals, spreads and ratios of paired measurements."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import comb
from statistics import median, quantiles


@dataclass(frozen=True)
class MedianInterval:
    """A median and where the true one lies."""

    median: float
    low: float
    high: float
    coverage: float
    """Chance that an interval made like this one holds the true median, 0 to 1."""


def median_interval(samples: Sequence[float], *, confidence: float = 0.95) -> MedianInterval:
    """Return the median between two of the samples, by rank, whatever their distribution.

    The interval from the k-th least to the k-th largest of n samples misses the true median when
    fewer than k fall on one side of it: two tails of a fair coin thrown n times. The largest k that
    keeps the confidence is taken. Five samples or fewer cannot reach 95 %: they give their
    extremes, and the coverage says what that is worth.

    >>> median_interval([9.0, 1.0, 3.0, 5.0, 7.0, 11.0])
    MedianInterval(median=6.0, low=1.0, high=11.0, coverage=0.96875)

    Args:
        samples: At least one, independent of one another.
        confidence: Least coverage wanted, above 0 and below 1.

    Raises:
        ValueError: There is no sample, or the confidence is out of range.
    """
    if not samples or not 0 < confidence < 1:
        raise ValueError(f"need samples and 0 < confidence < 1, got {len(samples)}, {confidence}")
    ordered, count = sorted(samples), len(samples)
    rank = 1
    while 2 * (rank + 1) <= count and _coverage(count, rank + 1) >= confidence:
        rank += 1
    return MedianInterval(
        median(ordered), ordered[rank - 1], ordered[-rank], _coverage(count, rank)
    )


def paired_ratios(numerators: Sequence[float], denominators: Sequence[float]) -> list[float]:
    """Return the ratio of each pair, so that what slowed both down at once cancels.

    >>> paired_ratios([2.0, 8.0], [1.0, 2.0])
    [2.0, 4.0]
    """
    return [above / below for above, below in zip(numerators, denominators, strict=True)]


def relative_spread(samples: Sequence[float]) -> float:
    """Return the distance between the quartiles as a share of the median, 0 for one sample.

    >>> relative_spread([1.0, 2.0, 3.0, 4.0, 5.0])
    0.6666666666666666
    """
    if len(samples) < 2:
        return 0.0
    lower, middle, upper = quantiles(samples, n=4, method="inclusive")
    return (upper - lower) / middle


def _coverage(count: int, rank: int) -> float:
    """Return the chance that the true median lies between the two samples of a rank."""
    one_tail = sum(comb(count, k) for k in range(rank)) / float(2**count)
    return max(0.0, 1 - 2 * one_tail)
