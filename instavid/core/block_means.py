"""A picture in a few numbers: the means of its blocks, which coding hardly changes."""

import cv2
import numpy as np
import numpy.typing as npt

from instavid.picture import Planes

_FIRST, _OTHERS = (6, 4), (3, 2)
"""Blocks across and down: of the first plane (luma, or green), and of each further one."""
STEPS = 256
"""Steps per level, so that what an encoder loses is not lost in rounding."""


def block_means(planes: Planes, *, bits: int) -> npt.NDArray[np.uint16]:
    """Return the means of all blocks, plane after plane, in 1/256 of one of 256 levels.

    Args:
        planes: As coded.
        bits: Per sample.

    Returns:
        (K,) uint16; K is 24 for one plane, and 6 more for each further one.

    >>> block_means((np.full((8, 12), 3, np.uint8),), bits=8).tolist() == [3 * 256] * 24
    True
    """
    grids = [_FIRST, *[_OTHERS] * (len(planes) - 1)]
    means = [
        cv2.resize(plane.astype(np.float32), grid, interpolation=cv2.INTER_AREA).reshape(-1)
        for plane, grid in zip(planes, grids, strict=True)
    ]
    levels = np.concatenate(means) / 2.0 ** (bits - 8)
    steps: npt.NDArray[np.uint16] = np.rint(levels * STEPS).astype(np.uint16)
    return steps


def plane_slices(planes: int) -> list[slice]:
    """Return where the means of each of a number of planes stand.

    >>> plane_slices(2)
    [slice(0, 24, None), slice(24, 30, None)]
    """
    first, others = _FIRST[0] * _FIRST[1], _OTHERS[0] * _OTHERS[1]
    ends = [first + n * others for n in range(planes)]
    return [slice(start, end) for start, end in zip([0, *ends], ends, strict=False)]


def count_means(planes: int) -> int:
    """Return K, how many means a picture of a number of planes has.

    >>> count_means(3)
    36
    """
    return int(plane_slices(planes)[-1].stop)
