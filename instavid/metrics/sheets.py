"""Contact sheets: tiles with frames and captions, put together to one RGB array."""

import re
from collections.abc import Sequence

import cv2
import numpy as np

from instavid.types import ByteArray

GREEN, RED, GRAY, PAPER = (0, 170, 60), (215, 30, 40), (128, 128, 128), (255, 255, 255)
CAPTION_HEIGHT = 16

_FONT, _FONT_SCALE = cv2.FONT_HERSHEY_SIMPLEX, 0.38
_LETTER_WIDTH = 7  # px of a broad letter in that font

Colour = tuple[int, int, int]


def fitted(rgb: ByteArray, *, height: int, width: int) -> ByteArray:
    """Scale a picture to fit a tile, in the middle of it, the rest the colour of paper.

    Args:
        rgb: (h, w, 3) uint8, not empty.
        height: Of the tile, px.
        width: Of the tile, px.

    Returns:
        (height, width, 3) uint8.
    """
    scale = min(height / rgb.shape[0], width / rgb.shape[1])
    inner = max(1, round(rgb.shape[0] * scale)), max(1, round(rgb.shape[1] * scale))
    tile = _blank(height, width)
    top, left = (height - inner[0]) // 2, (width - inner[1]) // 2
    tile[top : top + inner[0], left : left + inner[1]] = resized(rgb, *inner)
    return tile


def resized(rgb: ByteArray, height: int, width: int) -> ByteArray:
    """Scale a picture, (h, w, 3) uint8, to (height, width, 3) without aliasing."""
    smaller = height * width < rgb.shape[0] * rgb.shape[1]
    how = cv2.INTER_AREA if smaller else cv2.INTER_LINEAR
    return cv2.resize(rgb, (width, height), interpolation=how).astype(np.uint8, copy=False)


def framed(rgb: ByteArray, colour: Colour, *, width: int = 3) -> ByteArray:
    """Add a border of `width` px of one colour on all sides.

    >>> framed(np.zeros((2, 2, 3), np.uint8), GREEN).shape
    (8, 8, 3)
    """
    height, across = rgb.shape[0] + 2 * width, rgb.shape[1] + 2 * width
    whole = _blank(height, across, colour)
    whole[width:-width, width:-width] = rgb
    return whole


def captioned(rgb: ByteArray, text: str) -> ByteArray:
    """Add a line of text, 16 px high, below a picture; what does not fit is left out."""
    line = _blank(CAPTION_HEIGHT, rgb.shape[1])
    return np.vstack([rgb, written(line, text, (0, 0, 0))])


def written(rgb: ByteArray, text: str, colour: Colour) -> ByteArray:
    """Return a picture with a line of text at its top left, on what is there.

    Letters that the font lacks become question marks.
    """
    canvas = np.ascontiguousarray(rgb)
    if canvas is rgb:
        canvas = rgb.copy()
    most = max(1, (rgb.shape[1] - 4) // _LETTER_WIDTH)
    plain = re.sub(r"[^ -~]", "?", text)[:most]
    cv2.putText(canvas, plain, (2, 12), _FONT, _FONT_SCALE, colour, 1, cv2.LINE_AA)
    return canvas


def caption_width(text: str) -> int:
    """Return how many pixels `written` takes for a text at the most."""
    return 4 + _LETTER_WIDTH * len(text)


def grid(tiles: Sequence[ByteArray], *, columns: int, gap: int = 6) -> ByteArray:
    """Put tiles of one size side by side and in rows, with paper around and between them.

    Args:
        tiles: (h, w, 3) uint8 each, at least one.
        columns: In every row but perhaps the last.
        gap: Between tiles and around all, px.

    Returns:
        (H, W, 3) uint8.

    >>> grid([np.zeros((4, 8, 3), np.uint8)] * 3, columns=2, gap=1).shape
    (11, 19, 3)
    """
    height, width = tiles[0].shape[:2]
    columns = min(columns, len(tiles))
    rows = -(-len(tiles) // columns)
    sheet = _blank(gap + rows * (height + gap), gap + columns * (width + gap))
    for index, tile in enumerate(tiles):
        row, column = divmod(index, columns)
        top, left = gap + row * (height + gap), gap + column * (width + gap)
        sheet[top : top + height, left : left + width] = tile
    return sheet


def _blank(height: int, width: int, colour: Colour = PAPER) -> ByteArray:
    return np.full((height, width, 3), colour, np.uint8)
