"""Clips of textured boxes whose every pixel is known, and a segmenter that knows them by colour."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from instavid.testing import textured
from instavid.types import Frame, Instances, Mask

HEIGHT, WIDTH = 180, 320
_FIRST, _STEP = 160, 10


@dataclass(frozen=True)
class Box:
    """One object: a textured box, told from others by the level of its red."""

    left: int
    top: int
    width: int = 50
    height: int = 70
    number: int = 0
    """0 to 8."""
    coat: int = 0
    """Seed of the texture."""

    def paint(self, rgb: np.ndarray) -> None:
        """Draw it, as far as it is in the picture."""
        # Coarse, by which looks are told apart, and fine, which is in focus.
        wool = np.random.default_rng(self.coat).integers(0, 60, (self.height, self.width, 3))
        coat = textured(self.height, self.width, seed=100 + self.coat) // 2 + wool.astype(np.uint8)
        coat[..., 0] = _FIRST + _STEP * self.number
        top, left = max(0, self.top), max(0, self.left)
        seen = coat[top - self.top :, left - self.left :][: HEIGHT - top, : WIDTH - left]
        rgb[top : top + seen.shape[0], left : left + seen.shape[1]] = seen


Script = Callable[[int], Sequence[Box]]
"""Index of a frame to what is in it, the hindmost first."""


def film(
    path: Path,
    frames: int,
    script: Script,
    *,
    ground: Callable[[int], int] = lambda index: 1,
    aspect: Fraction = Fraction(1),
) -> Path:
    """Write a lossless clip of what a script says.

    Args:
        path: Where to.
        frames: How many.
        script: What is in each frame.
        ground: Index of a frame to the seed of the ground's texture.
        aspect: Width over height of a sample.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    with av.open(str(path), "w") as output:
        stream = output.add_stream(
            "libx264rgb", rate=25, options={"qp": "0", "preset": "ultrafast", "g": "1"}
        )
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "rgb24"
        stream.codec_context.sample_aspect_ratio = aspect
        for index in range(frames):
            rgb = textured(HEIGHT, WIDTH, seed=ground(index))
            rgb[..., 0] //= 2
            for box in script(index):
                box.paint(rgb)
            output.mux(stream.encode(av.VideoFrame.from_ndarray(rgb, "rgb24")))
        output.mux(stream.encode(None))
    return path


@dataclass(frozen=True)
class RedSegmenter:
    """Finds every box by its red, whatever can be seen of it; satisfies `Segmenter`."""

    label: str = "sheep"
    score: float = 0.9

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return the boxes of each frame, by number."""
        return [self._find(frame.rgb()[..., 0]) for frame in frames]

    def _find(self, red: np.ndarray) -> Instances:
        levels = [level for level in np.unique(red).tolist() if level >= _FIRST]
        masks = tuple(Mask.from_full(red == level) for level in levels)
        return Instances(masks, (self.label,) * len(masks), (self.score,) * len(masks))
