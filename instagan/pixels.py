"""From pixels to what networks take: one size, [-1, 1]. Training and inference share it."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor


def resize(pixels: Tensor, size: Sequence[int]) -> Tensor:
    """Resize (B, C, h, w) without aliasing; an exact no-op where the size fits."""
    if tuple(pixels.shape[-2:]) == tuple(size):
        return pixels
    return F.interpolate(pixels, tuple(size), mode="bilinear", antialias=True, align_corners=False)


def picture_at(picture: Tensor, size: Sequence[int]) -> Tensor:
    """Return a (3, h, w) uint8 picture as (3, *size) float in [-1, 1].

    >>> picture_at(torch.tensor([0, 255], dtype=torch.uint8).view(1, 1, 2), (1, 2)).tolist()
    [[[-1.0, 1.0]]]
    """
    return resize(picture[None].float(), size)[0] / 127.5 - 1


def masks_at(masks: Tensor, size: Sequence[int]) -> Tensor:
    """Return (N, h, w) bool masks at (N, *size), still bool: True where half is covered."""
    return resize(masks[None].float(), size)[0] >= 0.5
