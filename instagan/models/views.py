"""What a discriminator is shown of a sample, and one discriminator for each such view."""

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from instagan.config import View
from instagan.masks import BLANK, coverage
from instagan.types import SetBatch

# Around the box of the objects, as a share of its larger side.
_ROOM = 0.05


def show(batch: SetBatch, view: View) -> SetBatch:
    """Return what a view leaves of a batch.

    "picture" is all of it, as in the paper. "object" is mid grey outside the masks, so that
    neither the background nor an object still waiting for its turn can give a fake away.
    "crop" is that, of the window around all masks, at half the picture's size: real and made
    objects are seen equally large, whatever their crops' margins. Half, as a made object often
    fills half of its crop, and the blur of enlarging it would give it away. Soft masks fade,
    hence gradients reach the generated masks.
    """
    if view == "picture":
        return batch
    alone = SetBatch(batch.image * coverage(batch.masks), batch.masks, batch.valid)
    return alone if view == "object" else _close_up(alone)


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


def _close_up(batch: SetBatch) -> SetBatch:
    """Return the window around each sample's masks, of the picture's aspect, at half its size."""
    height, width = batch.image.shape[-2:]
    centre, share = _windows(batch.masks)
    theta = torch.cat([torch.diag_embed(share[:, None].expand(-1, 2)), centre[:, :, None]], 2)
    grid = F.affine_grid(theta, [len(share), 1, height, width], align_corners=False)

    def look(x: Tensor, outside: float) -> Tensor:
        seen = F.grid_sample(x.float() - outside, grid, align_corners=False) + outside
        return F.avg_pool2d(seen, 2)

    masks = look(batch.masks, BLANK) if batch.masks.shape[1] else batch.masks
    return SetBatch(look(batch.image, 0.0), masks, batch.valid)


@torch.no_grad()
def _windows(masks: Tensor) -> tuple[Tensor, Tensor]:
    """Return middle (B, 2) as x, y in -1 to 1, and size (B,) of what encloses all masks.

    The size is a share of the picture's sides; without a mask it is the whole picture.
    """
    inside = (masks > 0).any(1)
    height, width = inside.shape[1:]
    low_x, high_x = _span(inside.any(1))
    low_y, high_y = _span(inside.any(2))
    centre = torch.stack([(low_x + high_x) / width - 1, (low_y + high_y) / height - 1], 1)
    share = torch.maximum((high_x - low_x) / width, (high_y - low_y) / height)
    return centre, share * (1 + 2 * _ROOM)


def _span(inside: Tensor) -> tuple[Tensor, Tensor]:
    """Return start and end (B,) of the True ones of (B, n); of none, 0 and n."""
    count = inside.shape[1]
    place = torch.arange(count, device=inside.device)
    low = torch.where(inside, place, count).amin(1)
    high = torch.where(inside, place, -1).amax(1) + 1
    empty = ~inside.any(1)
    return low.masked_fill(empty, 0).float(), high.masked_fill(empty, count).float()
