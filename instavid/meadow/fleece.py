"""Draws wool: lumpy silhouettes, and curls on whatever they enclose."""

from dataclasses import dataclass

import numpy as np

from instavid.meadow.canvas import Colour, Sheet, blended, dome, flat, lit, tinted, union
from instavid.meadow.coats import fading, wool_relief
from instavid.meadow.geometry import FloatArray

DENSITY = 300.0
"""Texels per unit (the height of the back): sharp up to a sheep 300 px tall."""


@dataclass(frozen=True)
class SheepLooks:
    """What differs from sheep to sheep."""

    fleece: Colour
    face: Colour
    length: float
    """Half the length of the trunk, units."""
    depth: float
    """Half the depth of the trunk, units."""
    leg: float
    """Height of the elbow, units."""


def lumpy(
    sheet: Sheet,
    rng: np.random.Generator,
    x: float,
    y: float,
    rx: float,
    ry: float,
    *,
    lump: float,
    square: float = 2.4,
) -> FloatArray:
    """Return the silhouette of a ball of wool: a rounded box with lumps all along its rim."""
    count = round(2 * np.pi * np.sqrt((rx * rx + ry * ry) / 2) / (lump * 1.15))
    angles = (np.arange(count) + rng.uniform(-0.25, 0.25, count)) * 2 * np.pi / count
    power = 2 / square
    c, s = np.cos(angles), np.sin(angles)
    px = x + (rx - lump * 0.7) * np.sign(c) * np.abs(c) ** power
    py = y + (ry - lump * 0.7) * np.sign(s) * np.abs(s) ** power
    sizes = rng.uniform(0.75, 1.15, count) * lump
    core = sheet.polygon(np.stack([px, py], axis=1))
    return union([core, *(sheet.disc(*lump) for lump in zip(px, py, sizes, sizes, strict=True))])


def woolly(
    rng: np.random.Generator,
    sheet: Sheet,
    alpha: FloatArray,
    looks: SheepLooks,
    *,
    curl: float,
    radius: float,
    dirt_below: float = -9.0,
) -> FloatArray:
    """Return the colours of wool on a silhouette, darker below and between the curls."""
    relief = wool_relief(rng, sheet.shape, curl_px=curl * sheet.density)
    body = dome(alpha, radius_px=radius * sheet.density)
    light = lit(body * 1.15 + relief * 0.75, ambient=0.30) * 1.02
    hollow = np.clip((relief - relief.mean()) / (2.2 * relief.std()), -1, 1) * 0.10
    warmth = np.asarray(looks.fleece) * np.array([1.0, 0.985, 0.96])
    lights = tinted((light + hollow).astype(np.float32), tuple(warmth))
    dirt = fading(dirt_below - sheet.grid()[1], over=0.35)
    return blended(lights, lights * flat([0.80, 0.74, 0.66]), dirt)
