"""Single pictures whose objects are known, read from a folder of training data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from instagan.data.layout import Sample
from instavid.errors import InputError
from instavid.picture import PictureFormat
from instavid.testing import make_frame
from instavid.types import BoolArray, ByteArray, Frame, Mask


@dataclass(frozen=True)
class Still:
    """A picture as a frame, and the true silhouettes in it."""

    name: str
    frame: Frame
    """8-bit RGB in three planes: what is not painted stays exactly as it was read."""
    masks: tuple[Mask, ...]
    """In the order of their files; those without a pixel are left out."""


def read_stills(samples: Sequence[Sample]) -> Iterator[Still]:
    """Yield pictures with their masks, one at a time, in the order given.

    Raises:
        InputError: A file is no picture, or a mask has another size than its picture.
    """
    for index, sample in enumerate(samples):
        rgb = read_rgb(sample.image)
        height, width = rgb.shape[:2]
        frame = make_frame(rgb, index=index, picture=PictureFormat("gbrp", width, height))
        masks = [read_mask(path, height=height, width=width) for path in sample.masks]
        found = tuple(Mask.from_full(mask) for mask in masks if mask.any())
        yield Still(sample.image.stem, frame, found)


def read_rgb(path: Path) -> ByteArray:
    """Return a picture file as (H, W, 3) uint8 RGB.

    Raises:
        InputError: It cannot be read.
    """
    return cv2.cvtColor(_decode(path, cv2.IMREAD_COLOR), cv2.COLOR_BGR2RGB).astype(np.uint8)


def read_mask(path: Path, *, height: int, width: int) -> BoolArray:
    """Return a mask file, white inside, as (height, width) bool.

    Raises:
        InputError: It cannot be read or has another size.
    """
    gray = _decode(path, cv2.IMREAD_GRAYSCALE)
    if gray.shape != (height, width):
        found = f"{gray.shape[1]}x{gray.shape[0]}"
        raise InputError(f"{path} is {found}, but its picture is {width}x{height}")
    inside: BoolArray = gray > 127
    return inside


def _decode(path: Path, flags: int) -> ByteArray:
    try:
        # OpenCV's own reader fails on some names of other scripts.
        data = np.frombuffer(path.read_bytes(), np.uint8)
    except OSError as error:
        raise InputError(f"Cannot read {path}: {error.strerror}") from error
    pixels = cv2.imdecode(data, flags) if data.size else None
    if pixels is None:
        raise InputError(f"Cannot read {path}: it is no picture, or damaged")
    return pixels.astype(np.uint8, copy=False)
