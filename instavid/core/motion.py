"""Where a mask went while nobody saw it: optical flow on a small gray copy of the frames."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from instagan.windows import Window
from instavid.core.masks import NOTHING, placed, without_specks
from instavid.types import BoolArray, ByteArray, Mask

FloatArray = npt.NDArray[np.float32]

# Fractions of the object's size per frame, from our gap-filling table on COCO cut-outs: warping by
# dense flow wins below the first, shifting by the median flow above the second.
_SLOW, _FAST = 0.10, 0.20
_CONSISTENT_SHARE = 0.5


@dataclass(frozen=True)
class Flow:
    """Dense motion between two frames, measured on a smaller copy of them."""

    forward: FloatArray
    """(h, w, 2) float32: where each pixel of the frame before went, as (dx, dy), small px."""
    backward: FloatArray
    """(h, w, 2) float32: where each pixel of this frame was, relative to itself, small px."""
    frame_height: int
    frame_width: int


def measure_flow(
    previous_gray: ByteArray, current_gray: ByteArray, *, frame_height: int, frame_width: int
) -> Flow:
    """Measure motion both ways with DIS at its medium preset.

    Args:
        previous_gray: (h, w) uint8, a copy of the frame before, 640 px wide is plenty.
        current_gray: (h, w) uint8.
        frame_height: Height of the frames that these are copies of, px.
        frame_width: Their width, px.
    """
    dis = cv2.DISOpticalFlow.create(cv2.DISOPTICAL_FLOW_PRESET_MEDIUM)
    return Flow(
        forward=dis.calc(previous_gray, current_gray, None),  # type: ignore[call-overload]
        backward=dis.calc(current_gray, previous_gray, None),  # type: ignore[call-overload]
        frame_height=frame_height,
        frame_width=frame_width,
    )


def carry_mask(mask: Mask, flow: Flow) -> Mask:
    """Return where a mask of the frame before lies now; an empty mask if it left the frame.

    Slow, well measured motion bends the silhouette; fast or doubtful motion only shifts it.
    """
    if not mask.area:
        return mask
    across = flow.frame_width / flow.forward.shape[1]
    down = flow.frame_height / flow.forward.shape[0]
    motion, agrees = _motion_inside(mask, flow, across, down)
    trusted = motion[agrees] if agrees.mean() >= _CONSISTENT_SHARE / 2 else motion
    dx, dy = np.median(trusted, axis=0) * (across, down)
    speed = float(np.hypot(dx, dy)) / float(np.sqrt(mask.area))
    share = float(agrees.mean())
    if speed > _FAST or share < _CONSISTENT_SHARE or (speed > _SLOW and share < 0.8):
        return _shift(mask, round(dx), round(dy), flow)
    return _bend(mask, dx, dy, flow)


def _motion_inside(
    mask: Mask, flow: Flow, across: float, down: float
) -> tuple[FloatArray, BoolArray]:
    """Return forward motion under a mask, (n, 2) small px, and where going back agrees, (n,)."""
    height, width = flow.forward.shape[:2]
    rows, columns = np.nonzero(mask.inside)
    y = np.minimum((rows + mask.window.top) / down, height - 1).astype(np.intp)
    x = np.minimum((columns + mask.window.left) / across, width - 1).astype(np.intp)
    motion = flow.forward[y, x]
    there_x = np.clip(np.rint(x + motion[:, 0]), 0, width - 1).astype(np.intp)
    there_y = np.clip(np.rint(y + motion[:, 1]), 0, height - 1).astype(np.intp)
    miss = np.linalg.norm(motion + flow.backward[there_y, there_x], axis=1)
    return motion, miss <= 1.0 + 0.05 * np.linalg.norm(motion, axis=1)


def _shift(mask: Mask, dx: int, dy: int, flow: Flow) -> Mask:
    moved = mask.window.relative_to(Window(-dx, -dy, 0, 0))
    seen = moved.intersect(_frame(flow))
    if seen.is_empty:
        return NOTHING
    return placed(mask.inside[seen.relative_to(moved).slices], seen)


def _bend(mask: Mask, dx: float, dy: float, flow: Flow) -> Mask:
    """Look up, for every pixel that the mask may have reached, whether it came from inside."""
    reach = 8 + int(2 * np.hypot(dx, dy))
    window = mask.window
    target = Window(
        window.left - reach, window.top - reach, window.right + reach, window.bottom + reach
    ).intersect(_frame(flow))
    came_from = _enlarged(flow.backward, target, flow)
    y, x = np.mgrid[target.top : target.bottom, target.left : target.right].astype(np.float32)
    soft = cv2.remap(
        mask.inside.astype(np.float32),
        x + came_from[..., 0] - window.left,
        y + came_from[..., 1] - window.top,
        cv2.INTER_LINEAR,
        borderMode=cv2.BORDER_CONSTANT,
        borderValue=0,
    )
    return placed(without_specks(soft > 0.5), target)


def _enlarged(small: FloatArray, window: Window, flow: Flow) -> FloatArray:
    """Return a small flow field over a window of the frame, (h, w, 2) float32, px of the frame."""
    height, width = small.shape[:2]
    across, down = width / flow.frame_width, height / flow.frame_height
    to_small = np.array(
        [
            [across, 0, (window.left + 0.5) * across - 0.5],
            [0, down, (window.top + 0.5) * down - 0.5],
        ]
    )
    field: FloatArray = cv2.warpAffine(  # type: ignore[assignment]
        small,
        to_small,
        (window.width, window.height),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    scaled: FloatArray = field * np.array([1 / across, 1 / down], np.float32)
    return scaled


def _frame(flow: Flow) -> Window:
    return Window(0, 0, flow.frame_width, flow.frame_height)
