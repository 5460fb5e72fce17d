"""Draws what stands behind and among the animals: sky, hills, fence, trees, tufts and flowers."""

import cv2
import numpy as np

from instavid.meadow.canvas import Colour, Sheet, blended, dome, lit, union
from instavid.meadow.coats import fading, hair
from instavid.meadow.geometry import FloatArray
from instavid.meadow.noise import cells, soft_noise
from instavid.meadow.sprites import Sprite, make_sprite, pyramid
from instavid.types import ByteArray

HAZE: Colour = (0.74, 0.81, 0.86)


def sky(rng: np.random.Generator) -> Sprite:
    """Draw clouds on blue, in tangents from the horizon; repeats after 4."""
    sheet = Sheet(0.0, -0.04, 4.0, 0.46, 512.0)
    high = np.clip(sheet.grid()[1] / 0.42, 0, 1)[..., None]
    blue = np.float32([0.33, 0.54, 0.82]) * rng.uniform(0.92, 1.06)
    colours = np.float32(HAZE) * 1.08 * (1 - high) + blue * high
    billows = soft_noise(rng, sheet.shape, cell_px=230, octaves=6)
    cover = fading(billows - rng.uniform(0.0, 0.8), over=1.1)
    relief = cv2.GaussianBlur(billows, (0, 0), 3) * 26
    light = lit(relief.astype(np.float32), ambient=0.72) * 1.12
    clouds = light[..., None] * np.float32([1.0, 0.99, 0.98])
    alpha = np.ones(sheet.shape, np.float32)
    return sheet.sprite(blended(colours.astype(np.float32), clouds, cover * 0.92), alpha)


def hills(rng: np.random.Generator, *, haze: float, steep_m: float) -> Sprite:
    """Draw wooded hills, in metres at some distance, foot at y = 0; repeats after 256."""
    sheet = Sheet(0.0, -6.0, 256.0, 34.0, 8.0)
    x, y = sheet.grid()
    ridge = soft_noise(rng, (8, sheet.shape[1]), cell_px=330, octaves=3)[0] * steep_m * 0.4 + steep_m
    crowns = cells(rng, sheet.shape, cell_px=15)
    rough = soft_noise(rng, (8, sheet.shape[1]), cell_px=16, octaves=2)[0] * 0.5
    alpha = np.clip((ridge + rough - y) * sheet.density, 0, 1) * np.clip((y + 5.5) * 4, 0, 1)
    relief = np.sqrt(np.clip(130 - crowns.distance**2, 0, None)) * 0.8
    light = lit(relief.astype(np.float32), ambient=0.45)
    own = rng.normal(1, 0.14, crowns.count + 1).astype(np.float32)[crowns.index]
    fields = fading(soft_noise(rng, sheet.shape, cell_px=220, octaves=3) - 0.2, over=0.4)
    wood = (light * own)[..., None] * np.float32([0.17, 0.29, 0.13])
    field = (0.9 + 0.1 * light)[..., None] * np.float32([0.47, 0.56, 0.26])
    colours = blended(wood.astype(np.float32), field.astype(np.float32), fields)
    mist = np.full(sheet.shape, haze, np.float32)
    return sheet.sprite(blended(colours, np.float32(HAZE), mist), alpha.astype(np.float32))


def fence(rng: np.random.Generator) -> Sprite:
    """Draw a weathered fence of posts and two rails, in metres; repeats after 8."""
    sheet = Sheet(0.0, -0.2, 8.0, 1.4, 64.0)
    rails = [sheet.polygon([(-1, y), (9, y), (9, y + 0.085), (-1, y + 0.085)]) for y in (0.42, 0.82)]
    posts = []
    for x in (1.0, 3.0, 5.0, 7.0):
        tilt, top = rng.uniform(-0.04, 0.04), rng.uniform(1.05, 1.2)
        posts.append(sheet.polygon([(x - 0.07, -0.05), (x + 0.07, -0.05), (x + 0.06 + tilt, top), (x - 0.06 + tilt, top)]))
    alpha = union([*rails, *posts])
    light = lit(dome(alpha, radius_px=4), ambient=0.45) * hair(rng, sheet.shape, length_px=12)
    grain = 1 + 0.10 * soft_noise(rng, sheet.shape, cell_px=12)
    return sheet.sprite((light * grain)[..., None] * np.float32([0.52, 0.44, 0.35]), alpha)


def tree(rng: np.random.Generator) -> Sprite:
    """Draw a broad-leaved tree, in metres, foot at (0, 0)."""
    sheet = Sheet(-4.0, -0.2, 4.0, 8.2, 36.0)
    trunk = sheet.outline([(-0.28, -0.1), (0.28, -0.1), (0.18, 1.5), (0.25, 4.0), (-0.2, 4.0), (-0.16, 1.5)])
    balls = []
    for _ in range(26):
        angle, far = rng.uniform(0, 2 * np.pi), np.sqrt(rng.uniform(0, 1))
        x, y, r = 2.5 * far * np.cos(angle), 4.9 + 2.0 * far * np.sin(angle), rng.uniform(0.55, 1.05)
        balls.append(sheet.disc(x, y, r, r))
    crown = union(balls)
    rag = soft_noise(rng, sheet.shape, cell_px=9, octaves=2)
    crown = (crown * np.clip(dome(crown, radius_px=9) * 0.16 + 0.55 + rag * 0.55, 0, 1)).astype(np.float32)
    leaves = cells(rng, sheet.shape, cell_px=5)
    relief = np.sqrt(np.clip(16 - leaves.distance**2, 0, None)) * 0.9 + dome(crown, radius_px=70) * 0.9
    light = lit((relief + rag * 3).astype(np.float32), ambient=0.30)
    green = np.float32([0.26, 0.33, 0.14]) * rng.uniform(0.85, 1.12, 3).astype(np.float32)
    bark = hair(rng, sheet.shape, length_px=10)[..., None] * np.float32([0.30, 0.23, 0.17])
    return sheet.sprite(blended(bark, light[..., None] * green * 1.25, crown), union([trunk, crown]))


