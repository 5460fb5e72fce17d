"""Draws the bare face of a sheep, its woolly cap and its drooping ears."""

import numpy as np

from instavid.meadow.canvas import Sheet, blended, dome, flat, lit, tinted, union
from instavid.meadow.coats import hair
from instavid.meadow.fleece import DENSITY, SheepLooks, lumpy, woolly
from instavid.meadow.geometry import FloatArray
from instavid.meadow.sprites import Sprite


def sheep_head(rng: np.random.Generator, looks: SheepLooks) -> Sprite:
    sheet = Sheet(-0.14, -0.26, 0.36, 0.20, DENSITY * 1.3)
    face = sheet.outline([
        (-0.06, 0.03), (0.0, 0.095), (0.08, 0.08), (0.18, 0.0), (0.255, -0.085), (0.265, -0.135),
        (0.235, -0.17), (0.18, -0.165), (0.09, -0.125), (0.0, -0.11), (-0.06, -0.06),
    ])  # fmt: skip
    light = lit(dome(face, radius_px=0.085 * sheet.density), ambient=0.42) * 1.15
    rgb = tinted(light * hair(rng, sheet.shape, length_px=5), looks.face)
    is_pale = sum(looks.face) / 3 > 0.5
    muzzle = flat([0.55, 0.42, 0.38]) if is_pale else flat(looks.face) * 1.7 + 0.05
    nose = sheet.disc(0.242, -0.125, 0.055, 0.045) * 0.8
    rgb = blended(rgb, light[..., None] * muzzle, nose)
    rgb = _features(sheet, rgb, looks)
    cap = lumpy(sheet, rng, -0.015, 0.07, 0.105, 0.085, lump=0.05)
    wool = woolly(rng, sheet, cap, looks, curl=0.04, radius=0.07) * 1.04
    return sheet.sprite(blended(rgb, wool.astype(np.float32), cap), union([face, cap]))


def _features(sheet: Sheet, rgb: FloatArray, looks: SheepLooks) -> FloatArray:
    """Draw eye, nostril and mouth."""
    dark, amber, white = (flat(c) for c in ([0.04] * 3, [0.62, 0.42, 0.14], [0.95] * 3))
    rgb = blended(rgb, dark, sheet.disc(0.255, -0.115, 0.017, 0.010, tilt=0.9))
    mouth = [(0.262, -0.142), (0.20, -0.128), (0.198, -0.134), (0.258, -0.150)]
    rgb = blended(rgb, dark, sheet.polygon(mouth) * 0.8)
    rgb = blended(rgb, amber, sheet.disc(0.088, 0.008, 0.026, 0.021))
    rgb = blended(rgb, dark, sheet.disc(0.088, 0.008, 0.019, 0.013))
    return blended(rgb, white, sheet.disc(0.094, 0.015, 0.006, 0.006))


def sheep_ear(rng: np.random.Generator, looks: SheepLooks, light: float) -> Sprite:
    sheet = Sheet(-0.20, -0.14, 0.05, 0.07, DENSITY * 1.3)
    alpha = sheet.outline([
        (0.02, 0.012), (-0.05, 0.04), (-0.13, 0.015), (-0.175, -0.055),
        (-0.12, -0.06), (-0.05, -0.03), (0.01, -0.025),
    ])  # fmt: skip
    shade = lit(dome(alpha, radius_px=0.035 * sheet.density), ambient=0.45) * light * 1.15
    rgb = tinted(shade * hair(rng, sheet.shape, length_px=4), looks.face)
    inner = sheet.disc(-0.09, -0.012, 0.055, 0.014, tilt=0.45) * 0.6
    return sheet.sprite(blended(rgb, flat([0.52, 0.34, 0.30]) * light, inner), alpha)
