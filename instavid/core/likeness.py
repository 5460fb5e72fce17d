"""Whether pictures that were encoded and decoded again are those that they should be, in order."""

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from instavid.core.block_means import STEPS, plane_slices

FloatArray = npt.NDArray[np.float32]

_NEIGHBOURS = 8
_CLEARLY = 0.25
"""Levels by which another picture must fit better, and that it must do three times as well."""
_FEWEST_SHIFTED = 8


@dataclass(frozen=True)
class Tolerance:
    """By how much pictures may differ, in levels of 256, as means over their blocks."""

    picture: float
    """One picture, mean of the absolute differences."""
    tint: float
    """All pictures together, mean difference of any plane."""


# On six real clips, x264, VP9 and MPEG-4 lose 0.25 of a picture at most at the default quality,
# and 0.1 of a plane; SVT-AV1 1.03 and 0.21. x264's very worst, crf 51, loses 5.2 and 2.2.
FINE = Tolerance(picture=1.5, tint=0.45)
"""At the default quality. A wrong colour matrix makes 0.57 to 2.2 for a plane on those clips."""
COARSE = Tolerance(picture=16.0, tint=8.0)
"""At a quality that was asked for; small pictures lose more."""


@dataclass
class Comparison:
    """Compares decoded pictures with what was encoded, one after the other.

    Besides its own size, the difference is held against those to the pictures before and after: a
    picture that is clearly more like a neighbour is out of its place, which a fixed limit would
    miss where little moves.
    """

    written: npt.NDArray[np.uint16]
    """(F, K): the block means of every picture that was encoded."""
    planes: int
    tolerance: Tolerance
    wrong: list[int] = field(default_factory=list)
    """Pictures that are not what was encoded."""
    misplaced: list[int] = field(default_factory=list)
    """Pictures that are another one of those that were encoded."""
    _seen: int = 0
    _own: float = 0.0
    _shifted: dict[int, float] = field(default_factory=lambda: {-1: 0.0, 1: 0.0})
    _differences: FloatArray | None = None

    def see(self, index: int, means: npt.NDArray[np.uint16]) -> None:
        """Compare the picture at a position; any behind the last that was written is left out.

        Args:
            index: Position, from 0.
            means: (K,) as from `block_means`.
        """
        if index >= len(self.written):
            return
        low = max(0, index - _NEIGHBOURS)
        around = self.written[low : index + _NEIGHBOURS + 1].astype(np.float32)
        differences = (means.astype(np.float32) - around) / STEPS
        distances = np.abs(differences).mean(axis=1)
        own = float(distances[index - low])
        others = np.delete(distances, index - low)
        nearest = float(others.min()) if others.size else own
        if nearest < own / 3 and own - nearest > _CLEARLY:
            self.misplaced.append(index)
        elif own > self.tolerance.picture:
            self.wrong.append(index)
        self._add(index, distances, index - low, differences[index - low])

    def _add(self, index: int, distances: FloatArray, own: int, difference: FloatArray) -> None:
        self._differences = (
            difference if self._differences is None else self._differences + difference
        )
        if 0 < index < len(self.written) - 1:
            self._seen += 1
            self._own += float(distances[own])
            for shift in self._shifted:
                self._shifted[shift] += float(distances[own + shift])

    @property
    def shift(self) -> int:
        """Return by how many places all pictures together are out of place: -1, 0 or 1."""
        if self._seen < _FEWEST_SHIFTED:
            return 0
        shift = min(self._shifted, key=lambda each: self._shifted[each])
        saved = (self._own - self._shifted[shift]) / self._seen
        return shift if self._shifted[shift] < self._own / 2 and saved > _CLEARLY / 5 else 0

    def tints(self, pictures: int) -> list[float]:
        """Return the mean difference of each plane, levels of 256, over a number of pictures."""
        if self._differences is None:
            return []
        means = self._differences / pictures
        return [float(means[part].mean()) for part in plane_slices(self.planes)]
