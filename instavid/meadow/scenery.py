"""Draws what is behind the animals: sky, hills, fence, trees; and the shadow under them."""

import cv2
import numpy as np

from instavid.meadow.canvas import Colour, Sheet, blended, dome, flat, lit, union
from instavid.meadow.coats import fading, hair
from instavid.meadow.noise import cells, soft_noise
from instavid.meadow.sprites import Sprite, make_sprite

HAZE: Colour = (0.74, 0.81, 0.86)


def sky(rng: np.random.Generator) -> Sprite:
    """Draw clouds on blue, in tangents from the horizon; repeats after 4."""
    sheet = Sheet(0.0, -0.04, 4.0, 0.46, 512.0)
    high = np.clip(sheet.grid()[1] / 0.42, 0, 1)[..., None]
    blue = flat([0.33, 0.54, 0.82]) * rng.uniform(0.92, 1.06)
    colours = flat(HAZE) * 1.08 * (1 - high) + blue * high
    billows = soft_noise(rng, sheet.shape, cell_px=230, octaves=6)
    cover = fading(billows - rng.uniform(0.0, 0.8), over=1.1)
    relief = cv2.GaussianBlur(billows, (0, 0), 3) * 26
    light = lit(relief.astype(np.float32), ambient=0.72) * 1.12
    clouds = light[..., None] * flat([1.0, 0.99, 0.98])
    alpha = np.ones(sheet.shape, np.float32)
    return sheet.sprite(blended(colours.astype(np.float32), clouds, cover * 0.92), alpha)


def hills(rng: np.random.Generator, *, haze: float, steep_m: float) -> Sprite:
    """Draw wooded hills, in metres at some distance, foot at y = 0; repeats after 256."""
    sheet = Sheet(0.0, -1.0, 256.0, 39.0, 8.0)
    y = sheet.grid()[1]
    ridge = (
        soft_noise(rng, (8, sheet.shape[1]), cell_px=330, octaves=3)[0] * steep_m * 0.4 + steep_m
    )
    crowns = cells(rng, sheet.shape, cell_px=15)
    rough = soft_noise(rng, (8, sheet.shape[1]), cell_px=16, octaves=2)[0] * 0.5
    alpha = np.clip((ridge + rough - y) * sheet.density, 0, 1) * np.clip((y + 0.5) * 4, 0, 1)
    relief = np.sqrt(np.clip(130 - crowns.distance**2, 0, None)) * 0.8
    light = lit(relief.astype(np.float32), ambient=0.45)
    own = rng.normal(1, 0.14, crowns.count + 1).astype(np.float32)[crowns.index]
    fields = fading(soft_noise(rng, sheet.shape, cell_px=220, octaves=3) - 0.2, over=0.4)
    wood = (light * own)[..., None] * flat([0.17, 0.29, 0.13])
    field = (0.9 + 0.1 * light)[..., None] * flat([0.47, 0.56, 0.26])
    colours = blended(wood.astype(np.float32), field.astype(np.float32), fields)
    mist = np.full(sheet.shape, haze, np.float32)
    return sheet.sprite(blended(colours, flat(HAZE), mist), alpha.astype(np.float32))


def fence(rng: np.random.Generator) -> Sprite:
    """Draw a weathered fence of posts and two rails, in metres; repeats after 8."""
    sheet = Sheet(0.0, -0.2, 8.0, 1.4, 64.0)
    rails = [
        sheet.polygon([(-1, y), (9, y), (9, y + 0.085), (-1, y + 0.085)]) for y in (0.42, 0.82)
    ]
    posts = []
    for x in (1.0, 3.0, 5.0, 7.0):
        tilt, top = rng.uniform(-0.04, 0.04), rng.uniform(1.05, 1.2)
        posts.append(
            sheet.polygon(
                [
                    (x - 0.07, -0.05),
                    (x + 0.07, -0.05),
                    (x + 0.06 + tilt, top),
                    (x - 0.06 + tilt, top),
                ]
            )
        )
    alpha = union([*rails, *posts])
    light = lit(dome(alpha, radius_px=4), ambient=0.45) * hair(rng, sheet.shape, length_px=12)
    grain = 1 + 0.10 * soft_noise(rng, sheet.shape, cell_px=12)
    return sheet.sprite((light * grain)[..., None] * flat([0.52, 0.44, 0.35]), alpha)


def tree(rng: np.random.Generator) -> Sprite:
    """Draw a broad-leaved tree, in metres, foot at (0, 0)."""
    sheet = Sheet(-4.0, -0.2, 4.0, 8.2, 36.0)
    trunk = sheet.outline(
        [(-0.28, -0.1), (0.28, -0.1), (0.18, 1.5), (0.25, 4.0), (-0.2, 4.0), (-0.16, 1.5)]
    )
    balls = []
    for _ in range(26):
        angle, far = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1))
        x, y, r = (
            2.5 * far * np.cos(angle),
            4.9 + 2.0 * far * np.sin(angle),
            rng.uniform(0.55, 1.05),
        )
        balls.append(sheet.disc(x, y, r, r))
    crown = union(balls)
    rag = soft_noise(rng, sheet.shape, cell_px=9, octaves=2)
    crown = (crown * np.clip(dome(crown, radius_px=9) * 0.16 + 0.55 + rag * 0.55, 0, 1)).astype(
        np.float32
    )
    leaves = cells(rng, sheet.shape, cell_px=5)
    relief = (
        np.sqrt(np.clip(16 - leaves.distance**2, 0, None)) * 0.9 + dome(crown, radius_px=70) * 0.9
    )
    light = lit((relief + rag * 3).astype(np.float32), ambient=0.30)
    green = flat([0.26, 0.33, 0.14]) * rng.uniform(0.85, 1.12, 3).astype(np.float32)
    bark = hair(rng, sheet.shape, length_px=10)[..., None] * flat([0.30, 0.23, 0.17])
    return sheet.sprite(
        blended(bark, light[..., None] * green * 1.25, crown), union([trunk, crown])
    )


def shadow() -> Sprite:
    """Draw a soft dark blot of radius 1."""
    sheet = Sheet(-1.0, -1.0, 1.0, 1.0, 32.0)
    x, y = sheet.grid()
    alpha = 0.62 * np.clip(1 - (x * x + y * y), 0, 1) ** 1.3
    return make_sprite(
        np.zeros((*sheet.shape, 3), np.float32) + flat([0.05, 0.08, 0.03]),
        alpha.astype(np.float32),
        texel_from_local=sheet.texel_from_local,
    )
