"""The guard against what is not finite: such a step is left out, and a long row ends the run."""

from collections.abc import Iterable

import torch
from torch import Tensor, nn

from instagan.errors import CollapseError


def shorten_gradient(network: nn.Module, *, limit: float) -> Tensor:
    """Return the L2 norm of a network's gradient as it was, 0-d; scale a longer one to `limit`.

    A limit of 0 leaves the gradient as it is. A norm of finite numbers may overflow: then the
    gradient is as useless as one that is not finite.
    """
    if limit:
        return nn.utils.clip_grad_norm_(network.parameters(), limit)
    gradients = [p.grad for p in network.parameters() if p.grad is not None]
    norm: Tensor = nn.utils.get_total_norm(gradients)
    return norm


def all_finite(values: Iterable[Tensor]) -> bool:
    """Say whether 0-d tensors are all finite; this waits for their device, once."""
    known = list(values)
    device = known[0].device
    return bool(torch.stack([value.to(device) for value in known]).isfinite().all())


class SkipGuard:
    """Counts the steps that were left out because a loss or a gradient was not finite.

    Args:
        limit: so many in a row end the run; 0 for any number.
    """

    def __init__(self, limit: int) -> None:
        self.limit = limit
        self.in_a_row = 0
        self.total = 0

    @property
    def is_alarmed(self) -> bool:
        """Whether the last step was left out."""
        return self.in_a_row > 0

    def note(self, *, was_skipped: bool, now: int) -> None:
        """Take in one step; `now` is its number, for the message.

        Raises:
            CollapseError: it was one too many.
        """
        self.in_a_row = self.in_a_row + 1 if was_skipped else 0
        self.total += was_skipped
        if self.limit and self.in_a_row >= self.limit:
            raise CollapseError(
                f"Losses or gradients of {self.in_a_row} steps in a row, up to step {now}, were "
                "not finite; the last saved state is of before: resume with lower rates, or with "
                "--clip"
            )
