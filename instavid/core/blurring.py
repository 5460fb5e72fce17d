"""How blurred an object is, by what is left to lose when it is blurred once more."""

import cv2
import numpy as np

from instavid.types import BoolArray, ByteArray

_TAPS = 11  # of the filter, as in the paper
_AROUND = 7  # px, of the square that grows the mask: the silhouette is often its only edge


def to_gray(rgb: ByteArray) -> ByteArray:
    """Return (h, w) uint8 brightness of (h, w, 3) uint8 RGB."""
    return cv2.cvtColor(rgb, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False)


def blur_of(gray: ByteArray, inside: BoolArray) -> float:
    """Return how blurred a picture is where a mask says, 0 (sharp) to 1.

    Differences between neighbours that a further blur leaves as they are show that the picture was
    blurred before (Crete et al. 2007, The Blur Effect, equations 1 to 6), here summed over the
    mask alone. The direction with more blur counts. A flat picture has nothing to lose: 1.

    Args:
        gray: (H, W) uint8.
        inside: (H, W) bool, True on the object.
    """
    where = cv2.dilate(inside.astype(np.uint8), np.ones((_AROUND, _AROUND), np.uint8)) > 0
    sharp = gray.astype(np.float32)
    return max(_blur_along(axis, sharp, where) for axis in (0, 1))


def _blur_along(axis: int, sharp: np.ndarray, where: BoolArray) -> float:
    size = (1, _TAPS) if axis == 0 else (_TAPS, 1)
    blurred = cv2.blur(sharp, size, borderType=cv2.BORDER_REFLECT)
    both = where[1:] if axis == 0 else where[:, 1:]
    before, after = (np.abs(np.diff(picture, axis=axis))[both] for picture in (sharp, blurred))
    total = float(before.sum())
    lost = float(np.maximum(0, before - after).sum())
    return 1 - lost / total if total else 1.0
