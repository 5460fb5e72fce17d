"""Mask augmentation: errors like a detector's, so that its masks are nothing new in use."""

import random

import torch
import torch.nn.functional as F
from torch import Tensor


def disturb(masks: Tensor, *, rng: random.Random) -> Tensor:
    """Return (N, H, W) float masks in {0, 1}, each with one error of a detector, or none.

    Boundaries too wide or too narrow, a coarse boundary (a mask drawn at low resolution and
    enlarged), the whole off by a little, a bite missing. A mask never vanishes altogether.
    """
    return torch.stack([_disturb_one(mask, rng) for mask in masks]) if len(masks) else masks


def _disturb_one(mask: Tensor, rng: random.Random) -> Tensor:
    if not mask.any():
        return mask
    error = rng.choice((_wider, _narrower, _coarser, _shifted, _bitten))
    changed = error(mask, rng)
    return changed if changed.sum() > 0.4 * mask.sum() else mask


def _reach(mask: Tensor, rng: random.Random) -> int:
    return rng.randint(1, max(1, round(0.03 * max(mask.shape))))


def _wider(mask: Tensor, rng: random.Random) -> Tensor:
    reach = _reach(mask, rng)
    return F.max_pool2d(mask[None], 2 * reach + 1, stride=1, padding=reach)[0]


def _narrower(mask: Tensor, rng: random.Random) -> Tensor:
    return 1 - _wider(1 - mask, rng)


def _coarser(mask: Tensor, rng: random.Random) -> Tensor:
    small = F.interpolate(mask[None, None], scale_factor=rng.uniform(0.2, 0.4), mode="area")
    return (F.interpolate(small, mask.shape, mode="bilinear")[0, 0] > 0.5).float()


def _shifted(mask: Tensor, rng: random.Random) -> Tensor:
    reach = _reach(mask, rng)
    down, right = rng.randint(0, 2 * reach), rng.randint(0, 2 * reach)
    height, width = mask.shape
    return F.pad(mask, (reach, reach, reach, reach))[down : down + height, right : right + width]


def _bitten(mask: Tensor, rng: random.Random) -> Tensor:
    """Take a disc out of the boundary region: its middle lies on a random pixel inside."""
    inside = mask.nonzero()
    y, x = inside[rng.randrange(len(inside))]
    radius = rng.uniform(0.1, 0.25) * float(mask.sum()) ** 0.5
    rows = torch.arange(mask.shape[0])[:, None] - y
    columns = torch.arange(mask.shape[1])[None, :] - x
    kept: Tensor = mask * (rows**2 + columns**2 > radius**2)
    return kept
