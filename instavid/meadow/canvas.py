"""A sheet to draw one part on: silhouettes, and light from above on what they enclose."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from instavid.meadow.geometry import FloatArray, Matrix, apply, smooth_outline
from instavid.meadow.sprites import Sprite, make_sprite

Colour = tuple[float, float, float]
"""RGB, each 0 to 1."""

_LIGHT_UP, _LIGHT_FRONT = 0.70, 0.71
_SUBPIXEL_BITS = 4


@dataclass(frozen=True)
class Sheet:
    """A rectangle of a part's surface, in units of the part, and how finely it is drawn."""

    left: float
    bottom: float
    right: float
    top: float
    density: float
    """Texels per unit."""

    @property
    def shape(self) -> tuple[int, int]:
        """Return (height, width), texels."""
        size = self.top - self.bottom, self.right - self.left
        height, width = (max(8, round(side * self.density)) for side in size)
        return height, width

    @property
    def texel_from_local(self) -> Matrix:
        """Return the map from the surface (y up) to texel corners (y down)."""
        d = self.density
        return np.array([[d, 0, -self.left * d], [0, -d, self.top * d], [0, 0, 1.0]])

    def grid(self) -> tuple[FloatArray, FloatArray]:
        """Return x and y on the surface of every texel, each (height, width)."""
        height, width = self.shape
        x = self.left + (np.arange(width, dtype=np.float32) + 0.5) / self.density
        y = self.top - (np.arange(height, dtype=np.float32) + 0.5) / self.density
        gx, gy = np.meshgrid(x, y)
        return gx, gy

    def polygon(self, points: npt.ArrayLike) -> FloatArray:
        """Return the coverage of a polygon on the surface, (height, width) 0 to 1."""
        texels = (apply(self.texel_from_local, points) - 0.5) * 2**_SUBPIXEL_BITS
        cover = np.zeros(self.shape, np.uint8)
        outline = [np.round(texels).astype(np.int32)]
        cv2.fillPoly(cover, outline, 255, lineType=cv2.LINE_AA, shift=_SUBPIXEL_BITS)
        return cover.astype(np.float32) / 255

    def outline(self, points: Sequence[tuple[float, float]]) -> FloatArray:
        """Return the coverage of a smooth closed curve through points, (height, width)."""
        return self.polygon(smooth_outline(points))

    def disc(self, x: float, y: float, rx: float, ry: float, *, tilt: float = 0.0) -> FloatArray:
        """Return the coverage of an ellipse, its long axis turned by `tilt` radians."""
        gx, gy = self.grid()
        c, s = np.cos(tilt), np.sin(tilt)
        u = ((gx - x) * c + (gy - y) * s) / rx
        v = (-(gx - x) * s + (gy - y) * c) / ry
        edge = (1 - np.sqrt(u * u + v * v)) * min(rx, ry) * self.density
        cover: FloatArray = np.clip(edge + 0.5, 0, 1).astype(np.float32)
        return cover

    def sprite(self, rgb: FloatArray, alpha: FloatArray) -> Sprite:
        """Make the drawing a sprite."""
        return make_sprite(rgb, alpha, texel_from_local=self.texel_from_local)


def union(covers: Sequence[FloatArray]) -> FloatArray:
    """Return what any of some silhouettes covers."""
    joined: FloatArray = np.maximum.reduce(list(covers))
    return joined


def dome(alpha: FloatArray, *, radius_px: float) -> FloatArray:
    """Return the height of a pillow over a silhouette, round at its rim, (height, width) px."""
    rim = cv2.distanceTransform((alpha > 0.5).astype(np.uint8), cv2.DIST_L2, 5)
    depth = np.clip(rim / radius_px, 0, 1)
    height = radius_px * np.sqrt(1 - (1 - depth) ** 2)
    blurred: FloatArray = cv2.GaussianBlur(height, (0, 0), max(0.6, radius_px * 0.12))
    return blurred


def lit(height: FloatArray, *, ambient: float = 0.35) -> FloatArray:
    """Return the brightness of a relief under light from above, about 1 where it faces the light.

    Args:
        height: (height, width), px towards the viewer.
        ambient: Brightness of what is turned away.
    """
    gx = cv2.Sobel(height, cv2.CV_32F, 1, 0, scale=1 / 8)
    gy = cv2.Sobel(height, cv2.CV_32F, 0, 1, scale=1 / 8)
    # Rows grow downwards: a slope that falls towards the top of the picture has gy > 0.
    facing = (gy * _LIGHT_UP + _LIGHT_FRONT) / np.sqrt(1 + gx * gx + gy * gy)
    light: FloatArray = ambient + (1 - ambient) * np.clip(facing, 0, 1)
    return light


def flat(colour: Sequence[float]) -> FloatArray:
    """Return a colour as an array, (3,) float32."""
    return np.asarray(colour, np.float32)


def tinted(light: FloatArray, colour: Colour) -> FloatArray:
    """Return a colour under some light, (height, width, 3)."""
    painted: FloatArray = light[..., None] * np.asarray(colour, np.float32)
    return painted


def blended(below: FloatArray, above: FloatArray, cover: FloatArray) -> FloatArray:
    """Lay colours over others where a cover, (height, width) 0 to 1, says so."""
    mixed: FloatArray = below + (above - below) * cover[..., None]
    return mixed
