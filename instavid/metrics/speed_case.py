"""Two ways to the same result, timed in turn."""

from dataclasses import dataclass

from instavid.metrics.speed import PairedTimes

SAME_NUMBERS = 1e-3
"""Largest difference that counts as rounding: of outputs, which lie in [-1, 1], or of losses, as a
share of them."""


@dataclass(frozen=True)
class SpeedCase:
    """A baseline and a candidate on the same samples."""

    masks: int
    """Instances of each picture."""
    batch: int
    """Samples that each timing covers."""
    baseline: str
    candidate: str
    times: PairedTimes
    max_difference: float
    """Between the two results, see `SAME_NUMBERS`."""

    @property
    def agrees(self) -> bool:
        """Return whether both compute the same."""
        return self.max_difference <= SAME_NUMBERS
