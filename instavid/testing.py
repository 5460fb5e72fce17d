"""Test doubles and synthetic frames, for our tests and for those of plug-in authors."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from fractions import Fraction
from typing import Self

import numpy as np

from instavid.picture import PictureFormat, rgb_to_planes
from instavid.types import BoolArray, ByteArray, Crop, Frame, Instances, Patch


def make_frame(rgb: ByteArray, *, index: int = 0, picture: PictureFormat | None = None) -> Frame:
    """Return a frame that shows a picture.

    Args:
        rgb: (H, W, 3) uint8, upright.
        index: Its position; its time stamp too, at 25 frames per second.
        picture: Its format; by default 8-bit 4:2:0, untagged.
    """
    height, width = rgb.shape[:2]
    picture = picture or PictureFormat("yuv420p", width, height)
    planes = rgb_to_planes(picture.orientation.coded(rgb), picture)
    return Frame(index, index, 1, Fraction(1, 25), planes, picture)


def textured(height: int, width: int, *, seed: int = 0) -> ByteArray:
    """Return a smooth random picture, (height, width, 3) uint8."""
    import cv2

    coarse = np.random.default_rng(seed).integers(30, 226, (height // 8 + 2, width // 8 + 2, 3))
    fine = cv2.resize(coarse.astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)
    return fine.astype(np.uint8, copy=False)


@dataclass
class ListSource:
    """Yields frames that it was given; satisfies `FrameSource`."""

    frames: Iterable[Frame]

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __iter__(self) -> Iterator[Frame]:
        return iter(self.frames)


@dataclass
class ListSink:
    """Keeps the frames that it is given; satisfies `FrameSink`."""

    frames: list[Frame] = field(default_factory=list)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def write(self, frame: Frame) -> None:
        """Keep a frame."""
        self.frames.append(frame)


@dataclass(frozen=True)
class ScriptedSegmenter:
    """Finds what a function of the frame's index says; satisfies `Segmenter`."""

    masks: Callable[[int], BoolArray]
    """Index of a frame to its masks, (N, H, W) bool."""
    label: str = "sheep"

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Return the scripted masks, all with one label and a score of 0.9."""
        found = [self.masks(frame.index) for frame in frames]
        return [Instances.from_full(m, [self.label] * len(m), [0.9] * len(m)) for m in found]


@dataclass(frozen=True)
class PaintingTranslator:
    """Paints every object in one colour, its shape kept; satisfies `Translator`."""

    colour: tuple[int, int, int] = (255, 0, 255)

    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        """Return crops with their objects painted over."""
        return [Patch(self._paint(crop), crop.masks) for crop in crops]

    def _paint(self, crop: Crop) -> ByteArray:
        inside = np.logical_or.reduce(crop.masks)[..., None]
        return np.where(inside, np.array(self.colour, np.uint8), crop.rgb)
