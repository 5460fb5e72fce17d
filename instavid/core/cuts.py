"""Where one scene ends and the next begins, from two small pictures."""

import cv2
import numpy as np
import numpy.typing as npt

from instavid.types import ByteArray

FloatArray = npt.NDArray[np.float32]

# Frames of one shot that follow each other keep at least 0.75 of their blocks and 0.90 of their
# colours, nearly always, on our ten real clips; frames of different clips 0.42 and 0.64 at most.
_BLOCKS_LOST, _BLOCKS_DOUBTFUL = 0.15, 0.45
_COLOURS_CHANGED = 0.65

_BLOCK = 12, 16  # thumbnail px down and across
_SLACK = 4, 8  # how far a block may move between two frames, thumbnail px down and across
_ALIKE = 0.6  # correlation of a block with itself one frame later
_FLAT = 2.0  # standard deviation, grey levels: nothing to recognise in skies, black or white


def is_cut(previous_thumb: ByteArray, current_thumb: ByteArray) -> bool:
    """Tell whether a new scene begins, from thumbnails of two frames that follow each other.

    The picture before is looked for in this one block by block, so that a large object on the move
    spoils only some of it; at the best of many shifts (pans, shake); and by correlation, which
    brightness and contrast do not touch (fades, flashes).

    Args:
        previous_thumb: (36, 64, 3) uint8, brightness first.
        current_thumb: The same of the frame after.
    """
    kept = _kept_blocks(_fine(previous_thumb[..., 0]), _fine(current_thumb[..., 0]))
    if kept < _BLOCKS_LOST:
        return True
    return (
        kept < _BLOCKS_DOUBTFUL
        and _shared_colours(previous_thumb, current_thumb) < _COLOURS_CHANGED
    )


def _kept_blocks(before: FloatArray, now: FloatArray) -> float:
    """Return the share of blocks with some texture that are found again, 1 if there are none."""
    if now.std() < _FLAT:
        return 1.0
    (height, width), (down, across) = _BLOCK, _SLACK
    wide = cv2.copyMakeBorder(now, down, down, across, across, cv2.BORDER_REPLICATE)
    alike = []
    for y in range(0, before.shape[0], height):
        for x in range(0, before.shape[1], width):
            block = before[y : y + height, x : x + width]
            if block.std() >= _FLAT:
                around = wide[y : y + height + 2 * down, x : x + width + 2 * across]
                found = cv2.matchTemplate(around, block, cv2.TM_CCOEFF_NORMED).max()
                alike.append(float(found) > _ALIKE)
    return sum(alike) / len(alike) if alike else 1.0


def _fine(picture: ByteArray) -> FloatArray:
    """Remove what is coarse: skies above and grounds below look alike everywhere."""
    grey = picture.astype(np.float32)
    fine: FloatArray = grey - cv2.GaussianBlur(grey, (0, 0), 3)
    return fine


def _shared_colours(before: ByteArray, now: ByteArray) -> float:
    """Return the share of pixels whose coarse colours both pictures have, 0 to 1."""
    bins, ranges = [6, 6, 6], [0, 256] * 3
    one, other = (
        cv2.calcHist([cv2.cvtColor(picture, cv2.COLOR_YUV2RGB)], [0, 1, 2], None, bins, ranges)
        for picture in (before, now)
    )
    return float(np.minimum(one, other).sum() / one.sum())
