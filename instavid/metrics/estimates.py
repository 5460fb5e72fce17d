"""How sure a share or a mean is, where measurements come in groups that resemble each other."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import sqrt

import numpy as np

_Z_95 = 1.959964


@dataclass(frozen=True)
class Estimate:
    """A share or a mean and its 95 % interval."""

    value: float
    low: float
    high: float

    def times(self, factor: float) -> "Estimate":
        """Return it in another unit."""
        return Estimate(factor * self.value, factor * self.low, factor * self.high)

    def __str__(self) -> str:
        return f"{self.value:.3f} ({self.low:.3f} to {self.high:.3f})"


def wilson(hits: int, trials: int) -> Estimate:
    """Return a share of independent trials with Wilson's interval.

    >>> str(wilson(9, 10))
    '0.900 (0.596 to 0.982)'

    Raises:
        ValueError: There is no trial, or more hits than trials.
    """
    if not 0 <= hits <= trials or trials == 0:
        raise ValueError(f"need 0 <= hits <= trials and a trial, got {hits} of {trials}")
    share, spread = hits / trials, _Z_95**2 / trials
    middle = (share + spread / 2) / (1 + spread)
    reach = _Z_95 / (1 + spread) * sqrt(share * (1 - share) / trials + spread / (4 * trials))
    return Estimate(share, max(0.0, middle - reach), min(1.0, middle + reach))


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
