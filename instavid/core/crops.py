"""Which instances share a crop, and where each crop lies."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from instagan.windows import Window, crop_window
from instavid.types import Crop, Frame, TrackedInstance

# Overlap of boxes, as a share of the smaller one, from which two instances are painted together.
_SHARED_BOX = 0.15
# A flock must not become the whole frame: a group is at most this many times as large, in either
# direction, as its largest member, so that no member loses more than half of its resolution.
_LARGEST_SPREAD = 2.0


@dataclass(frozen=True)
class CropPlan:
    """One crop of one frame."""

    window: Window
    """Where to cut, in upright pixels of the frame."""
    members: tuple[TrackedInstance, ...]
    """The instances to change in it, in slot order."""


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
    return [
        CropPlan(
            crop_window(
                [member.mask.window for member in group],
                margins=margins,
                aspect=aspect,
                frame_width=frame_width,
                frame_height=frame_height,
            ),
            tuple(group),
        )
        for group in group_overlapping(instances, max_members=max_members)
    ]


def group_overlapping(
    instances: Sequence[TrackedInstance], *, max_members: int
) -> list[list[TrackedInstance]]:
    """Merge instances whose boxes overlap, strongest overlap first, within the caps."""
    owner = {instance.track_id: [instance] for instance in instances}
    links = sorted(
        ((_box_overlap(a.mask.window, b.mask.window), a, b) for a, b in combinations(instances, 2)),
        key=lambda link: (-link[0], link[1].track_id, link[2].track_id),
    )
    for overlap, a, b in links:
        first, second = owner[a.track_id], owner[b.track_id]
        if overlap < _SHARED_BOX or first is second:
            continue
        if _may_merge(first, second, max_members):
            merged = sorted((*first, *second), key=lambda member: member.track_id)
            owner.update({member.track_id: merged for member in merged})
    return [owner[i.track_id] for i in instances if owner[i.track_id][0] is i]


def cut_crop(frame: Frame, plan: CropPlan) -> Crop:
    """Cut the picture and the masks of one plan out of a frame."""
    masks = np.stack([member.mask.within(plan.window) for member in plan.members])
    return Crop(rgb=frame.rgb(plan.window), masks=masks)


def _box_overlap(a: Window, b: Window) -> float:
    shared = a.intersect(b)
    return 0.0 if shared.is_empty else shared.area / min(a.area, b.area)


def _may_merge(a: list[TrackedInstance], b: list[TrackedInstance], max_members: int) -> bool:
    boxes = [member.mask.window for member in (*a, *b)]
    union = boxes[0]
    for box in boxes[1:]:
        union = union.unite(box)
    return (
        len(boxes) <= max_members
        and union.height <= _LARGEST_SPREAD * max(box.height for box in boxes)
        and union.width <= _LARGEST_SPREAD * max(box.width for box in boxes)
    )
