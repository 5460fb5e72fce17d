"""Small upright copies of frames, straight from the decoder's samples, for looking at motion."""

import cv2
import numpy as np

from instavid.types import ByteArray, Frame

_GRAY_WIDTH = 640
_THUMBNAIL_SIZE = 64, 36  # px across and down


def gray_copy(frame: Frame) -> ByteArray:
    """Return the first component (luma, or green), upright, (h, w) uint8, at most 640 px wide."""
    height, width = frame.picture.upright_size
    scale = min(1.0, _GRAY_WIDTH / width)
    return _component(frame, 0, (max(1, round(width * scale)), max(1, round(height * scale))))


def thumbnail(frame: Frame) -> ByteArray:
    """Return the components as coded, upright, (36, 64, 3) uint8; gray has three equal ones."""
    three = (0, 1, 2) if len(frame.planes) >= 3 else (0, 0, 0)
    return np.stack([_component(frame, index, _THUMBNAIL_SIZE) for index in three], axis=-1)


def _component(frame: Frame, index: int, size: tuple[int, int]) -> ByteArray:
    """Return one plane, upright and scaled to (width, height), uint8."""
    orientation = frame.picture.orientation
    coded = size[::-1] if orientation.swaps_axes else size
    small = cv2.resize(frame.planes[index], coded, interpolation=cv2.INTER_AREA)
    eight_bits = np.right_shift(small, max(0, frame.picture.bits - 8)).astype(np.uint8)
    return np.ascontiguousarray(orientation.upright(eight_bits))
