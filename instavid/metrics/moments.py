"""Small copies of what a source, its result and its matte show at one moment."""

from dataclasses import dataclass

import cv2
import numpy as np

from instavid.core.composite import NEW_MASK, OLD_MASK
from instavid.core.thumbnails import thumbnail
from instavid.metrics.sheets import resized
from instavid.metrics.warping import FloatArray
from instavid.types import BoolArray, ByteArray, Frame

_WIDEST = 640


@dataclass(frozen=True)
class Moment:
    """One frame of everything, as far as the next one needs it."""

    index: int
    thumb: ByteArray
    gray: ByteArray
    """(h, w) uint8, of the source, at most 640 px wide, as the next two."""
    source: FloatArray
    """(h, w, 3) float32, 0 to 1."""
    result: FloatArray
    old: BoolArray
    """(h, w) bool, True everywhere without mattes, as `new`."""
    new: BoolArray


def look(frame: Frame, rgb: ByteArray, painted: ByteArray, matte: ByteArray) -> Moment:
    """Return what the next frame will need of this one.

    Args:
        frame: Of the source.
        rgb: (H, W, 3) uint8, the same frame, upright.
        painted: (H, W, 3) uint8, of the result.
        matte: (H, W) uint8, see `instavid.core.composite`.
    """
    height, width = rgb.shape[:2]
    scale = min(1.0, _WIDEST / width)
    size = max(1, round(height * scale)), max(1, round(width * scale))
    small = resized(rgb, *size)
    return Moment(
        index=frame.index,
        thumb=thumbnail(frame),
        gray=cv2.cvtColor(small, cv2.COLOR_RGB2GRAY).astype(np.uint8, copy=False),
        source=_unit(small),
        result=_unit(resized(painted, *size)),
        old=_small_mask((matte & OLD_MASK) > 0, size),
        new=_small_mask((matte & NEW_MASK) > 0, size),
    )


def _unit(rgb: ByteArray) -> FloatArray:
    unit: FloatArray = rgb.astype(np.float32) / np.float32(255)
    return unit


def _small_mask(inside: BoolArray, size: tuple[int, int]) -> BoolArray:
    coverage = cv2.resize(inside.astype(np.float32), size[::-1], interpolation=cv2.INTER_AREA)
    small: BoolArray = coverage > 0.5
    return small
