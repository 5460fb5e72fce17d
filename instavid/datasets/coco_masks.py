"""The outlines that COCO's instance files hold: polygons and run lengths, to masks.

The format of the run lengths is that of COCO's mask API (cocodataset/cocoapi, common/maskApi.c).
"""

from collections.abc import Sequence
from itertools import cycle

import numpy as np
import numpy.typing as npt

from instavid.types import BoolArray

_CORNERS = 3


def decode_segmentation(segmentation: object, *, height: int, width: int) -> BoolArray:
    """Return the mask that an annotation's `segmentation` stands for.

    Args:
        segmentation: A list of polygons [x, y, x, y, ...], whose union is meant, or run lengths
            as {"size": [height, width], "counts": list or compressed string}.
        height, width: Of the picture, px.

    Returns:
        (H, W) bool, True inside.

    Raises:
        ValueError: It is neither, is damaged, or is of a picture of another size.

    >>> decode_segmentation([[1, 0, 3, 0, 3, 2, 1, 2]], height=2, width=4).astype(int)
    array([[0, 1, 1, 0],
           [0, 1, 1, 0]])
    """
    if isinstance(segmentation, dict):
        if segmentation.get("size") != [height, width]:
            raise ValueError(f"has run lengths for {segmentation.get('size')}")
        counts = segmentation.get("counts")
        counts = read_counts(counts) if isinstance(counts, str) else counts
        return decode_runs(counts, height=height, width=width)
    if not isinstance(segmentation, list) or not segmentation:
        raise ValueError("has no outline")
    polygons = [
        corners for polygon in segmentation if len(corners := _corners(polygon)) >= _CORNERS
    ]
    if not polygons:
        raise ValueError("has a polygon without three corners")
    # Drawing programs leave points and lines behind, beside the outlines.
    parts = [fill_polygon(polygon, height=height, width=width) for polygon in polygons]
    union: BoolArray = np.logical_or.reduce(parts)
    return union


def fill_polygon(corners: npt.NDArray[np.float64], *, height: int, width: int) -> BoolArray:
    """Return which pixels have their centre in a polygon, by the even-odd rule.

    OpenCV's and Pillow's polygons hold their border too, and grow an animal by half a pixel.

    Args:
        corners: (P, 2) float, x and y in px from the picture's top left corner; the centre of
            the first pixel is (0.5, 0.5). What lies outside of the picture is cut off.
        height, width: Of the picture, px.

    Returns:
        (H, W) bool, True inside.
    """
    start, end = corners, np.roll(corners, -1, axis=0)
    centres = np.arange(height) + 0.5
    edges, rows = np.nonzero((start[:, 1:] <= centres) != (end[:, 1:] <= centres))
    (x, y), (dx, dy) = start[edges].T, (end - start)[edges].T
    crossings = x + (centres[rows] - y) * dx / dy
    # A pixel is inside where an odd number of edges crosses its row left of its centre.
    first = np.ceil(np.clip(crossings, 0, width) - 0.5).astype(int)
    crossed = np.zeros((height, width + 1), int)
    np.add.at(crossed, (rows, first), 1)
    inside: BoolArray = crossed[:, :width].cumsum(axis=1) % 2 == 1
    return inside


def decode_runs(counts: object, *, height: int, width: int) -> BoolArray:
    """Return the mask of run lengths down the columns, outside and inside by turns.

    Returns:
        (H, W) bool, True inside.

    Raises:
        ValueError: They are no list of integers from 0, or do not fill the picture.

    >>> decode_runs([1, 2, 3], height=2, width=3).astype(int)
    array([[0, 1, 0],
           [1, 0, 0]])
    """
    if not isinstance(counts, list) or not all(isinstance(n, int) and n >= 0 for n in counts):
        raise ValueError("has damaged run lengths")
    if sum(counts) != height * width:
        raise ValueError(f"has run lengths for {sum(counts)} of {height * width} pixels")
    inside = [value for value, _ in zip(cycle((False, True)), counts, strict=False)]
    return np.repeat(np.array(inside, bool), counts).reshape(width, height).T


def read_counts(text: str) -> list[int]:
    """Return the run lengths in a compressed string.

    Each character above "0" holds five bits, the lowest first, and a sixth that says whether the
    number goes on; the highest bit of its last five is the sign. From the fourth on, numbers are
    what to add to the last but one.

    Raises:
        ValueError: A character is none of these, or the last number has no end.

    >>> read_counts("123O")  # 1, 2, 3, 2 - 1
    [1, 2, 3, 1]
    """
    counts: list[int] = []
    value = shift = 0
    for character in text:
        bits = ord(character) - ord("0")
        if not 0 <= bits < 64:
            raise ValueError(f"has '{character}' in its run lengths")
        value |= (bits & 31) << shift
        shift += 5
        if bits & 32:
            continue
        value -= (1 << shift) if bits & 16 else 0
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value = shift = 0
    if shift:
        raise ValueError("has run lengths that break off")
    return counts


def _corners(polygon: object) -> npt.NDArray[np.float64]:
    if not isinstance(polygon, Sequence) or len(polygon) % 2:
        raise ValueError("has a polygon that is no list of x and y by turns")
    if not all(isinstance(n, int | float) and abs(n) < 1e9 for n in polygon):
        raise ValueError("has a polygon whose corners are no numbers")
    return np.array(polygon, np.float64).reshape(-1, 2)
