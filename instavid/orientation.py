"""The eight ways in which a coded picture may have to be turned before a viewer sees it."""

from dataclasses import dataclass
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from instagan.windows import Window

Scalar = TypeVar("Scalar", bound=np.generic)

# Coded (x, y) to shown (x, y), up to a shift: the upper left 2x2 of FFmpeg's display matrix, by
# (mirrored, quarter turns counter-clockwise).
_MATRICES = {
    (False, 0): (1, 0, 0, 1),
    (False, 1): (0, -1, 1, 0),
    (False, 2): (-1, 0, 0, -1),
    (False, 3): (0, 1, -1, 0),
    (True, 0): (-1, 0, 0, 1),
    (True, 1): (0, 1, 1, 0),
    (True, 2): (1, 0, 0, -1),
    (True, 3): (0, -1, -1, 0),
}


@dataclass(frozen=True)
class Orientation:
    """Mirror left-right if `mirrored`, then turn counter-clockwise: the picture is upright."""

    mirrored: bool = False
    quarter_turns: int = 0
    """Counter-clockwise quarter turns, 0 to 3."""

    @property
    def swaps_axes(self) -> bool:
        """Return whether upright width is coded height."""
        return self.quarter_turns % 2 == 1

    def upright(self, coded: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Return an (H, W, ...) array as seen by a viewer.

        >>> Orientation(quarter_turns=1).upright(np.array([[1, 2], [3, 4]])).tolist()
        [[2, 4], [1, 3]]
        """
        flipped: npt.NDArray[Any] = coded[:, ::-1] if self.mirrored else coded
        return np.rot90(flipped, self.quarter_turns)

    def coded(self, upright: npt.NDArray[Scalar]) -> npt.NDArray[Scalar]:
        """Return an upright (H, W, ...) array as it is coded; undoes `upright`."""
        turned = np.rot90(upright, -self.quarter_turns)
        return turned[:, ::-1] if self.mirrored else turned

    def coded_window(self, upright: Window, coded_width: int, coded_height: int) -> Window:
        """Return where an upright window lies in the coded picture.

        >>> Orientation(quarter_turns=1).coded_window(Window(0, 0, 1, 2), 4, 3)
        Window(left=2, top=0, right=4, bottom=1)
        """
        window = upright
        for turn in range(self.quarter_turns, 0, -1):
            # Width of the picture before this quarter turn.
            width = coded_width if turn % 2 == 1 else coded_height
            window = Window(width - window.bottom, window.left, width - window.top, window.right)
        if self.mirrored:
            window = Window(
                coded_width - window.right, window.top, coded_width - window.left, window.bottom
            )
        return window


def from_display_matrix(a: int, b: int, c: int, d: int) -> Orientation | None:
    """Return the orientation of FFmpeg's display matrix (its a, b, c, d), or None if it is skew.

    Args:
        a: x' per x. Scale does not matter, only signs do.
        b: y' per x.
        c: x' per y.
        d: y' per y.
    """
    signs = tuple(_sign(value) for value in (a, b, c, d))
    for (mirrored, turns), matrix in _MATRICES.items():
        if signs == matrix:
            return Orientation(mirrored, turns)
    return None


def _sign(value: int) -> int:
    return (value > 0) - (value < 0)
