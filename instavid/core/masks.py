"""Masks among themselves: who covers whom, and whose a contested pixel is."""

from collections.abc import Sequence

import cv2
import numpy as np

from instagan.windows import Window
from instavid.types import BoolArray, Instances, Mask

NOTHING = Mask(Window(0, 0, 0, 0), np.zeros((0, 0), bool))

_A_PART = 0.8  # whose mask another covers by this share is a part of it
_SPECK = 0.1  # pieces smaller than this share of the largest are rests of a boundary, not a leg


def placed(inside: BoolArray, window: Window) -> Mask:
    """Return the mask whose pixels are drawn, (h, w) bool, in a window of the frame.

    >>> placed(np.array([[False, True]]), Window(10, 20, 12, 21)).window
    Window(left=11, top=20, right=12, bottom=21)
    """
    mask = Mask.from_full(inside)
    if not mask.area:
        return NOTHING
    frame_corner = Window(-window.left, -window.top, 0, 0)
    return Mask(mask.window.relative_to(frame_corner), mask.inside)


def covered_share(mask: Mask, others: Sequence[Mask]) -> float:
    """Return which share of a mask the others cover together, 0 to 1; nothing covers an empty one.

    >>> strip = Mask.from_full(np.ones((1, 4), bool))
    >>> covered_share(strip, [Mask.from_full(np.eye(1, 4, dtype=bool))])
    0.25
    """
    if not mask.area:
        return 0.0
    return float(np.count_nonzero(mask.inside & _union(others, mask.window))) / mask.area


def without_parts(found: Instances) -> Instances:
    """Leave out what is a mere part of one of the same class that was found with a higher score.

    Of an object that is partly hidden a segmenter finds the whole and, beside it, what is seen on
    either side. Masks of different objects hardly overlap, however near they are.

    >>> strip, dot = Mask.from_full(np.ones((1, 4), bool)), Mask.from_full(np.eye(1, 4, dtype=bool))
    >>> [len(without_parts(Instances((dot, strip), ("sheep", label), (0.4, 0.9))))
    ...  for label in ("sheep", "cow")]
    [1, 2]
    """
    kept: list[int] = []
    for index in sorted(range(len(found)), key=lambda index: -found.scores[index]):
        alike = [surer for surer in kept if found.labels[surer] == found.labels[index]]
        if not any(_is_part(found.masks[index], found.masks[surer]) for surer in alike):
            kept.append(index)
    return found.only(sorted(kept))


def _is_part(mask: Mask, other: Mask) -> bool:
    least = _A_PART * mask.area
    # Boxes are quick to compare, and tell most pairs apart.
    return mask.window.intersect(other.window).area >= least and mask.overlap(other) >= least


def share_out(masks: Sequence[Mask], *, yielding: Sequence[bool]) -> list[Mask]:
    """Give every contested pixel to one mask only.

    The smaller mask has it: where a segmenter draws one object over two, the other mask of the
    pair is right about its own, and what is left of the large one is the other object.

    Args:
        masks: Masks of one frame.
        yielding: True for masks that are guesses; they lose every contest with the others.

    Returns:
        The masks in the same order, some smaller, some perhaps empty.

    >>> strip, dot = Mask.from_full(np.ones((1, 4), bool)), Mask.from_full(np.eye(1, 4, dtype=bool))
    >>> [mask.area for mask in share_out([strip, dot], yielding=[False, False])]
    [3, 1]
    """
    order = sorted(range(len(masks)), key=lambda index: (yielding[index], masks[index].area))
    shared = list(masks)
    for place, index in enumerate(order):
        mask = masks[index]
        taken = mask.inside & _union([masks[earlier] for earlier in order[:place]], mask.window)
        if taken.any():
            shared[index] = placed(without_specks(mask.inside & ~taken), mask.window)
    return shared


def _union(masks: Sequence[Mask], window: Window) -> BoolArray:
    union = np.zeros((window.height, window.width), bool)
    for mask in masks:
        shared = mask.window.intersect(window)
        if not shared.is_empty:
            part = mask.inside[shared.relative_to(mask.window).slices]
            union[shared.relative_to(window).slices] |= part
    return union


def without_specks(inside: BoolArray) -> BoolArray:
    """Return a drawing, (h, w) bool, without its small pieces."""
    _, pieces, stats, _ = cv2.connectedComponentsWithStats(inside.astype(np.uint8))
    areas = stats[:, cv2.CC_STAT_AREA].copy()
    areas[0] = 0  # the outside
    large = areas >= max(1.0, _SPECK * float(areas.max()))
    kept: BoolArray = large[pieces]
    return kept
