"""Which instances share a crop, and where each crop lies."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np

from instagan.grouping import group_boxes
from instagan.windows import Window, crop_window
from instavid.types import Crop, Frame, TrackedInstance

_ALIKE = 0.2  # of the area; what goes one way and what goes the other differ by less


@dataclass(frozen=True)
class CropPlan:
    """One crop of one frame."""

    window: Window
    """Where to cut, in upright pixels of the frame."""
    members: tuple[TrackedInstance, ...]
    """The instances to change in it, in slot order."""
    times_alone: float = 1.0
    """How many times higher `window` is than its tallest member alone would get."""

    @property
    def facing(self) -> int:
        """Return which way most of it goes, by area: -1 left, 1 right, 0 not known.

        Where both ways are alike, the oldest member decides: areas waver from frame to frame.
        """
        known = [member for member in self.members if member.facing]
        balance = sum(member.facing * member.mask.area for member in known)
        if known and abs(balance) < _ALIKE * sum(member.mask.area for member in known):
            return min(known, key=lambda member: member.track_id).facing
        return int(np.sign(balance))


def plan_crops(
    instances: Sequence[TrackedInstance],
    *,
    margins: tuple[float, float, float, float],
    aspect: float,
    frame_width: int,
    frame_height: int,
    max_members: int = 4,
) -> list[CropPlan]:
    """Group overlapping instances and place one window per group.

    Args:
        instances: In slot order.
        margins: Of the pair and direction, see `instagan.windows.crop_window`.
        aspect: Width over height of a window, px.
        frame_width: Upright width, px.
        frame_height: Upright height, px.
        max_members: Instances per crop at the most.

    Returns:
        Plans ordered by the oldest member of each, so that the painting order does not flicker.
    """
    place = partial(
        crop_window,
        margins=margins,
        aspect=aspect,
        frame_width=frame_width,
        frame_height=frame_height,
    )
    groups = group_overlapping(instances, max_members=max_members)
    return [_plan(group, place) for group in groups]


def _plan(group: list[TrackedInstance], place: Callable[[list[Window]], Window]) -> CropPlan:
    boxes = [member.mask.window for member in group]
    window = place(boxes)
    alone = place([max(boxes, key=lambda box: box.height)])
    return CropPlan(window, tuple(group), max(1.0, window.height / alone.height))


def group_overlapping(
    instances: Sequence[TrackedInstance], *, max_members: int
) -> list[list[TrackedInstance]]:
    """Merge instances whose boxes overlap, strongest overlap first, within the caps."""
    oldest_first = sorted(instances, key=lambda instance: instance.track_id)
    groups = group_boxes([i.mask.window for i in oldest_first], max_members=max_members)
    return [[oldest_first[index] for index in group] for group in groups]


def cut_crop(frame: Frame, plan: CropPlan) -> Crop:
    """Cut the picture and the masks of one plan out of a frame."""
    masks = np.stack([member.mask.within(plan.window) for member in plan.members])
    return Crop(
        rgb=frame.rgb(plan.window),
        masks=masks,
        times_alone=plan.times_alone,
        facing=plan.facing,
    )
