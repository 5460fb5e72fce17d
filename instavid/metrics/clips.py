"""The frames that the stages are timed on: of a file, or of shapes that move over a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path

import numpy as np

from instavid.errors import InputError
from instavid.media.info import VideoInfo
from instavid.sinks.file import FileSink
from instavid.sources.file import FileSource
from instavid.testing import make_frame, textured
from instavid.types import BoolArray, Frame, Instances


@dataclass(frozen=True)
class Clip:
    """Decoded frames, and where they came from."""

    path: Path | str
    info: VideoInfo
    frames: tuple[Frame, ...]


@dataclass(frozen=True)
class KnownInstances:
    """Finds what was found before; satisfies `Segmenter`."""

    found: Sequence[Instances]
    """By index of the frame."""

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return what is known of each frame."""
        return [self.found[frame.index] for frame in frames]


def load_clip(path: str | Path, *, frames: int) -> Clip:
    """Decode the first frames of a file.

    Raises:
        InputError: There is nothing to decode.
    """
    with FileSource(path) as source:
        decoded = tuple(islice(source, frames))
        if not decoded:
            raise InputError(f"{path} yields no frame")
        return Clip(path, source.info, decoded)


def write_synthetic_clip(path: Path, *, size: tuple[int, int], frames: int) -> None:
    """Render two textured ellipses that move over a texture, and encode them losslessly enough.

    Args:
        path: The file to write.
        size: (height, width), even, px.
        frames: How many to render.
    """
    height, width = size
    background, skin = textured(height, width), textured(height, width, seed=1)
    first = make_frame(background)
    info = VideoInfo(
        name="synthetic",
        container="matroska",
        codec="rawvideo",
        picture=first.picture,
        time_base=first.time_base,
        average_frame_rate=1 / first.time_base,
    )
    with FileSink(path, like=info, codec="libx264", preset="ultrafast") as sink:
        for index in range(frames):
            inside = np.logical_or.reduce(moving_ellipses(index, size))[..., None]
            sink.write(make_frame(np.where(inside, skin, background), index=index))


def scripted_instances(frames: Sequence[Frame]) -> list[Instances]:
    """Return the two ellipses of each frame as instances, whatever the frames show."""
    return [
        Instances.from_full(
            moving_ellipses(frame.index, frame.picture.upright_size), ["sheep"] * 2, [0.9] * 2
        )
        for frame in frames
    ]


def moving_ellipses(index: int, size: tuple[int, int]) -> BoolArray:
    """Return the masks of two ellipses at a moment, (2, H, W) bool; they walk and turn back."""
    height, width = size
    rows, columns = np.ogrid[:height, :width]
    masks = np.zeros((2, height, width), bool)
    for number, (x, y) in enumerate(((0.28, 0.45), (0.72, 0.6))):
        stride = abs(index % 32 - 16) / 16 - 0.5
        across = (columns / width - x - 0.12 * stride * (-1) ** number) / 0.11
        down = (rows / height - y) / 0.16
        masks[number] = across**2 + down**2 <= 1
    return masks
