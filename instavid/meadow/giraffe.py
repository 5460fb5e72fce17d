"""Draws a giraffe: a long maned neck, a sloping back, dark patches with pale seams, high legs."""

from dataclasses import dataclass

import numpy as np

from instavid.meadow.canvas import Colour, Sheet, blended, dome, lit, union
from instavid.meadow.coats import fading, hair, patchwork
from instavid.meadow.geometry import FloatArray
from instavid.meadow.rig import Part, Rig
from instavid.meadow.sprites import Sprite

_DENSITY = 420.0
"""Texels per unit (the height of the whole animal): sharp up to a giraffe 420 px tall."""
_FAR_LEG_LIGHT = 0.66
_MANE = (0.36, 0.17, 0.07)
_DARK = (0.05, 0.04, 0.035)

_PATCHES: tuple[Colour, ...] = (
    (0.58, 0.31, 0.12), (0.46, 0.22, 0.09), (0.67, 0.40, 0.17), (0.38, 0.19, 0.10),
)  # fmt: skip
_SEAMS: tuple[Colour, ...] = ((0.93, 0.84, 0.64), (0.90, 0.78, 0.55), (0.95, 0.89, 0.74))


@dataclass(frozen=True)
class _Looks:
    """What differs from giraffe to giraffe."""

    patch: Colour
    seam: Colour
    patch_size: float
    """Mean size of a patch on the trunk, units."""
    leg: float
    """Height of the elbow, units."""
    reach: float
    """Length of the neck, units."""
    lean: float
    """How far the neck leans forward, radians from upright."""


def giraffe_rig(seed: int) -> Rig:
    """Draw the giraffe of a seed; one unit is its height with the head up, or so."""
    rng = np.random.default_rng([seed, 2])
    light = 1 + rng.normal(0, 0.05)
    looks = _Looks(
        patch=_times(_PATCHES[rng.integers(4)], light),
        seam=_times(_SEAMS[rng.integers(3)], 1 + rng.normal(0, 0.02)),
        patch_size=rng.uniform(0.058, 0.078),
        leg=rng.uniform(0.375, 0.405),
        reach=rng.uniform(0.42, 0.48),
        lean=rng.uniform(0.36, 0.54),
    )
    legs = {side: _legs(rng, looks, side) for side in ("far", "near")}
    tip = (looks.reach * np.sin(looks.lean), looks.reach * np.cos(looks.lean))
    parts = (
        *legs["far"],
        Part("tail", _tail(rng, looks), (-0.205, looks.leg + 0.115)),
        *legs["near"],
        Part("trunk", _trunk(rng, looks)),
        Part("neck", _neck(rng, looks), (0.125, looks.leg + 0.145)),
        Part("far_ear", _ear(rng, looks, 0.75), (0.012, 0.028), "head"),
        Part("head", _head(rng, looks), (float(tip[0]), float(tip[1])), "neck"),
        Part("near_ear", _ear(rng, looks, 1.0), (-0.012, 0.02), "head"),
    )
    return Rig(parts, stride=4 * looks.leg * 0.30, girth=(0.24, 0.0))


def _times(colour: Colour, light: float) -> Colour:
    r, g, b = (channel * light for channel in colour)
    return r, g, b


def _hide(rng: np.random.Generator, sheet: Sheet, alpha: FloatArray, looks: _Looks,
          *, patch: float, radius: float, ambient: float = 0.40) -> FloatArray:
    """Return the colours of patched hide on a silhouette, darker below."""
    d = sheet.density
    colours = patchwork(rng, sheet.shape, patch_px=patch * d, seam_px=patch * d * 0.17,
                        patch=looks.patch, seam=looks.seam)  # fmt: skip
    light = lit(dome(alpha, radius_px=radius * d), ambient=ambient) * 1.2
    return colours * (light * hair(rng, sheet.shape, length_px=5))[..., None]


def _trunk(rng: np.random.Generator, looks: _Looks) -> Sprite:
    e = looks.leg
    sheet = Sheet(-0.27, e - 0.09, 0.27, e + 0.28, _DENSITY)
    alpha = sheet.outline([
        (-0.225, e + 0.045), (-0.205, e + 0.125), (-0.13, e + 0.165), (-0.02, e + 0.185),
        (0.06, e + 0.225), (0.125, e + 0.255), (0.185, e + 0.215), (0.215, e + 0.13),
        (0.195, e + 0.05), (0.15, e + 0.0), (0.05, e - 0.03), (-0.06, e - 0.015),
        (-0.12, e + 0.015), (-0.165, e - 0.01), (-0.205, e + 0.0),
    ])  # fmt: skip
    rgb = _hide(rng, sheet, alpha, looks, patch=looks.patch_size, radius=0.13, ambient=0.30)
    belly = fading(e + 0.045 - sheet.grid()[1], over=0.08) * 0.55
    pale = np.float32(looks.seam) * 0.62
    return sheet.sprite(blended(rgb, pale, belly), alpha)


