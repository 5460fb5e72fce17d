"""Turns a mask into one polygon, as YOLO's label files want it."""

import functools

import cv2
import numpy as np
import numpy.typing as npt

from instavid.types import BoolArray

Points = npt.NDArray[np.float64]
_Pixels = npt.NDArray[np.int64]

_SPECK_PX = 9
"""Parts and holes with a smaller outline area are left out."""


def outline(mask: BoolArray) -> Points:
    """Return one closed line around a mask; parts and holes hang on it by bridges of no width.

    Args:
        mask: (H, W) bool, True inside.

    Returns:
        (n, 2) float64, centres of pixels as x, y; pixel (0, 0) is centred at 0.5, 0.5. Filled by
        the even-odd rule it gives the mask back. (0, 2) where the mask is empty or a speck.
    """
    found, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_SIMPLE)
    large = [ring for ring in found if cv2.contourArea(ring) >= _SPECK_PX]
    rings = [ring.reshape(-1, 2).astype(np.int64) for ring in sorted(large, key=len, reverse=True)]
    if not rings:
        return np.zeros((0, 2))
    line = functools.reduce(_joined, rings).astype(np.float64) + 0.5
    return line


def _joined(line: _Pixels, ring: _Pixels) -> _Pixels:
    """Go along the line, over to the ring where it is nearest, around it, and back."""
    far = ((line[:, None] - ring[None]) ** 2).sum(axis=2)
    leave, enter = np.unravel_index(int(far.argmin()), far.shape)
    around = np.concatenate((ring[enter:], ring[: enter + 1]))
    return np.concatenate((line[: leave + 1], around, line[leave:]))
