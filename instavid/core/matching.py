"""Which mask of this frame is which mask of the frame before."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.optimize import linear_sum_assignment

from instavid.types import BoolArray, Mask

_AGREEMENT_BONUS = 0.3


def overlaps(previous: Sequence[Mask], current: Sequence[Mask]) -> npt.NDArray[np.float64]:
    """Return the IoU of every pair of masks, (len(previous), len(current)) float64, 0 to 1."""
    ious = [[before.iou(now) for now in current] for before in previous]
    return np.array(ious, np.float64).reshape(len(previous), len(current))


def match(
    previous: Sequence[Mask],
    current: Sequence[Mask],
    *,
    agreeing: BoolArray | None = None,
    compatible: BoolArray | None = None,
    min_iou: float = 0.3,
    min_iou_agreeing: float = 0.05,
    min_iou_incompatible: float = 0.6,
) -> list[tuple[int, int]]:
    """Pair masks one to one so that the sum of their overlaps is greatest.

    Args:
        previous: Masks of the frame before.
        current: Masks of this frame.
        agreeing: (len(previous), len(current)) bool, True where a tracker takes both for the same
            object: such pairs need less overlap and win ties.
        compatible: Same shape, False where the classes differ: such pairs need more overlap, for
            segmenters waver between classes but masks that nearly coincide are one object.
        min_iou: Least overlap of a pair.
        min_iou_agreeing: The same where the tracker agrees.
        min_iou_incompatible: The same where classes differ.

    Returns:
        Pairs of indices into `previous` and `current`, ascending.

    >>> left, right = np.zeros((4, 9), bool), np.zeros((4, 9), bool)
    >>> left[:, :4], right[:, 5:] = True, True
    >>> a, b = Mask.from_full(left), Mask.from_full(right)
    >>> match([a, b], [b, a])
    [(0, 1), (1, 0)]
    """
    shape = len(previous), len(current)
    ious = overlaps(previous, current)
    agree = np.zeros(shape, bool) if agreeing is None else agreeing
    alike = np.ones(shape, bool) if compatible is None else compatible
    needed = np.where(alike, min_iou, min_iou_incompatible)
    needed = np.where(agree & alike, min_iou_agreeing, needed)
    allowed = ious >= needed
    worth = np.where(allowed, ious + _AGREEMENT_BONUS * agree, 0.0)
    rows, columns = linear_sum_assignment(worth, maximize=True)
    return [
        (int(row), int(column))
        for row, column in zip(rows, columns, strict=True)
        if allowed[row, column]
    ]
