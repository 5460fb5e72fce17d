"""Draws a sheep: a cloud of curls on thin legs, with a bare face and drooping ears."""

from dataclasses import dataclass

import numpy as np

from instavid.meadow.canvas import Colour, Sheet, blended, dome, lit, tinted, union
from instavid.meadow.coats import fading, hair, wool_relief
from instavid.meadow.geometry import FloatArray
from instavid.meadow.rig import Part, Rig
from instavid.meadow.sprites import Sprite

_DENSITY = 300.0
"""Texels per unit (the height of the back): sharp up to a sheep 300 px tall."""
_FAR_LEG_LIGHT = 0.62

_FLEECES: tuple[Colour, ...] = (
    (0.94, 0.89, 0.79), (0.90, 0.83, 0.69), (0.97, 0.94, 0.87), (0.80, 0.72, 0.60),
)  # fmt: skip
_FACES: tuple[Colour, ...] = (
    (0.10, 0.09, 0.09), (0.16, 0.12, 0.10), (0.86, 0.78, 0.68), (0.30, 0.22, 0.17),
)  # fmt: skip


@dataclass(frozen=True)
class _Looks:
    """What differs from sheep to sheep."""

    fleece: Colour
    face: Colour
    length: float
    """Half the length of the trunk, units."""
    depth: float
    """Half the depth of the trunk, units."""
    leg: float
    """Height of the elbow, units."""


def sheep_rig(seed: int) -> Rig:
    """Draw the sheep of a seed; one unit is the height of its back."""
    rng = np.random.default_rng([seed, 1])
    looks = _Looks(
        fleece=_varied(rng, _FLEECES[rng.choice(4, p=[0.4, 0.25, 0.25, 0.1])]),
        face=_varied(rng, _FACES[rng.choice(4, p=[0.4, 0.2, 0.25, 0.15])]),
        length=rng.uniform(0.52, 0.60),
        depth=rng.uniform(0.27, 0.31),
        leg=rng.uniform(0.44, 0.48),
    )
    fleece = _fleece(rng, looks)
    legs = {side: _legs(rng, looks, light) for side, light in (("far", _FAR_LEG_LIGHT), ("near", 1))}
    parts = (
        *legs["far"],
        Part("tail", _tail(rng, looks), (-looks.length + 0.02, 0.78)),
        *legs["near"],
        Part("trunk", fleece),
        Part("far_ear", _ear(rng, looks, 0.7), (0.10, 0.045), "head"),
        Part("neck", _neck(rng, looks), (looks.length - 0.16, 0.80)),
        Part("head", _head(rng, looks), (0.20, 0.15), "neck"),
        Part("near_ear", _ear(rng, looks, 1.0), (0.015, 0.055), "head"),
    )
    return Rig(parts, stride=4 * looks.leg * 0.36, girth=(looks.length, 0.02))


def _varied(rng: np.random.Generator, colour: Colour) -> Colour:
    light, warmth = rng.normal(0, 0.025), rng.normal(0, 0.015)
    r, g, b = (channel * (1 + light) for channel in colour)
    return r * (1 + warmth), g, b * (1 - warmth)


def _lumpy(sheet: Sheet, rng: np.random.Generator, x: float, y: float, rx: float, ry: float,
           *, lump: float, square: float = 2.4) -> FloatArray:
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


def _woolly(rng: np.random.Generator, sheet: Sheet, alpha: FloatArray, looks: _Looks,
            *, curl: float, radius: float, dirt_below: float = -9.0) -> FloatArray:
    """Return the colours of wool on a silhouette, darker below and between the curls."""
    relief = wool_relief(rng, sheet.shape, curl_px=curl * sheet.density)
    body = dome(alpha, radius_px=radius * sheet.density)
    light = lit(body * 1.15 + relief * 0.75, ambient=0.30) * 1.02
    hollow = np.clip((relief - relief.mean()) / (2.2 * relief.std()), -1, 1) * 0.10
    warmth = np.asarray(looks.fleece) * np.array([1.0, 0.985, 0.96])
    lights = tinted((light + hollow).astype(np.float32), tuple(warmth))
    dirt = fading(dirt_below - sheet.grid()[1], over=0.35)
    return blended(lights, lights * np.float32([0.80, 0.74, 0.66]), dirt)


