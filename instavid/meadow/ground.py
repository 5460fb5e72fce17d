"""Paints the ground: a flat meadow without end, in perspective, free of flicker far away."""

import cv2
import numpy as np

from instavid.meadow.camera import EYE_M, View
from instavid.meadow.geometry import FloatArray, scaling, translation
from instavid.meadow.landscape import GRASS_SIDE_M, MOTTLE_SIDE_M
from instavid.meadow.sprites import texel_map
from instavid.types import ByteArray

_SOFTNESS = 0.8
"""Below 1 the grass is sharper than what is strictly free of flicker."""


def paint_ground(
    rgb: ByteArray, view: View, grass: tuple[ByteArray, ...], mottle: tuple[ByteArray, ...]
) -> None:
    """Paint everything below the horizon of (H, W, 3) uint8, in place."""
    top = max(0, int(np.ceil(view.horizon_px)))
    if top >= rgb.shape[0]:
        return
    fine = _filtered(grass, GRASS_SIDE_M, view, top=top, shape=rgb.shape)
    broad = _filtered(mottle, MOTTLE_SIDE_M, view, top=top, shape=rgb.shape)
    rgb[top:] = cv2.multiply(fine, broad, scale=1 / 128, dtype=cv2.CV_8U)


def _filtered(
    levels: tuple[ByteArray, ...], side_m: float, view: View, *, top: int, shape: tuple[int, ...]
) -> FloatArray:
    """Return a repeated square in perspective from row `top` on, between its two nearest sizes."""
    wanted = _levels_wanted(levels, side_m, view, top=top, bottom=shape[0])
    painted = np.zeros((shape[0] - top, shape[1], 3), np.float32)
    for number, level in enumerate(levels):
        weights = np.clip(1 - np.abs(wanted - number), 0, 1)
        rows = np.flatnonzero(weights > 0)
        if rows.size:
            first, last = int(rows[0]), int(rows[-1]) + 1
            band = _warped(level, number, view, levels[0].shape[0] / side_m,
                           rows=(top + first, top + last), width=shape[1])  # fmt: skip
            painted[first:last] += band * weights[first:last, None, None]
    return painted


def _levels_wanted(
    levels: tuple[ByteArray, ...], side_m: float, view: View, *, top: int, bottom: int
) -> FloatArray:
    """Return for each row which level's texels are as large as its pixels, whole or between."""
    below = np.arange(top, bottom) + 0.5 - view.horizon_px
    away = view.focal_px * EYE_M / np.maximum(below, 0.25)
    per_metre = levels[0].shape[0] / side_m
    across = away / view.focal_px * per_metre
    along = away**2 / (view.focal_px * EYE_M) * per_metre
    level = np.log2(np.sqrt(across * along) * _SOFTNESS)
    wanted: FloatArray = np.clip(level, 0, len(levels) - 1).astype(np.float32)
    return wanted


def _warped(
    level: ByteArray,
    number: int,
    view: View,
    per_metre: float,
    *,
    rows: tuple[int, int],
    width: int,
) -> ByteArray:
    texel = texel_map(number) @ scaling(per_metre, per_metre) @ np.linalg.inv(view.ground())
    band = cv2.warpPerspective(
        level,
        texel @ translation(0.5, rows[0] + 0.5),
        (width, rows[1] - rows[0]),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP,
    )
    return band.astype(np.uint8, copy=False)
