"""A contact sheet of a data set: pictures spread over the names, their masks drawn on them."""

from collections.abc import Sequence
from itertools import chain, islice
from pathlib import Path

import cv2
import numpy as np

from instagan.data.layout import DOMAIN_LETTERS, Sample, find_samples, image_folder
from instagan.data.reading import read_pixels, read_sample
from instagan.errors import ConfigError
from instavid.datasets.files import OnPicture
from instavid.errors import InputError, InputNotFoundError
from instavid.metrics.sheets import CAPTION_HEIGHT, PAPER, captioned, fitted, grid, written
from instavid.metrics.thinning import Thinned
from instavid.types import BoolArray, ByteArray

TILE_HEIGHT, SHEET_WIDTH = 144, 1200
TINT = 0.35
"""How much of its colour a mask adds to what is inside."""
# Far apart in hue, and none of them the colour of grass or of an animal.
COLOURS = ((255, 0, 200), (0, 200, 255), (255, 230, 0), (255, 70, 0), (90, 90, 255), (0, 255, 160))


def preview_set(
    root: Path, split: str, *, count: int, on_picture: OnPicture = lambda done, total: None
) -> ByteArray:
    """Draw a block of pictures for each domain that is there.

    Args:
        root: The folder of the data set.
        split: Which part of it.
        count: Pictures of each domain, the same ones each time.
        on_picture: Told of progress.

    Returns:
        (H, W, 3) uint8 RGB.

    Raises:
        InputNotFoundError: Neither domain has a folder.
        InputError: A domain is faulty, or a file cannot be read.
    """
    there = [
        domain for domain in DOMAIN_LETTERS if image_folder(root, split, domain=domain).is_dir()
    ]
    if not there:
        raise InputNotFoundError(f"No {split}A and no {split}B in {root}; give another --split.")
    try:
        samples = {domain: find_samples(root, split, domain=domain) for domain in there}
        chosen = {domain: _spread(samples[domain], count) for domain in there}
        width = _tile_width(chosen[there[0]][0])
        total, tiles = sum(map(len, chosen.values())), []
        for sample in chain.from_iterable(chosen.values()):
            tiles.append(draw_sample(sample, width=width))
            on_picture(len(tiles), total)
    except ConfigError as error:
        raise InputError(f"{error} ('instavid data check' tells all that is wrong)") from error
    columns = min(max(1, SHEET_WIDTH // width), max(map(len, chosen.values())))
    blocks, left = [], iter(tiles)
    for domain, some in chosen.items():
        masks = sum(len(sample.masks) for sample in samples[domain])
        title = f"{split}{domain}: {len(some)} of {len(samples[domain])} pictures, {masks} masks"
        blocks.append(_block(list(islice(left, len(some))), title, columns=columns))
    return np.vstack(blocks)


def draw_sample(sample: Sample, *, width: int) -> ByteArray:
    """Return a tile of a picture with its masks, captioned with their number and its name.

    Returns:
        (TILE_HEIGHT + 16, width, 3) uint8 RGB.

    Raises:
        ConfigError: A file cannot be read, or sizes differ.
    """
    picture, masks = read_sample(sample)
    rgb = picture.permute(1, 2, 0).numpy()
    shrinking = max(rgb.shape[0] / TILE_HEIGHT, rgb.shape[1] / width)
    drawn = draw_masks(rgb, masks.numpy(), outline=max(1, round(2 * shrinking)))
    caption = f"{len(sample.masks)}: {sample.image.stem}"
    return captioned(fitted(drawn, height=TILE_HEIGHT, width=width), caption)


def _tile_width(sample: Sample) -> int:
    """Return how wide a tile is, px: in the shape of one picture, as most sets are of one size."""
    height, width = read_pixels(sample.image, "RGB").shape[:2]
    fitting: int = round(TILE_HEIGHT * width / height)
    return min(max(TILE_HEIGHT, fitting), 2 * TILE_HEIGHT)


def draw_masks(rgb: ByteArray, masks: BoolArray, *, outline: int) -> ByteArray:
    """Return a picture with every mask tinted and outlined, each in a colour of its own.

    Args:
        rgb: (H, W, 3) uint8.
        masks: (N, H, W) bool, True inside.
        outline: Width of the outlines, px.
    """
    drawn = np.ascontiguousarray(rgb).copy()
    for index, mask in enumerate(masks):
        colour = COLOURS[index % len(COLOURS)]
        drawn[mask] = np.rint((1 - TINT) * drawn[mask] + TINT * np.array(colour)).astype(np.uint8)
        rings, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
        cv2.drawContours(drawn, rings, -1, colour, outline)
    return drawn


def _spread(samples: Sequence[Sample], count: int) -> list[Sample]:
    chosen = Thinned[Sample](count)
    for sample in samples:
        chosen.add(sample)
    return chosen.chosen()


def _block(tiles: Sequence[ByteArray], title: str, *, columns: int) -> ByteArray:
    blank = np.full_like(tiles[0], PAPER)
    missing = max(0, columns - len(tiles))
    sheet = grid([*tiles, *[blank] * missing], columns=columns)
    head = np.full((CAPTION_HEIGHT + 6, sheet.shape[1], 3), PAPER, np.uint8)
    head[6:] = written(head[6:], title, (0, 0, 0))
    return np.vstack([head, sheet])