def _fleece(rng: np.random.Generator, looks: _Looks) -> Sprite:
    length, middle = looks.length, looks.leg + looks.depth - 0.06
    sheet = Sheet(-length - 0.08, looks.leg - 0.16, length + 0.10, 1.12, _DENSITY)
    alpha = union([
        _lumpy(sheet, rng, 0, middle, length, looks.depth, lump=0.085),
        _lumpy(sheet, rng, length - 0.20, middle + 0.05, 0.24, looks.depth - 0.03, lump=0.08),
        _lumpy(sheet, rng, -length + 0.24, middle + 0.02, 0.25, looks.depth, lump=0.08),
    ])  # fmt: skip
    return sheet.sprite(_woolly(rng, sheet, alpha, looks, curl=0.062, radius=0.26, dirt_below=0.75), alpha)


def _neck(rng: np.random.Generator, looks: _Looks) -> Sprite:
    sheet = Sheet(-0.24, -0.24, 0.34, 0.36, _DENSITY)
    alpha = union([
        _lumpy(sheet, rng, 0.02, 0.0, 0.18, 0.19, lump=0.07),
        _lumpy(sheet, rng, 0.12, 0.10, 0.15, 0.16, lump=0.07),
    ])  # fmt: skip
    rgb = _woolly(rng, sheet, alpha, looks, curl=0.055, radius=0.16)
    x, y = sheet.grid()
    # The root melts into the trunk behind it; a hard rim there would look like a ball glued on.
    root = fading(np.hypot(x - 0.02 + 0.10, y + 0.08) - 0.02, over=0.20)
    return sheet.sprite(rgb, alpha * np.maximum(root, fading(x + y * 0.5, over=0.2)))


def _head(rng: np.random.Generator, looks: _Looks) -> Sprite:
    sheet = Sheet(-0.14, -0.26, 0.36, 0.20, _DENSITY * 1.3)
    face = sheet.outline([
        (-0.06, 0.03), (0.0, 0.095), (0.08, 0.08), (0.18, 0.0), (0.255, -0.085), (0.265, -0.135),
        (0.235, -0.17), (0.18, -0.165), (0.09, -0.125), (0.0, -0.11), (-0.06, -0.06),
    ])  # fmt: skip
    light = lit(dome(face, radius_px=0.085 * sheet.density), ambient=0.42) * 1.15
    rgb = tinted(light * hair(rng, sheet.shape, length_px=5), looks.face)
    pale = sum(looks.face) / 3 > 0.5
    muzzle = np.float32([0.55, 0.42, 0.38] if pale else np.asarray(looks.face) * 1.7 + 0.05)
    x, y = sheet.grid()
    nose = sheet.disc(0.242, -0.125, 0.055, 0.045) * 0.8
    rgb = blended(rgb, light[..., None] * muzzle, nose)
    rgb = _features(sheet, rgb, looks)
    cap = _lumpy(sheet, rng, -0.015, 0.07, 0.105, 0.085, lump=0.05)
    wool = _woolly(rng, sheet, cap, looks, curl=0.04, radius=0.07) * 1.04
    return sheet.sprite(blended(rgb, wool.astype(np.float32), cap), union([face, cap]))


def _features(sheet: Sheet, rgb: FloatArray, looks: _Looks) -> FloatArray:
    """Draw eye, nostril and mouth."""
    dark, amber, white = (np.float32(c) for c in ([0.04] * 3, [0.62, 0.42, 0.14], [0.95] * 3))
    rgb = blended(rgb, dark, sheet.disc(0.255, -0.115, 0.017, 0.010, tilt=0.9))
    mouth = [(0.262, -0.142), (0.20, -0.128), (0.198, -0.134), (0.258, -0.150)]
    rgb = blended(rgb, dark, sheet.polygon(mouth) * 0.8)
    rgb = blended(rgb, amber, sheet.disc(0.088, 0.008, 0.026, 0.021))
    rgb = blended(rgb, dark, sheet.disc(0.088, 0.008, 0.019, 0.013))
    return blended(rgb, white, sheet.disc(0.094, 0.015, 0.006, 0.006))


