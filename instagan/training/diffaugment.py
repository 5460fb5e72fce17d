"""Differentiable augmentation of what a discriminator sees (Zhao et al. 2020).

Picture and masks move together; colours change in the picture only. Every sample draws its own.
"""

from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from instagan.config import Augmentation
from instagan.masks import BLANK
from instagan.types import SetBatch

_SHIFT = 0.125
_CUTOUT = 0.5


def augment(batch: SetBatch, policy: Sequence[Augmentation], *, rng: torch.Generator) -> SetBatch:
    """Return the batch augmented in the order of `policy`; gradients pass through.

    Args:
        batch: what a discriminator is about to see.
        policy: any of "color", "translation", "cutout"; none returns the batch itself.
        rng: a CPU generator.
    """
    for name in policy:
        batch = _POLICIES[name](batch, rng)
    return batch


def _color(batch: SetBatch, rng: torch.Generator) -> SetBatch:
    x = batch.image
    x = x + _draw(x, rng) - 0.5
    grey = x.mean(1, keepdim=True)
    x = (x - grey) * (2 * _draw(x, rng)) + grey
    mean = x.mean((1, 2, 3), keepdim=True)
    return SetBatch((x - mean) * (_draw(x, rng) + 0.5) + mean, batch.masks, batch.valid)


def _translation(batch: SetBatch, rng: torch.Generator) -> SetBatch:
    """Shift by up to an eighth of each side; what comes in is mid grey, and no mask."""
    height, width = batch.image.shape[-2:]
    reach_y, reach_x = round(height * _SHIFT), round(width * _SHIFT)
    rows = _indices(height, reach_y, len(batch.image), rng)[:, :, None]
    columns = _indices(width, reach_x, len(batch.image), rng)[:, None, :]

    def shift(x: Tensor, fill: float) -> Tensor:
        padded = F.pad(x, (reach_x, reach_x, reach_y, reach_y), value=fill).permute(0, 2, 3, 1)
        sample = torch.arange(len(x), device=x.device)[:, None, None]
        return padded[sample, rows.to(x.device), columns.to(x.device)].permute(0, 3, 1, 2)

    return SetBatch(shift(batch.image, 0.0), shift(batch.masks, BLANK), batch.valid)


def _cutout(batch: SetBatch, rng: torch.Generator) -> SetBatch:
    """Hide a rectangle of half of each side: mid grey, and no mask."""
    count, _, height, width = batch.image.shape
    inside = _covered(height, count, rng)[:, :, None] & _covered(width, count, rng)[:, None, :]
    hole = inside[:, None].to(batch.image.device)
    image = batch.image.masked_fill(hole, 0.0)
    return SetBatch(image, batch.masks.masked_fill(hole, BLANK), batch.valid)


def _draw(x: Tensor, rng: torch.Generator) -> Tensor:
    """Return (B, 1, 1, 1), uniform in 0..1."""
    return torch.rand(len(x), 1, 1, 1, generator=rng).to(x)


def _indices(length: int, reach: int, count: int, rng: torch.Generator) -> Tensor:
    """Return (count, length) places in an axis padded by `reach` on both sides."""
    starts = torch.randint(0, 2 * reach + 1, (count, 1), generator=rng)
    return starts + torch.arange(length)


def _covered(length: int, count: int, rng: torch.Generator) -> Tensor:
    """Return (count, length) bool: which places a window of half the length covers."""
    size = round(length * _CUTOUT)
    middle = torch.randint(0, length + 1, (count, 1), generator=rng)
    return (torch.arange(length) - middle + size // 2).clamp(0, size) == (
        torch.arange(length) - middle + size // 2
    )


_POLICIES: dict[Augmentation, Callable[[SetBatch, torch.Generator], SetBatch]] = {
    "color": _color,
    "translation": _translation,
    "cutout": _cutout,
}
