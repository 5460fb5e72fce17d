"""From masks that a network proposes one by one to the instances of a frame."""

from collections.abc import Iterable
from dataclasses import dataclass

from instavid.types import Instances, Mask

_SAME_OBJECT_IOU = 0.8


@dataclass(frozen=True)
class Drawn:
    """One object, drawn at frame size."""

    mask: Mask
    label: str
    score: float


def distinct_instances(drawn: Iterable[Drawn]) -> Instances:
    """Return what is drawn, without empty masks and without second masks of one object.

    Args:
        drawn: Best first.
    """
    kept: list[Drawn] = []
    for one in drawn:
        if one.mask.area and all(one.mask.iou(other.mask) <= _SAME_OBJECT_IOU for other in kept):
            kept.append(one)
    return Instances(
        tuple(one.mask for one in kept),
        tuple(one.label for one in kept),
        tuple(one.score for one in kept),
    )
