"""Photos to a domain of a data set: a segmenter draws the mask of every object."""

from pathlib import Path

from instagan.data.layout import IMAGE_SUFFIXES, pictures_by_stem
from instagan.errors import ConfigError
from instavid.datasets.collecting import MaskFinder
from instavid.datasets.files import require_folder
from instavid.errors import InputError, UsageError
from instavid.interfaces import Segmenter
from instavid.picture import PictureFormat
from instavid.testing import make_frame
from instavid.types import BoolArray, ByteArray


def find_photos(folder: Path) -> tuple[Path, ...]:
    """Return the photos of a folder by name.

    Raises:
        InputNotFoundError: There is no such folder.
        InputError: No photo is in it.
        UsageError: Two photos differ only in their suffix, and would share their masks.
    """
    require_folder(folder, holds="the photos")
    try:
        photos = pictures_by_stem(sorted(folder.iterdir()))
    except ConfigError as error:
        raise UsageError(str(error)) from error
    if not photos:
        raise InputError(f"No photo in {folder}; use {', '.join(IMAGE_SUFFIXES)}.")
    return tuple(photos.values())


def masks_by(segmenter: Segmenter) -> MaskFinder:
    """Return what makes every instance that a segmenter finds on a photo a mask."""

    def find(photo: Path, rgb: ByteArray) -> list[BoolArray]:
        height, width = rgb.shape[:2]
        frame = make_frame(rgb, picture=PictureFormat("gbrp", width, height))
        (found,) = segmenter.segment([frame])
        return [mask.full(height, width) for mask in found.masks]

    return find
