"""How sure a mean is, where measurements come in groups that resemble each other."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True)
class Estimate:
    """A mean and its 95 % interval."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def ratio_over_groups(
    numerators: Sequence[float], denominators: Sequence[float], *, seed: int, rounds: int = 2000
) -> Estimate:
    """Return the ratio of two sums, with an interval from drawing whole groups again.

    The frames of a clip resemble each other: drawn one by one they would seem to be many witnesses.

    >>> ratio_over_groups([8.0, 9.0], [10.0, 10.0], seed=0)
    Estimate(value=0.85, low=0.8, high=0.9)

    Args:
        numerators: One sum per group, at least one group.
        denominators: What each is divided by in the end, not all 0.
        seed: Of the drawing.
        rounds: How often to draw.

    Raises:
        ValueError: There is no group, or nothing to divide by.
    """
    above, below = np.asarray(numerators, float), np.asarray(denominators, float)
    if above.shape != below.shape or not below.sum() > 0:
        raise ValueError(f"need as many sums as counts, not all 0, got {above} and {below}")
    drawn = np.random.default_rng(seed).integers(below.size, size=(rounds, below.size))
    sums, counts = above[drawn].sum(axis=1), below[drawn].sum(axis=1)
    ratios = sums[counts > 0] / counts[counts > 0]
    low, high = np.quantile(ratios, [0.025, 0.975])
    return Estimate(float(above.sum() / below.sum()), float(low), float(high))
