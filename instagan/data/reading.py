"""Pictures and masks from files, whatever people save them as; what cannot be read is named."""

import warnings
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Literal

import numpy as np
import torch
from PIL import Image, ImageOps
from torch import Tensor

from instagan.data.layout import Sample
from instagan.errors import ConfigError

MAX_PIXELS = 8192 * 8192
"""Largest picture to decode, width times height: a file of a few kB may claim gigabytes."""
MASK_LEVEL = 127
"""Grays of a mask above this are inside."""
# Pillow's names of more than 8 bits a channel, of which converting would cut off the upper ones.
_DEEP_MODES = ("I", "F")


class UnreadableError(ConfigError):
    """A file is no picture, or none that can be used; `reason` is why."""

    def __init__(self, path: Path, reason: str) -> None:
        super().__init__(f"Cannot read {path} ({reason}); replace or remove it")
        self.reason = reason


def read_sample(sample: Sample) -> tuple[Tensor, Tensor]:
    """Read a picture as (3, H, W) uint8 RGB and its masks as (N, H, W) bool.

    Raises:
        ConfigError: a file cannot be read, or sizes differ; it is named.
    """
    picture = read_pixels(sample.image, "RGB")
    masks = [read_pixels(path, "L") > MASK_LEVEL for path in sample.masks]
    for path, mask in zip(sample.masks, masks, strict=True):
        if mask.shape != picture.shape[:2]:
            raise ConfigError(
                f"{path} is {mask.shape[1]}x{mask.shape[0]}, its picture "
                f"{picture.shape[1]}x{picture.shape[0]}; make them the same size"
            )
    return torch.from_numpy(picture).permute(2, 0, 1), torch.from_numpy(np.stack(masks))


def read_pixels(path: Path, mode: Literal["RGB", "L"]) -> np.ndarray:
    """Read an image file upright, as (H, W, 3) or (H, W) uint8.

    Palettes, CMYK and alpha become plain colours.

    Raises:
        UnreadableError: it cannot be read, or has more than 8 bits a channel.
    """
    try:
        with open_picture(path) as file:
            if file.mode.startswith(_DEEP_MODES):
                raise UnreadableError(path, f"mode {file.mode} is deeper than 8 bits a channel")
            # Cameras store a turned picture and how to turn it back.
            return np.array(ImageOps.exif_transpose(file).convert(mode))
    except UnreadableError:
        raise
    except Exception as fault:  # a damaged file raises nearly anything
        reason = getattr(fault, "strerror", None) or "damaged, or no picture"
        raise UnreadableError(path, reason) from fault


@contextmanager
def open_picture(path: Path) -> Iterator[Image.Image]:
    """Open an image file, for the block; its pixels are not decoded yet.

    Raises:
        UnreadableError: it has more than `MAX_PIXELS`.
        OSError: it cannot be read.
    """
    with warnings.catch_warnings():
        # Pillow's own limits are larger, and the first only warns.
        warnings.simplefilter("error", Image.DecompressionBombWarning)
        try:
            file = Image.open(path)
        except (Image.DecompressionBombWarning, Image.DecompressionBombError) as fault:
            raise UnreadableError(path, f"more than {MAX_PIXELS} pixels") from fault
    with file:
        if file.width * file.height > MAX_PIXELS:
            reason = f"{file.width}x{file.height} are more than {MAX_PIXELS} pixels"
            raise UnreadableError(path, reason)
        yield file
