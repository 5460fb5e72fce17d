"""Where the pixels of a frame were in the one before, and what that tells of flicker.

The flow is Farneback's: whatever the pipeline does to keep a result steady uses another one, for a
measure that shares its flow with what it measures flatters it.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from scipy import ndimage

from instavid.types import BoolArray, ByteArray

FloatArray = npt.NDArray[np.float32]

_EDGE = 3  # px inside a silhouette over which flow is smeared by what is behind it


@dataclass(frozen=True)
class Motion:
    """From a frame back to the one before."""

    backward: FloatArray
    """(h, w, 2) float32: where each pixel was, relative to itself, as (dx, dy) px."""
    visible: BoolArray
    """(h, w) bool, True where the same thing was seen there and the flow can be trusted."""


def measure_motion(before: ByteArray, now: ByteArray) -> Motion:
    """Measure motion by dense flow both ways.

    Occluded is what does not come back (Lai et al. 2018, section 4.1, after Ruder et al. 2016):
    ||f + b||^2 > 0.01 (||f||^2 + ||b||^2) + 0.5, or lies on a motion boundary:
    ||grad u||^2 + ||grad v||^2 > 0.01 ||f||^2 + 0.002.

    Args:
        before: (h, w) uint8, grey.
        now: (h, w) uint8, grey, the frame after.
    """
    backward, forward = _flow(now, before), _flow(before, now)
    returning = warp(forward, backward)
    lengths = _squared(backward)
    astray = _squared(backward + returning) > 0.01 * (lengths + _squared(returning)) + 0.5
    down, across = (np.asarray(np.gradient(backward, axis=axis), np.float32) for axis in (0, 1))
    bend: FloatArray = _squared(down) + _squared(across)
    boundary = bend > 0.01 * lengths + 0.002
    return Motion(backward, ~astray & ~boundary & was_in_frame(backward))


def warp(before: npt.NDArray[np.float32], backward: FloatArray) -> FloatArray:
    """Bring what was seen in the frame before to where it is now.

    Args:
        before: (h, w) or (h, w, C) float32.
        backward: See `Motion`.

    Returns:
        The same shape; zero where it was outside the frame.
    """
    y, x = np.indices(backward.shape[:2], dtype=np.float32)
    return cv2.remap(  # type: ignore[return-value]
        before,
        x + backward[..., 0],
        y + backward[..., 1],
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )


def was_in_frame(backward: FloatArray) -> BoolArray:
    """Return whether each pixel lay in the frame before, (h, w) bool."""
    height, width = backward.shape[:2]
    y, x = np.indices((height, width), dtype=np.float32)
    there_x, there_y = x + backward[..., 0], y + backward[..., 1]
    inside: BoolArray = (
        (there_x >= 0) & (there_x <= width - 1) & (there_y >= 0) & (there_y <= height - 1)
    )
    return inside


def with_objects(backward: FloatArray, objects: BoolArray) -> FloatArray:
    """Let what surrounds objects move with them: a neck moves as the body below it.

    Args:
        backward: See `Motion`.
        objects: (h, w) bool, where the objects are that flow could be measured on.

    Returns:
        The flow in which pixels at the edge of an object and outside it move as the nearest one
        well inside; unchanged without objects.
    """
    core = cv2.erode(objects.astype(np.uint8), np.ones((2 * _EDGE + 1,) * 2, np.uint8)) > 0
    core = core if core.any() else objects
    if not core.any():
        return backward
    rows, columns = ndimage.distance_transform_edt(
        ~core, return_distances=False, return_indices=True
    )
    carried: FloatArray = backward[rows, columns]
    return carried


def mean_squared(one: FloatArray, other: FloatArray, where: BoolArray) -> float | None:
    """Return the mean squared difference over some pixels; None if there are none.

    Args:
        one: (h, w, 3) float32, 0 to 1.
        other: The same.
        where: (h, w) bool.
    """
    if not where.any():
        return None
    return float(np.square(one[where] - other[where]).mean())


def mask_change(before: BoolArray, now: BoolArray, backward: FloatArray) -> float | None:
    """Return 1 - IoU of a mask and the one before, brought here; None if there is neither.

    Args:
        before: (h, w) bool, of the frame before.
        now: (h, w) bool.
        backward: See `Motion`; pixels that were outside the frame do not count.
    """
    carried = warp(before.astype(np.float32), backward) > 0.5
    counted = was_in_frame(backward)
    either = np.count_nonzero((carried | now) & counted)
    both = np.count_nonzero(carried & now & counted)
    return 1 - both / either if either else None


def sharpness(gray: ByteArray, where: BoolArray) -> float | None:
    """Return the variance of the Laplacian over some pixels; None if there are none.

    Args:
        gray: (H, W) uint8.
        where: (H, W) bool.
    """
    if not where.any():
        return None
    return float(cv2.Laplacian(gray.astype(np.float32), cv2.CV_32F)[where].var())


def _flow(start: ByteArray, end: ByteArray) -> FloatArray:
    zero = np.zeros((*start.shape, 2), np.float32)
    return cv2.calcOpticalFlowFarneback(  # type: ignore[return-value]
        start, end, zero, 0.5, 5, 15, 3, 5, 1.1, 0
    )


def _squared(vectors: FloatArray) -> FloatArray:
    return np.square(vectors).sum(axis=-1)  # type: ignore[no-any-return]
