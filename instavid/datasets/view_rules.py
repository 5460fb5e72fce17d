"""Which objects of a frame are seen well enough to learn from, and what the others lack."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import cv2
import numpy as np

from instagan.windows import Window
from instavid.core.blurring import blur_of, to_gray
from instavid.core.visibility import cut_off_share, touched_share
from instavid.defaults import ALIKE_BITS
from instavid.types import Frame, Instances, Mask, TrackedInstance

Reason = Literal[
    "guessed", "unsure", "small", "cut off", "hidden", "doubtful", "blurred", "alike", "surplus"
]

_JUDGED_HEIGHT = 256
"""Px to which larger objects are shrunk before blur is measured: what pairs are trained at."""
_CUT_OFF = 0.035
"""Of its outline, that may lie on the edge of the frame: hooves may, half a body may not."""
_TOUCHED = 0.1
"""Of its outline, that others may touch: who has more of a neighbour is behind or melts into it."""
_PART, _PART_LEAST, _PART_MOST = 0.8, 0.05, 0.7
"""A detection is a part of a mask if this share of it is inside and if it is this share of it."""


@dataclass(frozen=True)
class ViewRules:
    """What a view of an object must be to be kept."""

    min_height_px: int = 64
    conf: float = 0.5
    """Least score of its detection, 0 to 1."""
    max_blur: float = 0.48
    """See `instavid.core.blurring`. On our clips what is in focus has 0.25 to 0.45, 0.5 to 0.6 what
    is not; a Gaussian of two pixels makes 0.57 and more of everything."""
    per_track: int = 32
    """Most views of one object in one scene."""
    alike_bits: int = ALIKE_BITS
    """Views whose fingerprints differ in no more bits look alike."""


@dataclass(frozen=True)
class Verdict:
    """What there is to say of an object in one frame."""

    fault: Reason | None
    quality: float = 0.0
    """How sure its detection is, times how sharp it is, 0 to 1; 0 where there is a fault."""


def judge(
    instances: Sequence[TrackedInstance], found: Instances, frame: Frame, rules: ViewRules
) -> list[Verdict]:
    """Judge all objects of a frame.

    Args:
        instances: The objects as they are tracked.
        found: All that the segmenter found in the frame, weak detections included.
        frame: The frame.
        rules: What is asked for.
    """
    return [_judge(one, instances, found, frame, rules) for one in instances]


def _judge(
    instance: TrackedInstance,
    instances: Sequence[TrackedInstance],
    found: Instances,
    frame: Frame,
    rules: ViewRules,
) -> Verdict:
    others = [other.mask for other in instances if other is not instance]
    if fault := _fault(instance, others, found, frame, rules):
        return Verdict(fault)
    # Last, because only this needs the picture.
    blur = _blur(instance.mask, frame)
    if blur > rules.max_blur:
        return Verdict("blurred")
    return Verdict(None, quality=instance.score * (1 - blur))


def _fault(
    instance: TrackedInstance,
    others: Sequence[Mask],
    found: Instances,
    frame: Frame,
    rules: ViewRules,
) -> Reason | None:
    mask = instance.mask
    if instance.carried:
        return "guessed"
    if mask.window.height < rules.min_height_px:
        return "small"
    if instance.score < rules.conf:
        return "unsure"
    if cut_off_share(mask, *frame.picture.upright_size) > _CUT_OFF:
        return "cut off"
    if touched_share(mask, others) > _TOUCHED:
        return "hidden"
    return "doubtful" if any(_is_part(other, mask) for other in found.masks) else None


def _is_part(found: Mask, mask: Mask) -> bool:
    """Return whether what was found is a part of a mask, which may then be of two objects."""
    if not _PART_LEAST * mask.area <= found.area <= _PART_MOST * mask.area:
        return False
    return found.overlap(mask) >= _PART * found.area


def _blur(mask: Mask, frame: Frame) -> float:
    height, width = frame.picture.upright_size
    box, room = mask.window, mask.window.height // 10
    around = Window(box.left - room, box.top - room, box.right + room, box.bottom + room)
    seen = around.intersect(Window(0, 0, width, height))
    gray = to_gray(frame.rgb(seen))
    inside = mask.within(seen)
    scale = _JUDGED_HEIGHT / box.height
    if scale >= 1:
        return blur_of(gray, inside)
    small = cv2.resize(gray, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
    size = small.shape[1], small.shape[0]
    shrunk = cv2.resize(inside.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST)
    return blur_of(small.astype(np.uint8, copy=False), shrunk > 0)
