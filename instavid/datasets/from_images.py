"""Photos to a domain of a data set: a segmenter draws the mask of every object."""

import logging
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from instagan.data.crops import read_pixels
from instagan.data.layout import (
    IMAGE_SUFFIXES,
    DomainLetter,
    files_by_name,
    image_folder,
    mask_path,
    pictures_by_stem,
)
from instagan.errors import ConfigError
from instavid.datasets.files import OnPicture, remove_files, write_bytes, write_image
from instavid.errors import InputError, InputNotFoundError, OutputExistsError, UsageError
from instavid.interfaces import Segmenter
from instavid.picture import PictureFormat
from instavid.testing import make_frame
from instavid.types import ByteArray, Mask

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Place:
    """Where in a data set pictures go."""

    root: Path
    domain: DomainLetter
    split: str = "train"


@dataclass(frozen=True)
class Collected:
    """What became of the photos."""

    pictures: int = 0
    """Written, each with a mask or more."""
    masks: int = 0
    """Written."""
    bare: int = 0
    """Photos on which nothing large enough was found."""
    unreadable: int = 0
    """Photos that are damaged."""


def find_photos(folder: Path) -> tuple[Path, ...]:
    """Return the photos of a folder by name.

    Raises:
        InputNotFoundError: There is no such folder.
        InputError: No photo is in it.
        UsageError: Two photos differ only in their suffix, and would share their masks.
    """
    if not folder.is_dir():
        raise InputNotFoundError(f"No folder {folder}; give the one that the photos are in.")
    try:
        photos = pictures_by_stem(sorted(folder.iterdir()))
    except ConfigError as error:
        raise UsageError(str(error)) from error
    if not photos:
        raise InputError(f"No photo in {folder}; use {', '.join(IMAGE_SUFFIXES)}.")
    return tuple(photos.values())


def collect_photos(
    photos: Sequence[Path],
    segmenter: Segmenter,
    place: Place,
    *,
    least: float = 0.01,
    overwrite: bool = False,
    on_picture: OnPicture = lambda done, total: None,
) -> Collected:
    """Copy every photo that shows an object, byte for byte, and write a mask of each object.

    Args:
        photos: As `find_photos` returns them.
        segmenter: Whose every instance becomes a mask.
        place: Where to; what is there of other photos stays.
        least: Smallest share of the photo that an object must cover, 0 to 1.
        overwrite: Whether a photo that is there already is replaced, with its masks.
        on_picture: Told of progress.

    Raises:
        OutputExistsError: A photo is there already; nothing is written.
        OutputError: A file cannot be written.
    """
    earlier = files_by_name(place.root, place.split, domain=place.domain)
    _require_room(photos, place, earlier, overwrite=overwrite)
    counts: Counter[str] = Counter()
    for done, photo in enumerate(photos, 1):
        try:
            rgb = read_pixels(photo, "RGB")
        except ConfigError as error:
            _log.warning("%s", error)
            counts["unreadable"] += 1
        else:
            masks = _find_masks(rgb, segmenter, least=least)
            # A mask of an earlier photo of that name would become an object of this one.
            remove_files(earlier.get(photo.stem, ()))
            _write(photo, masks, rgb.shape[:2], place)
            counts["pictures" if masks else "bare"] += 1
            counts["masks"] += len(masks)
        on_picture(done, len(photos))
    return Collected(**counts)


def _require_room(
    photos: Sequence[Path], place: Place, earlier: Mapping[str, list[Path]], *, overwrite: bool
) -> None:
    pictures = image_folder(place.root, place.split, domain=place.domain)
    if any(photo.parent.resolve() == pictures.resolve() for photo in photos):
        raise UsageError(f"the photos are in {pictures} itself; give another folder to write to")
    taken = [earlier[photo.stem][0] for photo in photos if photo.stem in earlier]
    if taken and not overwrite:
        raise OutputExistsError(f"{taken[0]} exists: add -y to replace it, or rename the photo.")


def _find_masks(rgb: ByteArray, segmenter: Segmenter, *, least: float) -> list[Mask]:
    height, width = rgb.shape[:2]
    (found,) = segmenter.segment([make_frame(rgb, picture=PictureFormat("gbrp", width, height))])
    return [mask for mask in found.masks if mask.area >= least * height * width]


def _write(photo: Path, masks: Sequence[Mask], size: tuple[int, int], place: Place) -> None:
    root, split, domain = place.root, place.split, place.domain
    for index, mask in enumerate(masks):
        path = mask_path(root, split, domain=domain, stem=photo.stem, index=index)
        write_image(path, mask.full(*size).astype(np.uint8) * 255)
    if masks:
        write_bytes(image_folder(root, split, domain=domain) / photo.name, photo.read_bytes())
