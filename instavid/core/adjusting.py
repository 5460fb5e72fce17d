"""What is changed of an input before anything is found in it, and what of it is left out."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

_MOST_FPS = 1000
_LARGEST_SIDE = 16384


@dataclass(frozen=True)
class Scale:
    """Another size: by a factor, or a size of its own that shows the same shape."""

    factor: Fraction | None = None
    size: tuple[int, int] | None = None
    """(width, height) as a viewer sees it, px."""

    def __str__(self) -> str:
        """Return what `parse_scale` reads."""
        return str(self.factor) if self.size is None else "{}x{}".format(*self.size)

    def coded_size(
        self, width: int, height: int, *, steps: tuple[int, int], swaps_axes: bool
    ) -> tuple[int, int]:
        """Return the new (width, height) as coded, px, whole in chroma samples.

        Args:
            width, height: The size as coded now.
            steps: Luma samples per chroma sample, (vertical, horizontal).
            swaps_axes: Whether the picture is shown turned by a quarter.

        >>> Scale(Fraction(1, 3)).coded_size(641, 359, steps=(2, 2), swaps_axes=False)
        (214, 120)
        """
        if self.size is not None:
            new: tuple[Fraction | int, Fraction | int] = self.size
            new = new[::-1] if swaps_axes else new
        else:
            factor = self.factor or Fraction(1)
            new = width * factor, height * factor
        down, across = steps
        return max(1, round(new[0] / across)) * across, max(1, round(new[1] / down)) * down


@dataclass(frozen=True)
class Adjustments:
    """What to change and to leave out; by default nothing."""

    deinterlace: bool = False
    scale: Scale | None = None
    fps: Fraction | None = None
    without: frozenset[Literal["audio", "subtitle", "metadata"]] = frozenset()
    """Kinds of streams, and tags, that the output shall not have."""

    def as_options(self) -> dict[str, str]:
        """Return the flags that ask for this, by their names on the command line.

        >>> Adjustments(scale=Scale(Fraction(1, 2)), without=frozenset({"audio"})).as_options()
        {'scale': '1/2', 'audio': 'none'}
        """
        options = {
            "deinterlace": "true" if self.deinterlace else "",
            "scale": "" if self.scale is None else str(self.scale),
            "fps": "" if self.fps is None else str(self.fps),
            "audio": "none" if "audio" in self.without else "",
            "subs": "false" if "subtitle" in self.without else "",
            "metadata": "false" if "metadata" in self.without else "",
        }
        return {name: text for name, text in options.items() if text}


AS_IT_IS = Adjustments()


def parse_scale(text: str) -> Scale:
    """Read `WIDTHxHEIGHT` or a factor.

    Raises:
        ValueError: It is neither, or too large or small.

    >>> parse_scale("640x360").size, parse_scale("0.5").factor
    ((640, 360), Fraction(1, 2))
    """
    match = re.fullmatch(r"(\d+)[x:](\d+)", text)
    if match:
        size = int(match[1]), int(match[2])
        if not all(16 <= side <= _LARGEST_SIDE for side in size):
            raise ValueError(f"'{text}': both sides lie between 16 and {_LARGEST_SIDE}")
        return Scale(size=size)
    factor = _positive(text)
    if factor is None or not Fraction(1, 32) <= factor <= 8:
        raise ValueError(f"'{text}' is neither WIDTHxHEIGHT nor a factor from 0.04 to 8")
    return Scale(factor=factor)


def parse_fps(text: str) -> Fraction:
    """Read a frame rate: a number, or a fraction such as 30000/1001.

    Raises:
        ValueError: It is neither, or no rate of a video.
    """
    rate = _positive(text)
    if rate is None or not Fraction(1, 10) <= rate <= _MOST_FPS:
        raise ValueError(f"'{text}' is no frame rate: give 0.1 to {_MOST_FPS}, or 30000/1001")
    return rate.limit_denominator(1001)


def _positive(text: str) -> Fraction | None:
    try:
        value = Fraction(text)
    except (ValueError, ZeroDivisionError):
        return None
    return value if value > 0 else None
