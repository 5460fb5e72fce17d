"""How much two frames differ where nothing was to be changed, in the samples as coded."""

from dataclasses import dataclass

import numpy as np

from instagan.windows import Window
from instavid.core.composite import plane_alpha
from instavid.picture import PictureFormat, plane_window
from instavid.types import BoolArray, Frame


@dataclass
class DifferenceTally:
    """Adds absolute differences up, in levels of the samples."""

    largest: int = 0
    total: int = 0
    samples: int = 0

    @property
    def mean(self) -> float:
        """Return the mean over all samples, 0 if there are none."""
        return self.total / self.samples if self.samples else 0.0


@dataclass
class OutsideDifference:
    """The differences of two videos outside what was touched."""

    luma: DifferenceTally
    """Of the first component alone."""
    all: DifferenceTally

    def add(self, source: Frame, result: Frame, touched: BoolArray) -> None:
        """Count one frame.

        Args:
            source: As it was.
            result: In the same format.
            touched: (H, W) bool, upright; a chroma sample counts as touched if any of the pixels
                that it covers is.
        """
        picture = source.picture
        for index, (old, new) in enumerate(zip(source.planes, result.planes, strict=True)):
            outside = ~_touched_samples(touched, picture, index)
            apart = np.abs(old.astype(np.int32) - new.astype(np.int32))[outside]
            for tally in (self.luma, self.all) if index == 0 else (self.all,):
                tally.largest = max(tally.largest, int(apart.max(initial=0)))
                tally.total += int(apart.sum())
                tally.samples += apart.size


def _touched_samples(touched: BoolArray, picture: PictureFormat, index: int) -> BoolArray:
    """Return which samples of a plane were touched, as coded."""
    coded = picture.orientation.coded(touched)
    shape = picture.plane_shapes[index]
    steps = (1, 1) if shape == picture.plane_shapes[0] else picture.chroma_steps
    plane = plane_window(Window(0, 0, picture.width, picture.height), shape, picture)
    share = plane_alpha(coded.astype(np.float32), plane, steps)
    some: BoolArray = share > 0
    return some
