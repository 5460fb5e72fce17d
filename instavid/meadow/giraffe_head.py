"""Draws the head of a giraffe: long and pale in front, two knobbed horns, leaf-shaped ears."""

import numpy as np

from instavid.meadow.canvas import Sheet, blended, dome, flat, lit, union
from instavid.meadow.coats import fading, hair
from instavid.meadow.geometry import FloatArray
from instavid.meadow.hide import DARK, DENSITY, GiraffeLooks, hide
from instavid.meadow.sprites import Sprite


def giraffe_head(rng: np.random.Generator, looks: GiraffeLooks) -> Sprite:
    """Draw the head with its joint at the poll, the muzzle forward and a little down."""
    sheet = Sheet(-0.07, -0.12, 0.18, 0.115, DENSITY * 1.4)
    face = sheet.outline([
        (-0.045, -0.01), (-0.03, 0.03), (0.01, 0.040), (0.05, 0.022), (0.10, -0.022),
        (0.145, -0.050), (0.160, -0.072), (0.150, -0.092), (0.12, -0.092), (0.07, -0.070),
        (0.02, -0.050), (-0.03, -0.045),
    ])  # fmt: skip
    horns = union([
        sheet.polygon([(-0.012, 0.02), (-0.022, 0.085), (-0.005, 0.087), (0.010, 0.025)]),
        sheet.polygon([(0.010, 0.025), (0.008, 0.088), (0.024, 0.088), (0.030, 0.025)]),
    ])  # fmt: skip
    knobs = union(
        [sheet.disc(-0.014, 0.090, 0.0125, 0.014), sheet.disc(0.016, 0.091, 0.0125, 0.014)]
    )
    alpha = union([face, horns, knobs])
    rgb = hide(rng, sheet, alpha, looks, patch=0.032, radius=0.035, ambient=0.5)
    light = lit(dome(alpha, radius_px=0.03 * sheet.density), ambient=0.5)[..., None] * 1.2
    x, _ = sheet.grid()
    front = fading(x - 0.055, over=0.05) * 0.85
    rgb = blended(rgb, light * flat(looks.seam) * 0.92, front)
    rgb = blended(rgb, light * flat([0.56, 0.45, 0.38]), sheet.disc(0.140, -0.073, 0.030, 0.022))
    rgb = blended(
        rgb,
        light * flat(looks.patch) * 0.9,
        horns * fading(sheet.grid()[1] - 0.03, over=0.01),
    )
    rgb = blended(rgb, light * flat(DARK) * 1.5, knobs)
    return sheet.sprite(_features(sheet, rgb), alpha)


def _features(sheet: Sheet, rgb: FloatArray) -> FloatArray:
    """Draw eye, nostril and mouth."""
    dark, white = flat(DARK), flat([0.95] * 3)
    rgb = blended(rgb, dark, sheet.disc(0.045, -0.004, 0.014, 0.011, tilt=-0.4))
    rgb = blended(rgb, white, sheet.disc(0.048, 0.000, 0.0035, 0.0035))
    rgb = blended(rgb, dark, sheet.disc(0.147, -0.066, 0.009, 0.005, tilt=0.8))
    mouth = [(0.156, -0.084), (0.11, -0.075), (0.108, -0.079), (0.152, -0.089)]
    return blended(rgb, dark, sheet.polygon(mouth) * 0.8)


def giraffe_ear(rng: np.random.Generator, looks: GiraffeLooks, light: float) -> Sprite:
    sheet = Sheet(-0.09, -0.03, 0.02, 0.06, DENSITY * 1.4)
    alpha = sheet.outline([
        (0.006, 0.004), (-0.02, 0.022), (-0.05, 0.036), (-0.078, 0.040), (-0.06, 0.012),
        (-0.03, -0.006), (0.0, -0.010),
    ])  # fmt: skip
    shade = lit(dome(alpha, radius_px=0.014 * sheet.density), ambient=0.5) * light * 1.15
    rgb = (shade * hair(rng, sheet.shape, length_px=4))[..., None] * flat(looks.seam)
    inner = sheet.disc(-0.036, 0.016, 0.026, 0.007, tilt=-0.5) * 0.7
    return sheet.sprite(blended(rgb, flat([0.45, 0.27, 0.20]) * light, inner), alpha)
