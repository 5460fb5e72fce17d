"""The values that pass between the stages of the pipeline.

Axis letters: N instances, H and W frame size, h and w window size, in pixels. All pictures are RGB
and *upright* (as a viewer sees them); only `Frame.planes` are as coded. Nothing here is ever None
to say "nothing found": empty tuples and arrays do.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
import numpy.typing as npt

from instagan.windows import Window
from instavid.coded import Origin
from instavid.picture import PictureFormat, Planes, planes_to_rgb

BoolArray = npt.NDArray[np.bool_]
ByteArray = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Frame:
    """One decoded picture, in the decoder's own samples."""

    index: int
    """Position in the source, from 0, in presentation order."""
    pts: int
    """Presentation time stamp, in units of `time_base`."""
    duration: int
    """How long the picture is shown, in units of `time_base`; 0 when the source does not say."""
    time_base: Fraction
    """Seconds per tick."""
    planes: Planes
    """Samples as coded, one array per component, never to be written to: the decoder may still
    predict from them."""
    picture: PictureFormat
    """How the planes are to be read."""
    origin: Origin | None = None
    """The coded picture that it is; None where that is not known, or no longer so."""

    def rgb(self, window: Window | None = None) -> ByteArray:
        """Return the upright picture, or the part in an upright window, as (h, w, 3) uint8 RGB."""
        return planes_to_rgb(self.planes, self.picture, window=window)


@dataclass(frozen=True)
class Mask:
    """The silhouette of one instance, kept as the part of the frame that holds it."""

    window: Window
    """Where `inside` lies in the upright frame; the tight box of the silhouette."""
    inside: BoolArray
    """(h, w) bool, True inside."""

    def __post_init__(self) -> None:
        if self.inside.shape != (self.window.height, self.window.width):
            raise ValueError(
                f"inside must have the shape of its window {self.window}, got {self.inside.shape}"
            )

    @staticmethod
    def from_full(full: BoolArray) -> "Mask":
        """Cut the tight box out of a full-frame mask, (H, W) bool; empty masks get an empty box.

        >>> full = np.zeros((4, 6), bool)
        >>> full[1:3, 2:5] = True
        >>> Mask.from_full(full).window
        Window(left=2, top=1, right=5, bottom=3)
        """
        rows, columns = np.flatnonzero(full.any(axis=1)), np.flatnonzero(full.any(axis=0))
        if rows.size == 0:
            return Mask(Window(0, 0, 0, 0), np.zeros((0, 0), bool))
        window = Window(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
        return Mask(window, np.ascontiguousarray(full[window.slices]))

    @property
    def area(self) -> int:
        """Return the number of pixels inside."""
        return int(np.count_nonzero(self.inside))

    def full(self, height: int, width: int) -> BoolArray:
        """Return the mask at frame size, (height, width) bool."""
        full = np.zeros((height, width), bool)
        full[self.window.slices] = self.inside
        return full

    def within(self, window: Window) -> BoolArray:
        """Return the mask as seen through a window of the same frame, (h, w) bool."""
        seen = np.zeros((window.height, window.width), bool)
        shared = self.window.intersect(window)
        if not shared.is_empty:
            seen[shared.relative_to(window).slices] = self.inside[
                shared.relative_to(self.window).slices
            ]
        return seen

    def overlap(self, other: "Mask") -> int:
        """Return the number of pixels inside both."""
        shared = self.window.intersect(other.window)
        if shared.is_empty:
            return 0
        mine = self.inside[shared.relative_to(self.window).slices]
        return int(np.count_nonzero(mine & other.inside[shared.relative_to(other.window).slices]))

    def iou(self, other: "Mask") -> float:
        """Return intersection over union, 0 when both are empty."""
        both = self.overlap(other)
        either = self.area + other.area - both
        return both / either if either else 0.0


@dataclass(frozen=True)
class Instances:
    """What a segmenter found in one frame, best first or in any order."""

    masks: tuple[Mask, ...] = ()
    labels: tuple[str, ...] = ()
    """Class name of each instance."""
    scores: tuple[float, ...] = ()
    """Confidence of each instance, 0 to 1."""

    def __post_init__(self) -> None:
        if not len(self.masks) == len(self.labels) == len(self.scores):
            raise ValueError(
                "masks, labels and scores must be equally long, got "
                f"{len(self.masks)}, {len(self.labels)} and {len(self.scores)}"
            )

    def __len__(self) -> int:
        return len(self.masks)

    def only(self, which: Sequence[int]) -> "Instances":
        """Return some of them, by index, in the order given."""
        return Instances(
            tuple(self.masks[index] for index in which),
            tuple(self.labels[index] for index in which),
            tuple(self.scores[index] for index in which),
        )

    @staticmethod
    def from_full(masks: BoolArray, labels: Sequence[str], scores: Sequence[float]) -> "Instances":
        """Build from masks at frame size, (N, H, W) bool."""
        if masks.ndim != 3:
            raise ValueError(f"masks must be 3-D (N, H, W), got {masks.shape}")
        return Instances(tuple(Mask.from_full(m) for m in masks), tuple(labels), tuple(scores))


@dataclass(frozen=True)
class TrackedInstance:
    """One instance of one frame, with the identity that it keeps through the clip."""

    track_id: int
    """Counts up from 1 and is never used twice; ascending ids are the slot order, from birth."""
    mask: Mask
    label: str
    score: float
    carried: bool = False
    """True when the segmenter missed it here and the mask was carried over from before."""
    facing: int = 0
    """Which way it goes: -1 to the left, 1 to the right, 0 where that is not known."""


@dataclass(frozen=True)
class TrackedFrame:
    """A frame and the instances in it, in slot order (ascending track id)."""

    frame: Frame
    instances: tuple[TrackedInstance, ...] = ()
    is_cut: bool = False
    """True when this frame begins a new scene."""
    known_before: bytes = b""
    """All that the follower knew before this frame, in its own words; only where it was asked to
    note that, so that following can go on from here another time."""


@dataclass(frozen=True)
class Crop:
    """What a translator sees: a piece of one frame with the instances to change in it."""

    rgb: ByteArray
    """(h, w, 3) uint8 RGB, upright."""
    masks: BoolArray
    """(N, h, w) bool in slot order, N >= 1."""
    times_alone: float = 1.0
    """How many times higher the crop is than its tallest instance alone would get, >= 1."""
    facing: int = 0
    """Which way most of what is to be changed goes: -1 left, 1 right, 0 unknown."""

    def __post_init__(self) -> None:
        if self.masks.ndim != 3 or self.masks.shape[1:] != self.rgb.shape[:2]:
            raise ValueError(
                f"masks must be (N, h, w) over rgb {self.rgb.shape}, got {self.masks.shape}"
            )


@dataclass(frozen=True)
class Patch:
    """What a translator gives back for one crop, at the crop's own size."""

    rgb: ByteArray
    """(h, w, 3) uint8 RGB."""
    masks: BoolArray
    """(N, h, w) bool, the new silhouettes in the crop's order."""