def _neck(rng: np.random.Generator, looks: _Looks) -> Sprite:
    """Draw the neck as it stands at rest, its mane along the nape."""
    length, c, s = looks.reach, np.cos(looks.lean), np.sin(looks.lean)

    def at(along: float, across: float) -> tuple[float, float]:
        """Turn (along the neck, towards the throat) into surface coordinates."""
        return along * length * s + across * c, along * length * c - across * s

    sheet = Sheet(-0.20, -0.17, length * s + 0.10, length * c + 0.10, _DENSITY)
    alpha = sheet.outline([
        at(-0.28, -0.05), at(-0.05, -0.105), at(0.2, -0.068), at(0.5, -0.045), at(0.8, -0.034),
        at(1.0, -0.033), at(1.07, -0.012), at(1.05, 0.02), at(0.9, 0.032), at(0.6, 0.042),
        at(0.3, 0.062), at(0.05, 0.095), at(-0.25, 0.085),
    ])  # fmt: skip
    rgb = _hide(rng, sheet, alpha, looks, patch=looks.patch_size * 0.80, radius=0.055, ambient=0.52)
    x, y = sheet.grid()
    along = (x * s + y * c) / length
    mane, brush = _mane(rng, sheet, at)
    rgb = blended(rgb, brush, mane)
    # The root melts into the shoulder behind it.
    root = fading(along + 0.20, over=0.34)
    return sheet.sprite(rgb, union([alpha, mane]) * root)


def _mane(rng: np.random.Generator, sheet: Sheet, at) -> tuple[FloatArray, FloatArray]:  # type: ignore[no-untyped-def]
    """Return the cover of short upright hair along the nape, and its colours."""
    count = 46
    tips = [at(a, -0.075 + 0.028 * a - 0.028 * (1 - a) ** 2 + rng.uniform(-0.006, 0.006))
            for a in np.linspace(0.02, 1.06, count)]  # fmt: skip
    base = [at(a, -0.098 + 0.075 * min(1, a * 1.5) ** 0.8) for a in np.linspace(1.06, 0.02, 16)]
    cover = sheet.polygon(tips + base)
    shade = 0.75 + 0.5 * rng.random(sheet.shape, np.float32)
    shade = shade * hair(rng, sheet.shape, length_px=8)
    return cover, (shade[..., None] * np.float32(_MANE)).astype(np.float32)


def _head(rng: np.random.Generator, looks: _Looks) -> Sprite:
    """Draw the head with its joint at the poll, the muzzle forward and a little down."""
    sheet = Sheet(-0.07, -0.12, 0.18, 0.115, _DENSITY * 1.4)
    face = sheet.outline([
        (-0.045, -0.01), (-0.03, 0.03), (0.01, 0.040), (0.05, 0.022), (0.10, -0.022),
        (0.145, -0.050), (0.160, -0.072), (0.150, -0.092), (0.12, -0.092), (0.07, -0.070),
        (0.02, -0.050), (-0.03, -0.045),
    ])  # fmt: skip
    horns = union([
        sheet.polygon([(-0.012, 0.02), (-0.022, 0.085), (-0.005, 0.087), (0.010, 0.025)]),
        sheet.polygon([(0.010, 0.025), (0.008, 0.088), (0.024, 0.088), (0.030, 0.025)]),
    ])  # fmt: skip
    knobs = union([sheet.disc(-0.014, 0.090, 0.0125, 0.014), sheet.disc(0.016, 0.091, 0.0125, 0.014)])
    alpha = union([face, horns, knobs])
    rgb = _hide(rng, sheet, alpha, looks, patch=0.032, radius=0.035, ambient=0.5)
    light = lit(dome(alpha, radius_px=0.03 * sheet.density), ambient=0.5)[..., None] * 1.2
    x, _ = sheet.grid()
    front = fading(x - 0.055, over=0.05) * 0.85
    rgb = blended(rgb, light * np.float32(looks.seam) * 0.92, front)
    rgb = blended(rgb, light * np.float32([0.56, 0.45, 0.38]), sheet.disc(0.140, -0.073, 0.030, 0.022))
    rgb = blended(rgb, light * np.float32(looks.patch) * 0.9, horns * fading(sheet.grid()[1] - 0.03, over=0.01))
    rgb = blended(rgb, light * np.float32(_DARK) * 1.5, knobs)
    return sheet.sprite(_features(sheet, rgb), alpha)


