"""Sprites: pictures with a silhouette, kept at falling sizes, and how they are put on a frame."""

from dataclasses import dataclass
from math import log2

import cv2
import numpy as np

from instagan.windows import Window
from instavid.meadow.geometry import FloatArray, Matrix, apply, scaling, translation
from instavid.types import BoolArray, ByteArray

_SHARPNESS = 0.4
"""Added to the level: 0.5 keeps texels per pixel within 0.7 to 1.4, less is sharper."""


@dataclass(frozen=True)
class Sprite:
    """A picture fixed to a part; its surface is measured in units of the part, y upwards."""

    levels: tuple[ByteArray, ...]
    """(h, w, 4) uint8 RGB times alpha, and alpha; each level half as large as the one before."""
    texel_from_local: Matrix
    """From the surface to texels of the first level, corner at (0, 0)."""

    @property
    def corners(self) -> Matrix:
        """Return the corners on the surface, (4, 2)."""
        height, width = self.levels[0].shape[:2]
        texels = [(0, 0), (width, 0), (width, height), (0, height)]
        local_from_texel = np.linalg.inv(self.texel_from_local).astype(np.float64, copy=False)
        return apply(local_from_texel, texels)

    def level_for(self, texels_per_pixel: float) -> int:
        """Return the level whose texels are about as large as pixels."""
        wanted = int(log2(max(texels_per_pixel, 1e-6)) + _SHARPNESS)
        return min(max(0, wanted), len(self.levels) - 1)


def make_sprite(rgb: FloatArray, alpha: FloatArray, *, texel_from_local: Matrix) -> Sprite:
    """Build a sprite from colours, (h, w, 3) 0 to 1, and coverage, (h, w) 0 to 1."""
    premultiplied = np.dstack([rgb.clip(0, 1) * alpha[..., None], alpha])
    return Sprite(pyramid((premultiplied * 255 + 0.5).astype(np.uint8)), texel_from_local)


def pyramid(picture: ByteArray) -> tuple[ByteArray, ...]:
    """Return a picture and its halvings, down to 4 texels."""
    levels = [picture]
    while min(levels[-1].shape[:2]) >= 8:
        # Halved to a whole number of texels: an odd last row would shift what follows.
        height, width = (-(-side // 2) for side in levels[-1].shape[:2])
        padded = _pad_to(levels[-1], height * 2, width * 2)
        halved = cv2.resize(padded, (width, height), interpolation=cv2.INTER_AREA)
        levels.append(halved.astype(np.uint8, copy=False))
    return tuple(levels)


def _pad_to(picture: ByteArray, height: int, width: int) -> ByteArray:
    down, right = height - picture.shape[0], width - picture.shape[1]
    padded = cv2.copyMakeBorder(picture, 0, down, 0, right, cv2.BORDER_REPLICATE)
    return padded.astype(np.uint8, copy=False)


def texel_map(level: int) -> Matrix:
    """Return the map from texel corners of the first level to texel indices of another.

    Corner coordinates put the middle of texel 0 at 0.5; indices, which OpenCV takes, at 0.
    """
    return translation(-0.5, -0.5) @ scaling(0.5**level, 0.5**level)


def paint(
    rgb: ByteArray, sprite: Sprite, screen_from_local: Matrix, *, wraps: bool = False
) -> tuple[Window, BoolArray]:
    """Put a sprite on a frame, in place.

    Args:
        rgb: (H, W, 3) uint8, written to.
        sprite: What to paint.
        screen_from_local: Affine map from its surface to pixel corners of the frame.
        wraps: True when it repeats itself sideways for ever.

    Returns:
        The window that was touched, and where the sprite hides what is behind it, (h, w) bool.
    """
    window = _extent(apply(screen_from_local, sprite.corners), rgb.shape, wraps=wraps)
    if window.is_empty:
        return window, np.zeros((window.height, window.width), bool)
    local_from_screen = np.linalg.inv(screen_from_local)
    texel_from_screen = sprite.texel_from_local @ local_from_screen
    level = sprite.level_for(abs(np.linalg.det(texel_from_screen[:2, :2])) ** 0.5)
    matrix = texel_map(level) @ texel_from_screen @ translation(window.left + 0.5, window.top + 0.5)
    patch = cv2.warpAffine(
        sprite.levels[level],
        matrix[:2],
        (window.width, window.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_WRAP if wraps else cv2.BORDER_CONSTANT,
    )
    alpha = patch[..., 3]
    behind = rgb[window.slices]
    hidden = cv2.merge([cv2.bitwise_not(alpha)] * 3)
    kept = cv2.multiply(behind, hidden, scale=1 / 255)
    behind[:] = cv2.add(kept, np.ascontiguousarray(patch[..., :3]))
    return window, alpha >= 128


def _extent(corners: Matrix, shape: tuple[int, ...], *, wraps: bool) -> Window:
    """Return the pixels of the frame within the box of some points."""
    low, high = np.floor(corners.min(axis=0)), np.ceil(corners.max(axis=0))
    left, right = (0, shape[1]) if wraps else (int(low[0]), int(high[0]))
    box = Window(left, int(low[1]), right, int(high[1]))
    return box.intersect(Window(0, 0, shape[1], shape[0]))
