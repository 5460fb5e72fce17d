"""How much two pictures differ outside of masks: PSNR, SSIM and L1 of what was to stay."""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from instavid.types import BoolArray, ByteArray

# Wang et al. 2004, "Image Quality Assessment", section III-C.
_WINDOW, _SIGMA = 11, 1.5
_LUMA = np.array([0.299, 0.587, 0.114])
_C1, _C2 = (0.01 * 255) ** 2, (0.03 * 255) ** 2

DoubleArray = npt.NDArray[np.float64]


@dataclass(frozen=True)
class PictureDifference:
    """Of one picture, over the pixels that count."""

    squared: float
    """Mean squared difference of the samples of R, G and B, in levels squared."""
    l1: float
    """Mean absolute difference, in levels of 255."""
    ssim: float | None
    """Mean over the windows that no mask touches; None where there is no such window."""


@dataclass(frozen=True)
class ContextFigures:
    """Means over pictures, each counting the same."""

    psnr_db: float
    """10 log10(255^2 / mean squared difference); infinite where nothing differs."""
    ssim: float | None
    l1: float
    pictures: int


def context_difference(
    before: ByteArray, after: ByteArray, outside: BoolArray
) -> PictureDifference | None:
    """Compare two pictures where neither shows an object.

    Args:
        before: (H, W, 3) uint8 RGB.
        after: (H, W, 3) uint8 RGB.
        outside: (H, W) bool, True for pixels that count.

    Returns:
        None if no pixel counts.
    """
    if not outside.any():
        return None
    apart = (before[outside].astype(np.float64)) - after[outside]
    found = _similarity(before, after)[_untouched_windows(outside)]
    return PictureDifference(
        squared=float(np.mean(apart**2)),
        l1=float(np.mean(np.abs(apart))),
        ssim=float(found.mean()) if found.size else None,
    )


def mean_difference(found: Sequence[PictureDifference]) -> ContextFigures | None:
    """Return the means over some pictures; None if there are none.

    >>> mean_difference([PictureDifference(65.025, 5.0, 0.5), PictureDifference(65.025, 7.0, None)])
    ContextFigures(psnr_db=30.0, ssim=0.5, l1=6.0, pictures=2)
    """
    if not found:
        return None
    squared = float(np.mean([each.squared for each in found]))
    ssims = [each.ssim for each in found if each.ssim is not None]
    return ContextFigures(
        psnr_db=10 * math.log10(255**2 / squared) if squared else math.inf,
        ssim=float(np.mean(ssims)) if ssims else None,
        l1=float(np.mean([each.l1 for each in found])),
        pictures=len(found),
    )


def _similarity(before: ByteArray, after: ByteArray) -> DoubleArray:
    """Return the SSIM of the window around each pixel, (H, W), of the luma."""
    x, y = before @ _LUMA, after @ _LUMA
    mean_x, mean_y = _weighted(x), _weighted(y)
    var_x, var_y = _weighted(x * x) - mean_x**2, _weighted(y * y) - mean_y**2
    covariance = _weighted(x * y) - mean_x * mean_y
    light = (2 * mean_x * mean_y + _C1) / (mean_x**2 + mean_y**2 + _C1)
    pattern = (2 * covariance + _C2) / (var_x + var_y + _C2)
    similarity: DoubleArray = light * pattern
    return similarity


def _weighted(values: DoubleArray) -> DoubleArray:
    """Return the Gaussian mean of the window around each pixel."""
    return cv2.GaussianBlur(values, (_WINDOW, _WINDOW), _SIGMA).astype(np.float64, copy=False)


def _untouched_windows(outside: BoolArray) -> BoolArray:
    """Return the pixels whose window lies in the picture and touches no mask, (H, W) bool."""
    # What lies beyond the picture counts as mask.
    padded = np.pad(outside.astype(np.uint8), _WINDOW // 2)
    whole = cv2.erode(padded, np.ones((_WINDOW, _WINDOW), np.uint8))
    return whole[_WINDOW // 2 : -(_WINDOW // 2), _WINDOW // 2 : -(_WINDOW // 2)] > 0
