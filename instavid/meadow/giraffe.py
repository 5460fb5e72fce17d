"""Draws a giraffe: a long maned neck, a sloping back, dark patches with pale seams, high legs."""

from collections.abc import Callable

import numpy as np

from instavid.meadow.canvas import Colour, Sheet, blended, flat, union
from instavid.meadow.coats import fading, hair
from instavid.meadow.geometry import FloatArray
from instavid.meadow.giraffe_head import giraffe_ear, giraffe_head
from instavid.meadow.giraffe_legs import giraffe_legs
from instavid.meadow.hide import DARK, DENSITY, GiraffeLooks, hide
from instavid.meadow.rig import Part, Rig
from instavid.meadow.sprites import Sprite

_MANE = (0.36, 0.17, 0.07)

_PATCHES: tuple[Colour, ...] = (
    (0.58, 0.31, 0.12), (0.46, 0.22, 0.09), (0.67, 0.40, 0.17), (0.38, 0.19, 0.10),
)  # fmt: skip
_SEAMS: tuple[Colour, ...] = ((0.93, 0.84, 0.64), (0.90, 0.78, 0.55), (0.95, 0.89, 0.74))


def giraffe_rig(seed: int) -> Rig:
    """Draw the giraffe of a seed; one unit is its height with the head up, or so."""
    rng = np.random.default_rng([seed, 2])
    light = 1 + rng.normal(0, 0.05)
    looks = GiraffeLooks(
        patch=_times(_PATCHES[rng.integers(4)], light),
        seam=_times(_SEAMS[rng.integers(3)], 1 + rng.normal(0, 0.02)),
        patch_size=rng.uniform(0.058, 0.078),
        leg=rng.uniform(0.375, 0.405),
        reach=rng.uniform(0.42, 0.48),
        lean=rng.uniform(0.36, 0.54),
    )
    legs = {side: giraffe_legs(rng, looks, side) for side in ("far", "near")}
    tip = (looks.reach * np.sin(looks.lean), looks.reach * np.cos(looks.lean))
    parts = (
        *legs["far"],
        Part("tail", _tail(rng, looks), (-0.205, looks.leg + 0.115)),
        *legs["near"],
        Part("trunk", _trunk(rng, looks)),
        Part("neck", _neck(rng, looks), (0.125, looks.leg + 0.145)),
        Part("far_ear", giraffe_ear(rng, looks, 0.75), (0.012, 0.028), "head"),
        Part("head", giraffe_head(rng, looks), (float(tip[0]), float(tip[1])), "neck"),
        Part("near_ear", giraffe_ear(rng, looks, 1.0), (-0.012, 0.02), "head"),
    )
    return Rig(parts, stride=4 * looks.leg * 0.30, girth=(0.24, 0.0))


def _times(colour: Colour, light: float) -> Colour:
    r, g, b = (channel * light for channel in colour)
    return r, g, b


def _trunk(rng: np.random.Generator, looks: GiraffeLooks) -> Sprite:
    e = looks.leg
    sheet = Sheet(-0.27, e - 0.09, 0.27, e + 0.28, DENSITY)
    alpha = sheet.outline([
        (-0.225, e + 0.045), (-0.205, e + 0.125), (-0.13, e + 0.165), (-0.02, e + 0.185),
        (0.06, e + 0.225), (0.125, e + 0.255), (0.185, e + 0.215), (0.215, e + 0.13),
        (0.195, e + 0.05), (0.15, e + 0.0), (0.05, e - 0.03), (-0.06, e - 0.015),
        (-0.12, e + 0.015), (-0.165, e - 0.01), (-0.205, e + 0.0),
    ])  # fmt: skip
    rgb = hide(rng, sheet, alpha, looks, patch=looks.patch_size, radius=0.13, ambient=0.30)
    belly = fading(e + 0.045 - sheet.grid()[1], over=0.08) * 0.55
    pale = flat(looks.seam) * 0.62
    return sheet.sprite(blended(rgb, pale, belly), alpha)


def _neck(rng: np.random.Generator, looks: GiraffeLooks) -> Sprite:
    """Draw the neck as it stands at rest, its mane along the nape."""
    length, c, s = looks.reach, np.cos(looks.lean), np.sin(looks.lean)

    def at(along: float, across: float) -> tuple[float, float]:
        """Turn (along the neck, towards the throat) into surface coordinates."""
        return along * length * s + across * c, along * length * c - across * s

    sheet = Sheet(-0.20, -0.17, length * s + 0.10, length * c + 0.10, DENSITY)
    alpha = sheet.outline([
        at(-0.28, -0.05), at(-0.05, -0.105), at(0.2, -0.068), at(0.5, -0.045), at(0.8, -0.034),
        at(1.0, -0.033), at(1.07, -0.012), at(1.05, 0.02), at(0.9, 0.032), at(0.6, 0.042),
        at(0.3, 0.062), at(0.05, 0.095), at(-0.25, 0.085),
    ])  # fmt: skip
    rgb = hide(rng, sheet, alpha, looks, patch=looks.patch_size * 0.80, radius=0.055, ambient=0.52)
    x, y = sheet.grid()
    along = (x * s + y * c) / length
    mane, brush = _mane(rng, sheet, at)
    rgb = blended(rgb, brush, mane)
    # The root melts into the shoulder behind it.
    root = fading(along + 0.20, over=0.34)
    return sheet.sprite(rgb, union([alpha, mane]) * root)


def _mane(
    rng: np.random.Generator, sheet: Sheet, at: Callable[[float, float], tuple[float, float]]
) -> tuple[FloatArray, FloatArray]:
    """Return the cover of short upright hair along the nape, and its colours."""
    count = 46
    tips = [at(a, -0.075 + 0.028 * a - 0.028 * (1 - a) ** 2 + rng.uniform(-0.006, 0.006))
            for a in np.linspace(0.02, 1.06, count)]  # fmt: skip
    base = [at(a, -0.098 + 0.075 * min(1, a * 1.5) ** 0.8) for a in np.linspace(1.06, 0.02, 16)]
    cover = sheet.polygon(tips + base)
    shade = 0.75 + 0.5 * rng.random(sheet.shape, np.float32)
    shade = shade * hair(rng, sheet.shape, length_px=8)
    return cover, (shade[..., None] * flat(_MANE)).astype(np.float32)


def _tail(rng: np.random.Generator, looks: GiraffeLooks) -> Sprite:
    sheet = Sheet(-0.08, -0.30, 0.06, 0.03, DENSITY)
    rope = sheet.outline([
        (-0.012, 0.01), (0.014, 0.012), (0.004, -0.06), (-0.010, -0.16), (-0.022, -0.16),
        (-0.020, -0.06),
    ])  # fmt: skip
    tuft = sheet.outline([
        (-0.010, -0.145), (0.004, -0.19), (-0.006, -0.27), (-0.022, -0.285), (-0.036, -0.26),
        (-0.034, -0.19), (-0.024, -0.145),
    ])  # fmt: skip
    rgb = hide(rng, sheet, rope, looks, patch=0.03, radius=0.012)
    strands = hair(rng, sheet.shape, length_px=14)[..., None] ** 3
    return sheet.sprite(blended(rgb, strands * flat(DARK) * 2.2, tuft), union([rope, tuft]))
