"""Draws a sheep: a cloud of curls on thin legs, with a bare face and drooping ears."""

import numpy as np

from instavid.meadow.canvas import Colour, Sheet, union
from instavid.meadow.coats import fading
from instavid.meadow.fleece import DENSITY, SheepLooks, lumpy, woolly
from instavid.meadow.rig import Part, Rig
from instavid.meadow.sheep_head import sheep_ear, sheep_head
from instavid.meadow.sheep_legs import sheep_legs
from instavid.meadow.sprites import Sprite

_FLEECES: tuple[Colour, ...] = (
    (0.94, 0.89, 0.79), (0.90, 0.83, 0.69), (0.97, 0.94, 0.87), (0.80, 0.72, 0.60),
)  # fmt: skip
_FACES: tuple[Colour, ...] = (
    (0.10, 0.09, 0.09), (0.16, 0.12, 0.10), (0.86, 0.78, 0.68), (0.30, 0.22, 0.17),
)  # fmt: skip


def sheep_rig(seed: int) -> Rig:
    """Draw the sheep of a seed; one unit is the height of its back."""
    rng = np.random.default_rng([seed, 1])
    looks = SheepLooks(
        fleece=_varied(rng, _FLEECES[rng.choice(4, p=[0.4, 0.25, 0.25, 0.1])]),
        face=_varied(rng, _FACES[rng.choice(4, p=[0.4, 0.2, 0.25, 0.15])]),
        length=rng.uniform(0.52, 0.60),
        depth=rng.uniform(0.27, 0.31),
        leg=rng.uniform(0.44, 0.48),
    )
    fleece = _fleece(rng, looks)
    legs = {side: sheep_legs(rng, looks, side) for side in ("far", "near")}
    parts = (
        *legs["far"],
        Part("tail", _tail(rng, looks), (-looks.length + 0.02, 0.78)),
        *legs["near"],
        Part("trunk", fleece),
        Part("far_ear", sheep_ear(rng, looks, 0.7), (0.10, 0.045), "head"),
        Part("neck", _neck(rng, looks), (looks.length - 0.16, 0.80)),
        Part("head", sheep_head(rng, looks), (0.20, 0.15), "neck"),
        Part("near_ear", sheep_ear(rng, looks, 1.0), (0.015, 0.055), "head"),
    )
    return Rig(parts, stride=4 * looks.leg * 0.36, girth=(looks.length, 0.02))


def _varied(rng: np.random.Generator, colour: Colour) -> Colour:
    light, warmth = rng.normal(0, 0.025), rng.normal(0, 0.015)
    r, g, b = (channel * (1 + light) for channel in colour)
    return r * (1 + warmth), g, b * (1 - warmth)


def _fleece(rng: np.random.Generator, looks: SheepLooks) -> Sprite:
    length, middle = looks.length, looks.leg + looks.depth - 0.06
    sheet = Sheet(-length - 0.08, looks.leg - 0.16, length + 0.10, 1.12, DENSITY)
    alpha = union([
        lumpy(sheet, rng, 0, middle, length, looks.depth, lump=0.085),
        lumpy(sheet, rng, length - 0.20, middle + 0.05, 0.24, looks.depth - 0.03, lump=0.08),
        lumpy(sheet, rng, -length + 0.24, middle + 0.02, 0.25, looks.depth, lump=0.08),
    ])  # fmt: skip
    return sheet.sprite(
        woolly(rng, sheet, alpha, looks, curl=0.062, radius=0.26, dirt_below=0.75), alpha
    )


def _neck(rng: np.random.Generator, looks: SheepLooks) -> Sprite:
    sheet = Sheet(-0.24, -0.24, 0.34, 0.36, DENSITY)
    alpha = union([
        lumpy(sheet, rng, 0.02, 0.0, 0.18, 0.19, lump=0.07),
        lumpy(sheet, rng, 0.12, 0.10, 0.15, 0.16, lump=0.07),
    ])  # fmt: skip
    rgb = woolly(rng, sheet, alpha, looks, curl=0.055, radius=0.16)
    x, y = sheet.grid()
    # The root melts into the trunk behind it; a hard rim there would look like a ball glued on.
    root = fading(np.hypot(x - 0.02 + 0.10, y + 0.08) - 0.02, over=0.20)
    return sheet.sprite(rgb, alpha * np.maximum(root, fading(x + y * 0.5, over=0.2)))


def _tail(rng: np.random.Generator, looks: SheepLooks) -> Sprite:
    sheet = Sheet(-0.13, -0.30, 0.10, 0.09, DENSITY)
    alpha = union([
        lumpy(sheet, rng, -0.015, -0.04, 0.065, 0.09, lump=0.04),
        lumpy(sheet, rng, -0.03, -0.14, 0.055, 0.11, lump=0.04),
    ])  # fmt: skip
    return sheet.sprite(woolly(rng, sheet, alpha, looks, curl=0.045, radius=0.06), alpha)
