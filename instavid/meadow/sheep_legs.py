"""Draws the legs of a sheep: woolly thighs, thin bare shanks, hooves."""

import numpy as np

from instavid.meadow.canvas import Sheet, blended, dome, flat, lit, tinted
from instavid.meadow.coats import fading, hair
from instavid.meadow.fleece import DENSITY, SheepLooks, woolly
from instavid.meadow.geometry import FloatArray
from instavid.meadow.rig import Part
from instavid.meadow.sprites import Sprite

_FAR_LEG_LIGHT = 0.62


def sheep_legs(rng: np.random.Generator, looks: SheepLooks, side: str) -> tuple[Part, ...]:
    """Return the four pieces of one side's legs; lower pieces lie behind upper ones."""
    light, shift = (1.0, 0.0) if side == "near" else (_FAR_LEG_LIGHT, 0.045)
    front, hind = (_leg_sprites(rng, looks, light, hind=hind) for hind in (False, True))
    knee = -looks.leg * 0.52
    hips = (
        ("front", looks.length - 0.17 + shift, front),
        ("hind", -looks.length + 0.17 + shift, hind),
    )
    return tuple(
        part
        for name, x, (upper, lower) in hips
        for part in (
            Part(f"{side}_{name}_lower", lower, (0.0, knee), f"{side}_{name}_upper"),
            Part(f"{side}_{name}_upper", upper, (x, looks.leg)),
        )
    )


def _leg_sprites(
    rng: np.random.Generator, looks: SheepLooks, light: float, *, hind: bool
) -> tuple[Sprite, Sprite]:
    """Return the upper piece, woolly, and the lower one, bare with a hoof."""
    knee, foot = looks.leg * 0.52, looks.leg * 0.48
    wide = 0.085 if hind else 0.065
    upper = Sheet(-0.15, -knee - 0.05, 0.15, 0.12, DENSITY)
    thigh = upper.outline([
        (-wide, 0.08), (wide, 0.08), (wide * 0.9, -knee * 0.35), (0.030, -knee * 0.85),
        (0.022, -knee - 0.02), (-0.022, -knee - 0.02), (-0.030, -knee * 0.8), (-wide, -knee * 0.3),
    ])  # fmt: skip
    wool = woolly(rng, upper, thigh, looks, curl=0.045, radius=0.07) * 0.78
    bare = _bare(rng, upper, thigh, looks)
    reach = fading(upper.grid()[1] + knee * 0.62, over=0.05)
    top = upper.sprite(blended(bare, wool.astype(np.float32), reach) * light, thigh)
    lower = Sheet(-0.08, -foot - 0.02, 0.09, 0.06, DENSITY)
    shank = lower.outline([
        (-0.027, 0.03), (0.027, 0.03), (0.021, -foot * 0.4), (0.023, -foot * 0.75), (0.040, -foot),
        (-0.027, -foot), (-0.021, -foot * 0.75), (-0.020, -foot * 0.4),
    ])  # fmt: skip
    skin = _bare(rng, lower, shank, looks)
    hoof = fading(-foot * 0.80 - lower.grid()[1], over=0.015)
    skin = blended(skin, flat([0.09, 0.075, 0.065]), hoof)
    return top, lower.sprite(skin * light, shank)


def _bare(
    rng: np.random.Generator, sheet: Sheet, alpha: FloatArray, looks: SheepLooks
) -> FloatArray:
    """Return the colours of a leg without wool."""
    light = lit(dome(alpha, radius_px=0.03 * sheet.density), ambient=0.55) * 1.2
    return tinted(light * hair(rng, sheet.shape, length_px=6), looks.face)
