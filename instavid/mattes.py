"""Mattes: what was changed in each frame, as grey pictures that go with the result."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from instavid.picture import ColourTags, PictureFormat
from instavid.types import Frame

_FULL_RANGE = 2


def matte_format(picture: PictureFormat) -> PictureFormat:
    """Return the format of the mattes that go with pictures of a format."""
    return replace(picture, pixel_format="gray", tags=ColourTags(range=_FULL_RANGE))


def matte_frame(frame: Frame, matte: npt.NDArray[np.uint8]) -> Frame:
    """Return a matte as a frame with the time and the orientation of the frame it belongs to.

    Args:
        frame: The frame.
        matte: (H, W) uint8, upright, see `instavid.core.composite`.
    """
    coded = np.ascontiguousarray(frame.picture.orientation.coded(matte))
    return replace(frame, planes=(coded,), picture=matte_format(frame.picture))
