"""How well what a segmenter found agrees with the truth; pure counting."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from instavid.core.matching import overlaps
from instavid.types import Instances, Mask

FOUND_IOU = 0.5
"""From this overlap on an object counts as found."""


@dataclass(frozen=True)
class SegmentationCounts:
    """Sums over frames; they add up."""

    frames: int = 0
    objects: int = 0
    """True instances."""
    iou_sum: float = 0.0
    """Overlap of each true instance with its match, 0 for those without."""
    found: int = 0
    """True instances whose match overlaps by `FOUND_IOU` or more."""
    false: int = 0
    """Detections that no true instance has, or that overlap theirs by less."""

    def __add__(self, other: "SegmentationCounts") -> "SegmentationCounts":
        return SegmentationCounts(
            self.frames + other.frames,
            self.objects + other.objects,
            self.iou_sum + other.iou_sum,
            self.found + other.found,
            self.false + other.false,
        )


def match_greedily(truth: Instances, found: Instances) -> list[tuple[int, int, float]]:
    """Pair instances of one class, the greatest overlap first.

    Returns:
        Index into `truth`, index into `found`, and IoU above 0, of each pair.
    """
    ious = overlaps(truth.masks, found.masks)
    ious *= np.array([[a == b for b in found.labels] for a in truth.labels]).reshape(ious.shape)
    pairs = []
    while ious.size and ious.max() > 0:
        row, column = np.unravel_index(int(ious.argmax()), ious.shape)
        pairs.append((int(row), int(column), float(ious[row, column])))
        ious[row], ious[:, column] = 0, 0
    return pairs


def compare_frame(
    truth: Instances, found: Instances, *, unjudged: Sequence[Mask] = ()
) -> SegmentationCounts:
    """Compare what was found in one frame with what is there.

    Args:
        truth: What must be found.
        found: What was.
        unjudged: What may be found or not, such as slivers: a detection of at least `FOUND_IOU`
            with one of these is not false.
    """
    pairs = match_greedily(truth, found)
    good = {column for _, column, iou in pairs if iou >= FOUND_IOU}
    excused = {
        index
        for index, mask in enumerate(found.masks)
        if any(mask.iou(other) >= FOUND_IOU for other in unjudged)
    }
    return SegmentationCounts(
        frames=1,
        objects=len(truth),
        iou_sum=sum(iou for _, _, iou in pairs),
        found=len(good),
        false=len(found) - len(good | excused),
    )
