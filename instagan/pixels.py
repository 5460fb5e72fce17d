"""From pixels to what networks take: one size, [-1, 1]. Training and inference share it."""

from collections.abc import Sequence

import torch.nn.functional as F
from torch import Tensor
from torchvision.transforms.v2.functional import gaussian_blur, rgb_to_grayscale

_BLUR_SIGMA, _BLUR_SIZE = 1.5, 11


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


def sharpened(image: Tensor, amount: float) -> Tensor:
    """Return (3, h, w) in [-1, 1] with its detail enlarged: an unsharp mask of the luma.

    Colours stay as they are: enlarged as well, every faint fringe would glow.

    Args:
        image: as a generator made it, at its working size.
        amount: what to add of the difference from the blurred image; 0 adds nothing.
    """
    if not amount:
        return image
    luma = rgb_to_grayscale(image)
    blurred = gaussian_blur(luma, [_BLUR_SIZE, _BLUR_SIZE], [_BLUR_SIGMA, _BLUR_SIGMA])
    crisp: Tensor = image + amount * (luma - blurred)
    return crisp.clamp(-1, 1)


def masks_at(masks: Tensor, size: Sequence[int]) -> Tensor:
    """Return (N, h, w) bool masks at (N, *size), still bool: True where half is covered."""
    return resize(masks[None].float(), size)[0] >= 0.5
