"""Views of objects: groups as inference forms them, and the piece of the frame to keep of each.

What is kept is not the crop that a pair would see but all that any crop of these objects could
show: three object heights around them, or up to the edge of the frame. Training cuts its crops
out of it by the rule of inference (`instagan.windows`), with whatever margins the pair has, and
gets what `instavid run` would cut out of the frame, to the pixel: a crop that the edge of the
frame pushes back is pushed back here too. So margins can be changed without reading the clip again.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction

import cv2
import numpy as np

from instagan.data.crops import MAX_MEMBERS
from instagan.grouping import group_boxes
from instagan.windows import Window
from instavid.core.blurring import to_gray
from instavid.core.fingerprints import fingerprint
from instavid.types import BoolArray, ByteArray, Frame, TrackedInstance

REACH = 3
"""Object heights that are kept on every side: above a sheep, a giraffe's neck needs 1.5."""


@dataclass(frozen=True)
class View:
    """What is known of a view without its pixels."""

    clip: str
    scene: int
    """Counted from 1 in each clip."""
    frame: int
    """Counted from 0."""
    track: int
    """Of its oldest object."""
    objects: int
    """How many it shows, 1 or more."""
    fingerprint: int
    """Of the box of its objects."""
    quality: float
    """How sure its detection is and how sharp it is, 0 to 1."""

    @property
    def scene_name(self) -> str:
        """Return the name of its scene, which no other clip's has."""
        return scene_name(self.clip, self.scene)

    @property
    def name(self) -> str:
        """Return the name of its picture, without suffix.

        >>> View("field", 1, 20, 3, objects=1, fingerprint=0, quality=1.0).name
        'field_s01_f000020_t003'
        """
        return f"{self.scene_name}_f{self.frame:06d}_t{self.track:03d}"


def scene_name(clip: str, number: int) -> str:
    """Return the name of a scene, counted from 1, which no other clip's has."""
    return f"{clip}_s{number:02d}"


def group_views(good: Sequence[TrackedInstance]) -> Iterator[tuple[TrackedInstance, ...]]:
    """Yield the well seen objects of a frame in the groups that inference would form of them.

    Others, such as one that is half hidden, are no part of a group and get no mask: to the pair
    they are surroundings, as are objects of other groups in `instavid run`.

    Args:
        good: In slot order, that is the oldest first.
    """
    for group in group_boxes([one.mask.window for one in good], max_members=MAX_MEMBERS):
        yield tuple(good[index] for index in group)


def box_of(members: Sequence[TrackedInstance]) -> Window:
    """Return the smallest window that holds all members."""
    box = members[0].mask.window
    for member in members[1:]:
        box = box.unite(member.mask.window)
    return box


def fingerprint_of(frame: Frame, members: Sequence[TrackedInstance]) -> int:
    """Return the fingerprint of the part of a frame that the members fill."""
    return fingerprint(to_gray(frame.rgb(box_of(members))))


def cut_view(frame: Frame, members: Sequence[TrackedInstance]) -> tuple[ByteArray, list[BoolArray]]:
    """Cut a view out of a frame, its samples made square, as training takes all to be.

    Returns:
        (h, w, 3) uint8 RGB, and for each member its mask, (h, w) bool, True inside.
    """
    height, width = frame.picture.upright_size
    box = box_of(members)
    room = REACH * max(member.mask.window.height for member in members)
    # From an even corner: halves of pixels are rounded to even numbers where crops are placed.
    left, top = ((low - room) // 2 * 2 for low in (box.left, box.top))
    window = Window(left, top, box.right + room, box.bottom + room).intersect(
        Window(0, 0, width, height)
    )
    size = _square(window, Fraction(frame.picture.upright_sample_aspect).limit_denominator(1000))
    rgb = frame.rgb(window)
    masks = [member.mask.within(window) for member in members]
    if size == (window.width, window.height):
        return rgb, masks
    resized = [cv2.resize(m.astype(np.uint8), size, interpolation=cv2.INTER_NEAREST) for m in masks]
    wide = cv2.resize(rgb, size, interpolation=cv2.INTER_CUBIC)
    return wide.astype(np.uint8, copy=False), [mask > 0 for mask in resized]


def _square(window: Window, aspect: Fraction) -> tuple[int, int]:
    """Return the (width, height) at which samples of an aspect are square; neither side shrinks.

    >>> _square(Window(0, 0, 30, 20), Fraction(4, 3)), _square(Window(0, 0, 30, 20), Fraction(1, 2))
    ((40, 20), (30, 40))
    """
    if aspect >= 1:
        return round(window.width * aspect), window.height
    return window.width, round(window.height / aspect)
