"""Gives a scene frame by frame, as a camera or a file would, with or without the truth."""

from collections.abc import Iterator
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

import numpy as np

from instavid.errors import UsageError
from instavid.meadow.render import Rendered, render
from instavid.meadow.world import Scene
from instavid.picture import PictureFormat, Planes
from instavid.types import ByteArray, Frame


@dataclass(frozen=True)
class MeadowSource:
    """Yields the frames of a scene as planar RGB, one in memory at a time.

    Satisfies `FrameSource`; may be read again and again.
    """

    scene: Scene
    frames: int
    """How many frames to give."""
    height: int
    """Px."""
    width: int
    """Px."""
    fps: Fraction = Fraction(25)
    start_s: float = 0.0
    """Time in the scene of the first frame."""

    def __post_init__(self) -> None:
        if self.frames < 0 or min(self.height, self.width) < 1 or self.fps <= 0:
            raise UsageError(
                "frames must not be negative, height, width and fps must be positive, got "
                f"{self.frames}, {self.height}, {self.width} and {self.fps}"
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        for frame, _ in self.with_truth():
            yield frame

    def with_truth(self) -> Iterator[tuple[Frame, Rendered]]:
        """Yield each frame and all that is known about it."""
        for index in range(self.frames):
            rendered = self.rendered(index)
            yield self._frame(index, rendered.rgb), rendered

    def rendered(self, index: int) -> Rendered:
        """Return the picture and the truth of one frame."""
        seconds = self.start_s + float(index / self.fps)
        return render(self.scene, seconds, height=self.height, width=self.width)

    def _frame(self, index: int, rgb: ByteArray) -> Frame:
        picture = PictureFormat("gbrp", self.width, self.height)
        return Frame(index, index, 1, 1 / Fraction(self.fps), _planes(rgb), picture)


def _planes(rgb: ByteArray) -> Planes:
    """Split (H, W, 3) uint8 RGB into read-only planes in the order of gbrp."""
    planes = tuple(np.ascontiguousarray(rgb[:, :, channel]) for channel in (1, 2, 0))
    for plane in planes:
        plane.flags.writeable = False
    return planes
