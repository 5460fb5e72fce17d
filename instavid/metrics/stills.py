"""Single pictures whose objects are known, read from a folder of training data."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from instagan.data.layout import Sample
from instagan.data.reading import read_sample
from instagan.errors import ConfigError
from instavid.errors import InputError
from instavid.picture import PictureFormat
from instavid.testing import make_frame
from instavid.types import Frame, Mask


@dataclass(frozen=True)
class Still:
    """A picture as a frame, and the true silhouettes in it."""

    name: str
    frame: Frame
    """8-bit RGB in three planes: what is not painted stays exactly as it was read."""
    masks: tuple[Mask, ...]
    """In the order of their files; those without a pixel are left out."""


def read_stills(samples: Sequence[Sample]) -> Iterator[Still]:
    """Yield pictures with their masks, one at a time, in the order given; read as for training.

    Raises:
        InputError: A file is no picture, or a mask has another size than its picture.
    """
    for index, sample in enumerate(samples):
        try:
            picture, masks = read_sample(sample)
        except ConfigError as error:
            raise InputError(str(error)) from error
        rgb = np.ascontiguousarray(picture.permute(1, 2, 0).numpy())
        height, width = rgb.shape[:2]
        frame = make_frame(rgb, index=index, picture=PictureFormat("gbrp", width, height))
        found = tuple(Mask.from_full(mask) for mask in masks.numpy() if mask.any())
        yield Still(sample.image.stem, frame, found)
