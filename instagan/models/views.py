"""What a discriminator is shown of a sample, and one discriminator for each such view."""

from collections.abc import Mapping

from torch import Tensor, nn

from instagan.config import View
from instagan.masks import coverage
from instagan.types import SetBatch


def show(batch: SetBatch, view: View) -> SetBatch:
    """Return what a view leaves of a batch.

    "picture" is all of it, as in the paper. "object" is mid grey outside the masks, so that
    neither the background nor an object still waiting for its turn can give a fake away.
    Soft masks fade, hence gradients reach the generated masks.
    """
    if view == "picture":
        return batch
    return SetBatch(batch.image * coverage(batch.masks), batch.masks, batch.valid)


class ViewedDiscriminator(nn.Module):
    """A discriminator for each view of the same samples."""

    def __init__(self, judges: Mapping[View, nn.Module]) -> None:
        super().__init__()
        self.judges = nn.ModuleDict({str(view): judge for view, judge in judges.items()})

    def forward(self, batch: SetBatch) -> list[Tensor]:
        """Return one (B, 1, h, w) score map for each view, near 1 for real."""
        scores = []
        for view, judge in self.judges.items():
            seen = show(batch, view)  # type: ignore[arg-type]
            scores.append(judge(seen.image, seen.masks, seen.valid).float())
        return scores