def _features(sheet: Sheet, rgb: FloatArray) -> FloatArray:
    """Draw eye, nostril and mouth."""
    dark, white = np.float32(_DARK), np.float32([0.95] * 3)
    rgb = blended(rgb, dark, sheet.disc(0.045, -0.004, 0.014, 0.011, tilt=-0.4))
    rgb = blended(rgb, white, sheet.disc(0.048, 0.000, 0.0035, 0.0035))
    rgb = blended(rgb, dark, sheet.disc(0.147, -0.066, 0.009, 0.005, tilt=0.8))
    mouth = [(0.156, -0.084), (0.11, -0.075), (0.108, -0.079), (0.152, -0.089)]
    return blended(rgb, dark, sheet.polygon(mouth) * 0.8)


def _ear(rng: np.random.Generator, looks: _Looks, light: float) -> Sprite:
    sheet = Sheet(-0.09, -0.03, 0.02, 0.06, _DENSITY * 1.4)
    alpha = sheet.outline([
        (0.006, 0.004), (-0.02, 0.022), (-0.05, 0.036), (-0.078, 0.040), (-0.06, 0.012),
        (-0.03, -0.006), (0.0, -0.010),
    ])  # fmt: skip
    shade = lit(dome(alpha, radius_px=0.014 * sheet.density), ambient=0.5) * light * 1.15
    rgb = (shade * hair(rng, sheet.shape, length_px=4))[..., None] * np.float32(looks.seam)
    inner = sheet.disc(-0.036, 0.016, 0.026, 0.007, tilt=-0.5) * 0.7
    return sheet.sprite(blended(rgb, np.float32([0.45, 0.27, 0.20]) * light, inner), alpha)


def _tail(rng: np.random.Generator, looks: _Looks) -> Sprite:
    sheet = Sheet(-0.08, -0.30, 0.06, 0.03, _DENSITY)
    rope = sheet.outline([
        (-0.012, 0.01), (0.014, 0.012), (0.004, -0.06), (-0.010, -0.16), (-0.022, -0.16),
        (-0.020, -0.06),
    ])  # fmt: skip
    tuft = sheet.outline([
        (-0.010, -0.145), (0.004, -0.19), (-0.006, -0.27), (-0.022, -0.285), (-0.036, -0.26),
        (-0.034, -0.19), (-0.024, -0.145),
    ])  # fmt: skip
    rgb = _hide(rng, sheet, rope, looks, patch=0.03, radius=0.012)
    strands = hair(rng, sheet.shape, length_px=14)[..., None] ** 3
    return sheet.sprite(blended(rgb, strands * np.float32(_DARK) * 2.2, tuft), union([rope, tuft]))


def _legs(rng: np.random.Generator, looks: _Looks, side: str) -> tuple[Part, ...]:
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


def _leg_sprites(rng: np.random.Generator, looks: _Looks, light: float, *, hind: bool
                 ) -> tuple[Sprite, Sprite]:
    """Return the thigh with small patches, and the pale shank with a hoof."""
    knee, foot = looks.leg * 0.50, looks.leg * 0.50
    wide = 0.062 if hind else 0.046
    upper = Sheet(-0.10, -knee - 0.04, 0.10, 0.13, _DENSITY)
    thigh = upper.outline([
        (-wide, 0.08), (0.0, 0.11), (wide, 0.08), (wide * 0.9, 0.0), (0.030, -knee * 0.45),
        (0.020, -knee * 0.9), (0.017, -knee - 0.02), (-0.017, -knee - 0.02), (-0.021, -knee * 0.9),
        (-0.030, -knee * 0.45), (-wide * 0.9, 0.0),
    ])  # fmt: skip
    rgb = _hide(rng, upper, thigh, looks, patch=looks.patch_size * 0.70, radius=0.04, ambient=0.5)
    lower = Sheet(-0.05, -foot - 0.01, 0.06, 0.05, _DENSITY)
    shank = lower.outline([
        (-0.019, 0.025), (0.019, 0.025), (0.016, -foot * 0.12), (0.012, -foot * 0.4),
        (0.014, -foot * 0.8), (0.027, -foot), (-0.018, -foot), (-0.014, -foot * 0.8),
        (-0.012, -foot * 0.4), (-0.016, -foot * 0.12),
    ])  # fmt: skip
    skin = _hide(rng, lower, shank, looks, patch=looks.patch_size * 0.55, radius=0.016, ambient=0.6)
    y = lower.grid()[1]
    bare = lit(dome(shank, radius_px=0.016 * lower.density), ambient=0.6) * 1.15
    skin = blended(skin, bare[..., None] * np.float32(looks.seam), fading(-y - foot * 0.05, over=foot * 0.55) * 0.85)
    skin = blended(skin, np.float32([0.14, 0.11, 0.09]), fading(-foot * 0.87 - y, over=0.008))
    return upper.sprite(rgb * np.float32(light), thigh), lower.sprite(skin * np.float32(light), shank)