def _ear(rng: np.random.Generator, looks: _Looks, light: float) -> Sprite:
    sheet = Sheet(-0.20, -0.14, 0.05, 0.07, _DENSITY * 1.3)
    alpha = sheet.outline([
        (0.02, 0.012), (-0.05, 0.04), (-0.13, 0.015), (-0.175, -0.055),
        (-0.12, -0.06), (-0.05, -0.03), (0.01, -0.025),
    ])  # fmt: skip
    shade = lit(dome(alpha, radius_px=0.035 * sheet.density), ambient=0.45) * light * 1.15
    rgb = tinted(shade * hair(rng, sheet.shape, length_px=4), looks.face)
    inner = sheet.disc(-0.09, -0.012, 0.055, 0.014, tilt=0.45) * 0.6
    return sheet.sprite(blended(rgb, np.float32([0.52, 0.34, 0.30]) * light, inner), alpha)


def _tail(rng: np.random.Generator, looks: _Looks) -> Sprite:
    sheet = Sheet(-0.13, -0.30, 0.10, 0.09, _DENSITY)
    alpha = union([
        _lumpy(sheet, rng, -0.015, -0.04, 0.065, 0.09, lump=0.04),
        _lumpy(sheet, rng, -0.03, -0.14, 0.055, 0.11, lump=0.04),
    ])  # fmt: skip
    return sheet.sprite(_woolly(rng, sheet, alpha, looks, curl=0.045, radius=0.06), alpha)


def _legs(rng: np.random.Generator, looks: _Looks, light: float) -> tuple[Part, ...]:
    """Return the four pieces of one side's legs; lower pieces lie behind upper ones."""
    side = "near" if light == 1 else "far"
    shift = 0.0 if light == 1 else 0.045
    front, hind = (_leg_sprites(rng, looks, light, hind=hind) for hind in (False, True))
    knee = -looks.leg * 0.52
    hips = ("front", looks.length - 0.17 + shift, front), ("hind", -looks.length + 0.17 + shift, hind)
    return tuple(
        part
        for name, x, (upper, lower) in hips
        for part in (
            Part(f"{side}_{name}_lower", lower, (0.0, knee), f"{side}_{name}_upper"),
            Part(f"{side}_{name}_upper", upper, (x, looks.leg)),
        )
    )


def _leg_sprites(rng: np.random.Generator, looks: _Looks, light: float, *, hind: bool
                 ) -> tuple[Sprite, Sprite]:
    """Return the upper piece, woolly, and the lower one, bare with a hoof."""
    knee, foot = looks.leg * 0.52, looks.leg * 0.48
    wide = 0.085 if hind else 0.065
    upper = Sheet(-0.15, -knee - 0.05, 0.15, 0.12, _DENSITY)
    thigh = upper.outline([
        (-wide, 0.08), (wide, 0.08), (wide * 0.9, -knee * 0.35), (0.030, -knee * 0.85),
        (0.022, -knee - 0.02), (-0.022, -knee - 0.02), (-0.030, -knee * 0.8), (-wide, -knee * 0.3),
    ])  # fmt: skip
    wool = _woolly(rng, upper, thigh, looks, curl=0.045, radius=0.07) * 0.78
    bare = _bare(rng, upper, thigh, looks)
    reach = fading(upper.grid()[1] + knee * 0.62, over=0.05)
    top = upper.sprite(blended(bare, wool.astype(np.float32), reach) * np.float32(light), thigh)
    lower = Sheet(-0.08, -foot - 0.02, 0.09, 0.06, _DENSITY)
    shank = lower.outline([
        (-0.027, 0.03), (0.027, 0.03), (0.021, -foot * 0.4), (0.023, -foot * 0.75), (0.040, -foot),
        (-0.027, -foot), (-0.021, -foot * 0.75), (-0.020, -foot * 0.4),
    ])  # fmt: skip
    skin = _bare(rng, lower, shank, looks)
    hoof = fading(-foot * 0.80 - lower.grid()[1], over=0.015)
    skin = blended(skin, np.float32([0.09, 0.075, 0.065]), hoof)
    return top, lower.sprite(skin * np.float32(light), shank)


def _bare(rng: np.random.Generator, sheet: Sheet, alpha: FloatArray, looks: _Looks) -> FloatArray:
    """Return the colours of a leg without wool."""
    light = lit(dome(alpha, radius_px=0.03 * sheet.density), ambient=0.55) * 1.2
    return tinted(light * hair(rng, sheet.shape, length_px=6), looks.face)
