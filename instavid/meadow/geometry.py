"""Plane geometry: 3x3 matrices that act on column vectors (x, y, 1)."""

from collections.abc import Sequence
from math import cos, sin
from typing import Any

import numpy as np
import numpy.typing as npt

Matrix = npt.NDArray[np.float64]
"""(3, 3) float64; an affine map or a homography of the plane."""
FloatArray = npt.NDArray[np.floating[Any]]
"""Mostly float32: of such pictures and textures are drawn."""


def translation(x: float, y: float) -> Matrix:
    """Return the map that moves by (x, y)."""
    return np.array([[1.0, 0.0, x], [0.0, 1.0, y], [0.0, 0.0, 1.0]])


def scaling(x: float, y: float) -> Matrix:
    """Return the map that stretches about the origin."""
    return np.diag([x, y, 1.0])


def rotation(radians: float) -> Matrix:
    """Return the map that turns about the origin, from x towards y."""
    c, s = cos(radians), sin(radians)
    return np.array([[c, -s, 0.0], [s, c, 0.0], [0.0, 0.0, 1.0]])


def apply(matrix: Matrix, points: npt.ArrayLike) -> Matrix:
    """Map points.

    Args:
        matrix: The map.
        points: (..., 2) x and y.

    Returns:
        (..., 2) float64.

    >>> apply(translation(1, 2), [[0, 0], [5, 5]]).tolist()
    [[1.0, 2.0], [6.0, 7.0]]
    """
    xy = np.asarray(points, np.float64)
    mapped = xy @ matrix[:, :2].T + matrix[:, 2]
    result: Matrix = mapped[..., :2] / mapped[..., 2:]
    return result


def smooth_outline(points: Sequence[tuple[float, float]], *, steps: int = 8) -> Matrix:
    """Return a closed Catmull-Rom curve through points, (len(points) * steps, 2)."""
    p = np.asarray(points, np.float64)
    a, b, c, d = (np.roll(p, shift, axis=0)[:, None] for shift in (1, 0, -1, -2))
    t = (np.arange(steps) / steps)[None, :, None]
    curve = b + 0.5 * t * (c - a + t * (2 * a - 5 * b + 4 * c - d + t * (3 * (b - c) + d - a)))
    result: Matrix = curve.reshape(-1, 2)
    return result
