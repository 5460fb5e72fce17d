"""Which overlapping objects share a crop: one rule for training and inference."""

from collections.abc import Sequence
from itertools import combinations

from instagan.windows import Window

# Overlap of boxes, as a share of the smaller one, from which two instances are painted together.
_SHARED_BOX = 0.15
# A flock must not become the whole frame: a group is at most this many times as large, in either
# direction, as its largest member, so that no member loses more than half of its resolution.
_LARGEST_SPREAD = 2.0


def group_boxes(boxes: Sequence[Window], *, max_members: int) -> list[list[int]]:
    """Merge boxes that overlap, strongest overlap first, within the caps.

    Args:
        boxes: Any number; their order breaks ties.
        max_members: Boxes in one group at the most.

    Returns:
        Groups of indices into `boxes`, ascending, ordered by the first of each.

    >>> group_boxes([Window(0, 0, 9, 9), Window(90, 0, 99, 9), Window(4, 0, 13, 9)], max_members=4)
    [[0, 2], [1]]
    """
    owner = {index: [index] for index in range(len(boxes))}
    links = sorted(
        ((_overlap(boxes[a], boxes[b]), a, b) for a, b in combinations(range(len(boxes)), 2)),
        key=lambda link: (-link[0], *link[1:]),
    )
    for overlap, a, b in links:
        first, second = owner[a], owner[b]
        if overlap < _SHARED_BOX or first is second:
            continue
        merged = sorted((*first, *second))
        if _fits([boxes[index] for index in merged], max_members):
            owner.update(dict.fromkeys(merged, merged))
    return [group for index, group in owner.items() if group[0] == index]


def _overlap(a: Window, b: Window) -> float:
    shared = a.intersect(b)
    return 0.0 if shared.is_empty else shared.area / min(a.area, b.area)


def _fits(boxes: list[Window], max_members: int) -> bool:
    union = boxes[0]
    for box in boxes[1:]:
        union = union.unite(box)
    return (
        len(boxes) <= max_members
        and union.height <= _LARGEST_SPREAD * max(box.height for box in boxes)
        and union.width <= _LARGEST_SPREAD * max(box.width for box in boxes)
    )
