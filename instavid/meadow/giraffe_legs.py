"""Draws the legs of a giraffe: small patches on the thighs, pale shanks, hooves."""

import numpy as np

from instavid.meadow.canvas import Sheet, blended, dome, flat, lit
from instavid.meadow.coats import fading
from instavid.meadow.hide import DENSITY, GiraffeLooks, hide
from instavid.meadow.rig import Part
from instavid.meadow.sprites import Sprite

_FAR_LEG_LIGHT = 0.66


def giraffe_legs(rng: np.random.Generator, looks: GiraffeLooks, side: str) -> tuple[Part, ...]:
    """Return the four pieces of one side's legs; lower pieces lie behind upper ones."""
    light, shift = (1.0, 0.0) if side == "near" else (_FAR_LEG_LIGHT, 0.028)
    knee = -looks.leg * 0.50
    hips = ("front", 0.145 + shift, False), ("hind", -0.165 + shift, True)
    pieces = [(name, x, _leg_sprites(rng, looks, light, hind=hind)) for name, x, hind in hips]
    return tuple(
        part
        for name, x, (upper, lower) in pieces
        for part in (
            Part(f"{side}_{name}_lower", lower, (0.0, knee), f"{side}_{name}_upper"),
            Part(f"{side}_{name}_upper", upper, (x, looks.leg)),
        )
    )


def _leg_sprites(
    rng: np.random.Generator, looks: GiraffeLooks, light: float, *, hind: bool
) -> tuple[Sprite, Sprite]:
    """Return the thigh with small patches, and the pale shank with a hoof."""
    knee, foot = looks.leg * 0.50, looks.leg * 0.50
    wide = 0.062 if hind else 0.046
    upper = Sheet(-0.10, -knee - 0.04, 0.10, 0.13, DENSITY)
    thigh = upper.outline([
        (-wide, 0.08), (0.0, 0.11), (wide, 0.08), (wide * 0.9, 0.0), (0.030, -knee * 0.45),
        (0.020, -knee * 0.9), (0.017, -knee - 0.02), (-0.017, -knee - 0.02), (-0.021, -knee * 0.9),
        (-0.030, -knee * 0.45), (-wide * 0.9, 0.0),
    ])  # fmt: skip
    rgb = hide(rng, upper, thigh, looks, patch=looks.patch_size * 0.70, radius=0.04, ambient=0.5)
    lower = Sheet(-0.05, -foot - 0.01, 0.06, 0.05, DENSITY)
    shank = lower.outline([
        (-0.019, 0.025), (0.019, 0.025), (0.016, -foot * 0.12), (0.012, -foot * 0.4),
        (0.014, -foot * 0.8), (0.027, -foot), (-0.018, -foot), (-0.014, -foot * 0.8),
        (-0.012, -foot * 0.4), (-0.016, -foot * 0.12),
    ])  # fmt: skip
    skin = hide(rng, lower, shank, looks, patch=looks.patch_size * 0.55, radius=0.016, ambient=0.6)
    y = lower.grid()[1]
    bare = lit(dome(shank, radius_px=0.016 * lower.density), ambient=0.6) * 1.15
    skin = blended(
        skin,
        bare[..., None] * flat(looks.seam),
        fading(-y - foot * 0.05, over=foot * 0.55) * 0.85,
    )
    skin = blended(skin, flat([0.14, 0.11, 0.09]), fading(-foot * 0.87 - y, over=0.008))
    return upper.sprite(rgb * light, thigh), lower.sprite(skin * light, shank)
