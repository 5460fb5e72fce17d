"""Where one scene ends and the next begins, from two small pictures."""

import cv2
import numpy as np
import numpy.typing as npt

from instavid.types import ByteArray

FloatArray = npt.NDArray[np.float32]

# On our ten real clips, two frames of one shot that follow each other had structure >= 0.70, detail
# >= 0.43 and colours >= 0.90 (nearly always); frames of different clips at most 0.60, 0.46, 0.64.
_STRUCTURE_LOST, _STRUCTURE_DOUBTFUL = 0.50, 0.65
_DETAIL_LOST, _DETAIL_DOUBTFUL = 0.30, 0.50
_COLOURS_CHANGED = 0.65

_FLAT = 3.0  # standard deviation, grey levels: nothing to compare in black, white or deep fades
_SLACK = 4, 8  # how far the camera may turn between two frames, thumbnail px down and across


def is_cut(previous_thumb: ByteArray, current_thumb: ByteArray) -> bool:
    """Tell whether a new scene begins, from thumbnails of two frames that follow each other.

    Pictures are compared by correlation, which brightness and contrast do not touch (fades,
    flashes), at the best of many shifts (pans, shake). Colours alone never make a cut, and a loss
    of structure with equal colours only does when it is complete (fast motion keeps some).

    Args:
        previous_thumb: (36, 64, 3) uint8, brightness first.
        current_thumb: The same of the frame after.
    """
    before = previous_thumb[..., 0].astype(np.float32)
    now = current_thumb[..., 0].astype(np.float32)
    if before.std() < _FLAT or now.std() < _FLAT:
        return False
    structure = _correlation(before, now)
    detail = _correlation(_fine(before), _fine(now))
    if structure < _STRUCTURE_LOST and detail < _DETAIL_LOST:
        return True
    return (
        structure < _STRUCTURE_DOUBTFUL
        and detail < _DETAIL_DOUBTFUL
        and _shared_colours(previous_thumb, current_thumb) < _COLOURS_CHANGED
    )


def _correlation(before: FloatArray, now: FloatArray) -> float:
    """Return the best correlation of the middle of one picture with the other, -1 to 1."""
    down, across = _SLACK
    middle = before[down:-down, across:-across]
    return float(cv2.matchTemplate(now, middle, cv2.TM_CCOEFF_NORMED).max())


def _fine(picture: FloatArray) -> FloatArray:
    """Remove what is coarse: skies above and grounds below look alike everywhere."""
    fine: FloatArray = picture - cv2.GaussianBlur(picture, (0, 0), 3)
    return fine


def _shared_colours(before: ByteArray, now: ByteArray) -> float:
    """Return the share of pixels whose coarse colours both pictures have, 0 to 1."""
    bins, ranges = [6, 6, 6], [0, 256] * 3
    one, other = (
        cv2.calcHist([cv2.cvtColor(picture, cv2.COLOR_YUV2RGB)], [0, 1, 2], None, bins, ranges)
        for picture in (before, now)
    )
    return float(np.minimum(one, other).sum() / one.sum())