def tuft(rng: np.random.Generator, *, flower: Colour | None) -> Sprite:
    """Draw a tuft of long grass, with flowers or without, in metres, foot at (0, 0)."""
    sheet = Sheet(-0.16, -0.02, 0.16, 0.30, 240.0)
    colours = np.zeros((*sheet.shape, 3), np.float32)
    alpha = np.zeros(sheet.shape, np.float32)
    for _ in range(26):
        x, lean, tall = rng.normal(0, 0.035), rng.normal(0, 0.06), rng.uniform(0.07, 0.20)
        blade = sheet.polygon([(x - 0.004, 0), (x + 0.004, 0), (x + lean * 0.5 + 0.003, tall * 0.6), (x + lean, tall), (x + lean * 0.5 - 0.003, tall * 0.6)])
        shade = rng.uniform(0.7, 1.15) * (0.55 + 2.2 * sheet.grid()[1].clip(0, 0.2))
        colours = blended(colours, shade[..., None] * np.float32([0.42, 0.55, 0.19]), blade)
        alpha = np.maximum(alpha, blade)
    for _ in range(5 if flower else 0):
        x, y = rng.normal(0, 0.06), rng.uniform(0.10, 0.24)
        head = sheet.disc(x, y, 0.017, 0.014)
        colours = blended(colours, np.float32(flower), head)
        colours = blended(colours, np.float32([0.85, 0.62, 0.12]), sheet.disc(x, y, 0.006, 0.005))
        alpha = np.maximum(alpha, head)
    return sheet.sprite(colours, alpha)


def shadow() -> Sprite:
    """Draw a soft dark blot of radius 1."""
    sheet = Sheet(-1.0, -1.0, 1.0, 1.0, 32.0)
    x, y = sheet.grid()
    alpha = 0.62 * np.clip(1 - (x * x + y * y), 0, 1) ** 1.3
    return make_sprite(
        np.zeros((*sheet.shape, 3), np.float32) + np.float32([0.05, 0.08, 0.03]),
        alpha.astype(np.float32),
        texel_from_local=sheet.texel_from_local,
    )


def grass(rng: np.random.Generator, *, side_px: int) -> tuple[ByteArray, ...]:
    """Draw a seamless square of meadow from above, (side, side, 3) uint8, and its halvings.

    Blades lie along the second axis of the ground (away from the camera): seen at a grazing angle
    they stand up.
    """
    soil = soft_noise(rng, (side_px, side_px), cell_px=side_px / 9, octaves=4)
    base = np.float32([0.29, 0.40, 0.15]) * (1 + 0.10 * soil[..., None])
    canvas = (base.clip(0, 1) * 255).astype(np.uint8)
    hue = np.array([0.40, 0.53, 0.19]) * rng.uniform(0.93, 1.07, 3)
    for _ in range(side_px * 20):
        start, size = rng.uniform(0, side_px, 2), side_px / 1024
        tip = start + [rng.normal(0, 4) * size, rng.uniform(10, 34) * size]
        colour = hue * rng.uniform(0.55, 1.25) + [rng.uniform(0, 0.08), 0, 0]
        _stroke(canvas, start, tip, tuple(float(c) * 255 for c in colour.clip(0, 1)))
    for _ in range(side_px // 6):
        _flower(canvas, rng)
    return pyramid(canvas)


def _stroke(canvas: ByteArray, start: FloatArray, tip: FloatArray, colour: tuple[float, ...]) -> None:
    """Draw a blade, and once more on the other side where it crosses the border."""
    side = canvas.shape[0]
    for dy in (0, -side) if tip[1] >= side else (0,):
        a, b = (start[0], start[1] + dy), (tip[0], tip[1] + dy)
        cv2.line(canvas, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), colour, 1, cv2.LINE_AA)


def _flower(canvas: ByteArray, rng: np.random.Generator) -> None:
    side = canvas.shape[0]
    x, y = (int(c) for c in rng.uniform(0.02 * side, 0.98 * side, 2))
    colour = [(245, 243, 235), (240, 205, 60), (205, 150, 215)][rng.choice(3, p=[0.5, 0.35, 0.15])]
    size = max(1, round(side / 420 * rng.uniform(0.6, 1.3)))
    # Twice as long as wide, for the same reason as the blades.
    cv2.ellipse(canvas, (x, y), (size, size * 2), 0, 0, 360, colour, -1, cv2.LINE_AA)


def mottle(rng: np.random.Generator, *, side_px: int) -> tuple[ByteArray, ...]:
    """Draw the broad differences of a meadow, (side, side, 3) uint8 about 128, and its halvings."""
    damp = soft_noise(rng, (side_px, side_px), cell_px=side_px / 6, octaves=4)
    dry = soft_noise(rng, (side_px, side_px), cell_px=side_px / 5, octaves=4)
    factor = 1 + 0.10 * damp[..., None] + 0.07 * dry[..., None] * np.float32([1, 0.35, -0.1])
    return pyramid((factor * 128).clip(0, 255).astype(np.uint8))
