"""Whether a finished picture is still the source's outside the region that was touched."""

from typing import Any

import numpy as np

from instavid.core.composite import TOUCHED, Composite
from instavid.types import BoolArray, Frame

_COLOUR_PLANES = 3
"""A fourth one is transparency, which nothing may touch anywhere."""


def altered_samples(source: Frame, result: Composite) -> int:
    """Return how many samples outside the touched region differ from the source.

    Args:
        source: As it was decoded.
        result: What became of it, before it is encoded.
    """
    if result.frame.planes is source.planes:
        return 0
    coded = source.picture.orientation.coded(result.matte)
    touched = (coded & TOUCHED) > 0
    altered = 0
    for number, (before, after) in enumerate(zip(source.planes, result.frame.planes, strict=True)):
        differs: Any = before != after
        if number < _COLOUR_PLANES:
            differs = differs & ~_covered(touched, before.shape)
        altered += int(np.count_nonzero(differs))
    return altered


def _covered(touched: BoolArray, shape: tuple[int, ...]) -> BoolArray:
    """Return which samples of a plane cover a touched pixel, bool of the plane's shape."""
    if touched.shape == shape:
        return touched
    down, across = -(-touched.shape[0] // shape[0]), -(-touched.shape[1] // shape[1])
    extra = (shape[0] * down - touched.shape[0], shape[1] * across - touched.shape[1])
    full = np.pad(touched, ((0, extra[0]), (0, extra[1])))
    blocks = full.reshape(shape[0], down, shape[1], across)
    covered: BoolArray = np.any(blocks, axis=(1, 3))
    return covered
