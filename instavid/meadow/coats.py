"""What animals wear: wool, hide with patches, short hair."""

import cv2
import numpy as np

from instavid.meadow.canvas import Colour, blended
from instavid.meadow.geometry import FloatArray
from instavid.meadow.noise import cells, seam_distance, soft_noise


def wool_relief(rng: np.random.Generator, shape: tuple[int, int], *, curl_px: float) -> FloatArray:
    """Return the relief of a fleece: puffs, each wound into a curl, (height, width) px."""
    locks = cells(rng, shape, cell_px=curl_px)
    radius = curl_px * 0.8
    puff = np.sqrt(np.clip(radius**2 - locks.distance**2, 0, None))
    turn = rng.uniform(0, 2 * np.pi, locks.count + 1).astype(np.float32)
    angle = np.arctan2(locks.offset[..., 1], locks.offset[..., 0]) + turn[locks.index]
    curl = np.sin(angle + locks.distance / radius * 7.0)
    tufts = soft_noise(rng, shape, cell_px=curl_px * 3.5, octaves=2)
    relief: FloatArray = puff + 0.13 * radius * curl + 0.5 * radius * tufts
    return cv2.GaussianBlur(relief, (0, 0), max(0.5, curl_px * 0.05)).astype(np.float32)


def patchwork(
    rng: np.random.Generator,
    shape: tuple[int, int],
    *,
    patch_px: float,
    seam_px: float,
    patch: Colour,
    seam: Colour,
) -> FloatArray:
    """Return a giraffe's hide: dark angular patches with pale seams, (height, width, 3)."""
    plates = cells(rng, shape, cell_px=patch_px)
    index = _warped(rng, plates.index, patch_px)
    rim = seam_distance(index) - seam_px / 2
    cover = np.clip(rim / (0.07 * patch_px) + 0.5, 0, 1).astype(np.float32)
    depth = np.clip(rim / (0.45 * patch_px), 0, 1).astype(np.float32)
    own = rng.normal(0, 0.10, plates.count + 1).astype(np.float32)[index]
    dark = (1.08 - 0.30 * depth + own)[..., None] * np.asarray(patch, np.float32)
    pale = np.broadcast_to(np.asarray(seam, np.float32), dark.shape)
    return blended(pale.astype(np.float32), dark.astype(np.float32), cover)


def _warped(
    rng: np.random.Generator,
    index: np.ndarray[tuple[int, ...], np.dtype[np.int32]],
    patch_px: float,
) -> np.ndarray[tuple[int, ...], np.dtype[np.int32]]:
    """Bend the borders between cells, so that no plate is a perfect polygon."""
    shape = (index.shape[0], index.shape[1])
    y, x = np.mgrid[: shape[0], : shape[1]].astype(np.float32)
    bend = [soft_noise(rng, shape, cell_px=patch_px * 0.7) * patch_px * 0.07 for _ in range(2)]
    bent = cv2.remap(
        index.astype(np.float32),
        x + bend[0],
        y + bend[1],
        cv2.INTER_NEAREST,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return bent.astype(np.int32)


def hair(rng: np.random.Generator, shape: tuple[int, int], *, length_px: float) -> FloatArray:
    """Return the sheen of short hair that grows downwards, (height, width) about 1."""
    fine = rng.standard_normal(shape, np.float32)
    strands = cv2.GaussianBlur(fine, (0, 0), sigmaX=0.7, sigmaY=max(0.8, length_px / 2))
    broad = soft_noise(rng, shape, cell_px=length_px * 6, octaves=2)
    sheen: FloatArray = 1 + 0.07 * strands / (strands.std() + 1e-6) + 0.05 * broad
    return sheen.astype(np.float32)


def fading(distance: FloatArray, *, over: float) -> FloatArray:
    """Return 0 where a distance is negative, 1 beyond `over`, smooth between."""
    t = np.clip(distance / over, 0, 1)
    smooth: FloatArray = (t * t * (3 - 2 * t)).astype(np.float32)
    return smooth
