"""Draws what grows: tufts, flowers, and the meadow itself as seen from above."""

import cv2
import numpy as np

from instavid.meadow.canvas import Colour, Sheet, blended, flat
from instavid.meadow.geometry import FloatArray
from instavid.meadow.noise import soft_noise
from instavid.meadow.sprites import Sprite, pyramid
from instavid.types import ByteArray


def tuft(rng: np.random.Generator, *, flower: Colour | None) -> Sprite:
    """Draw a tuft of long grass, with flowers or without, in metres, foot at (0, 0)."""
    sheet = Sheet(-0.16, -0.02, 0.16, 0.30, 240.0)
    colours = np.zeros((*sheet.shape, 3), np.float32)
    alpha = np.zeros(sheet.shape, np.float32)
    for _ in range(26):
        blade = _blade(sheet, rng)
        shade = rng.uniform(0.7, 1.15) * (0.55 + 2.2 * sheet.grid()[1].clip(0, 0.2))
        colours = blended(colours, shade[..., None] * flat([0.42, 0.55, 0.19]), blade)
        alpha = np.maximum(alpha, blade)
    for colour in [flower] * 5 if flower else []:
        x, y = rng.normal(0, 0.06), rng.uniform(0.10, 0.24)
        head = sheet.disc(x, y, 0.017, 0.014)
        colours = blended(colours, flat(colour), head)
        colours = blended(colours, flat([0.85, 0.62, 0.12]), sheet.disc(x, y, 0.006, 0.005))
        alpha = np.maximum(alpha, head)
    return sheet.sprite(colours, alpha)


def _blade(sheet: Sheet, rng: np.random.Generator) -> FloatArray:
    x, lean, tall = rng.normal(0, 0.035), rng.normal(0, 0.06), rng.uniform(0.07, 0.20)
    bend, knee = x + lean * 0.5, tall * 0.6
    outline = [(x - 0.004, 0), (x + 0.004, 0), (bend + 0.003, knee), (x + lean, tall)]
    return sheet.polygon([*outline, (bend - 0.003, knee)])


def grass(rng: np.random.Generator, *, side_px: int) -> tuple[ByteArray, ...]:
    """Draw a seamless square of meadow from above, (side, side, 3) uint8, and its halvings.

    Blades lie along the second axis of the ground (away from the camera): seen at a grazing angle
    they stand up.
    """
    soil = soft_noise(rng, (side_px, side_px), cell_px=side_px / 9, octaves=4)
    base = flat([0.29, 0.40, 0.15]) * (1 + 0.10 * soil[..., None])
    canvas = (base.clip(0, 1) * 255).astype(np.uint8)
    hue = np.array([0.40, 0.53, 0.19]) * rng.uniform(0.93, 1.07, 3)
    for _ in range(side_px * 20):
        start, size = rng.uniform(0, side_px, 2), side_px / 1024
        tip = start + np.array([rng.normal(0, 4), rng.uniform(10, 34)]) * size
        colour = hue * rng.uniform(0.55, 1.25) + np.array([rng.uniform(0, 0.08), 0, 0])
        _stroke(canvas, start, tip, tuple(float(c) * 255 for c in colour.clip(0, 1)))
    for _ in range(side_px // 6):
        _flower(canvas, rng)
    return pyramid(canvas)


def _stroke(
    canvas: ByteArray, start: FloatArray, tip: FloatArray, colour: tuple[float, ...]
) -> None:
    """Draw a blade, and once more on the other side where it crosses the border."""
    side = canvas.shape[0]
    for dy in (0, -side) if tip[1] >= side else (0,):
        a, b = (start[0], start[1] + dy), (tip[0], tip[1] + dy)
        cv2.line(
            canvas, (round(a[0]), round(a[1])), (round(b[0]), round(b[1])), colour, 1, cv2.LINE_AA
        )


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
    factor = 1 + 0.10 * damp[..., None] + 0.07 * dry[..., None] * flat([1, 0.35, -0.1])
    return pyramid((factor * 128).clip(0, 255).astype(np.uint8))
