"""How much of an object's outline the frame or other objects hide."""

from collections.abc import Sequence

import cv2
import numpy as np

from instagan.windows import Window
from instavid.types import BoolArray, Mask

_EDGE = 0.01
"""Of the frame's shorter side, within which an outline lies on the edge."""
_NEAR = 0.015
"""Of a mask's height, within which it touches another: masks are drawn coarsely."""


def cut_off_share(mask: Mask, height: int, width: int) -> float:
    """Return the share of a mask's outline that lies along the edge of the frame, 0 to 1.

    >>> cut_off_share(Mask.from_full(np.ones((40, 60), bool)), 40, 60) > 0.9
    True
    """
    # Masks often end a few pixels before the edge.
    near = max(2, round(_EDGE * min(height, width)))
    inner = Window(near, near, width - near, height - near)
    box, inside = mask.window, mask.inside
    along_top_and_bottom = (
        inside[: max(0, inner.top - box.top)],
        inside[max(0, inner.bottom - box.top) :],
    )
    along_the_sides = (
        inside[:, : max(0, inner.left - box.left)],
        inside[:, max(0, inner.right - box.left) :],
    )
    on_edge = sum(int(strip.any(axis=0).sum()) for strip in along_top_and_bottom)
    on_edge += sum(int(strip.any(axis=1).sum()) for strip in along_the_sides)
    outline = _outline_length(inside)
    return min(1.0, on_edge / outline) if outline else 0.0


def touched_share(mask: Mask, others: Sequence[Mask]) -> float:
    """Return the share of what surrounds a mask that belongs to others, 0 to 1."""
    reach = max(2, round(_NEAR * mask.window.height))
    box = mask.window
    around = Window(box.left - reach, box.top - reach, box.right + reach, box.bottom + reach)
    inside = np.pad(mask.inside, reach).astype(np.uint8)
    ring = cv2.dilate(inside, np.ones((2 * reach + 1, 2 * reach + 1), np.uint8)) > inside
    touched = np.zeros_like(ring)
    for other in others:
        if not other.window.intersect(around).is_empty:
            touched |= other.within(around)
    return float((ring & touched).sum()) / max(1.0, float(ring.sum()))


def _outline_length(inside: BoolArray) -> float:
    rings, _ = cv2.findContours(inside.astype(np.uint8), cv2.RETR_CCOMP, cv2.CHAIN_APPROX_NONE)
    return float(sum(cv2.arcLength(ring, True) for ring in rings))
