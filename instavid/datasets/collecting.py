"""Pictures and the masks that somebody or something drew, to a domain of a data set."""

import logging
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from instagan.data.layout import (
    IMAGE_SUFFIXES,
    DomainLetter,
    files_by_name,
    image_folder,
    mask_path,
)
from instagan.data.reading import read_pixels
from instagan.errors import ConfigError
from instavid.datasets.files import OnPicture, remove_files, write_bytes, write_image
from instavid.errors import InputError, OutputExistsError, UsageError
from instavid.types import BoolArray, ByteArray

_log = logging.getLogger(__name__)

MaskFinder = Callable[[Path, ByteArray], Sequence[BoolArray]]
"""Takes a picture's path and its upright pixels, (H, W, 3) uint8 RGB; returns a mask of every
object, (H, W) bool, True inside. Raises InputError where the picture's annotation is damaged."""


@dataclass(frozen=True)
class Place:
    """Where in a data set pictures go."""

    root: Path
    domain: DomainLetter
    split: str = "train"


@dataclass(frozen=True)
class Collected:
    """What became of the pictures."""

    pictures: int = 0
    """Written, each with a mask or more."""
    masks: int = 0
    """Written."""
    small: int = 0
    """Objects that were left out for their size."""
    bare: int = 0
    """Pictures without an object that is large enough."""
    unreadable: int = 0
    """Pictures that are damaged, or whose annotation is."""


def collect(
    pictures: Sequence[Path],
    find_masks: MaskFinder,
    place: Place,
    *,
    least: float = 0.01,
    overwrite: bool = False,
    on_picture: OnPicture = lambda done, total: None,
) -> Collected:
    """Copy every picture that shows an object, byte for byte, and write a mask of each object.

    A picture that cannot be read, or whose annotation cannot, is named in a warning and left out.

    Args:
        pictures: No two of which differ in their suffix alone.
        find_masks: Finds the objects of one.
        place: Where to; what is there of other pictures stays.
        least: Smallest share of the picture that an object must cover, 0 to 1.
        overwrite: Whether a picture that is there already is replaced, with its masks.
        on_picture: Told of progress.

    Raises:
        UsageError: The pictures lie where they would be written to.
        OutputExistsError: A picture is there already; nothing is written.
        OutputError: A file cannot be written.
    """
    earlier = files_by_name(place.root, place.split, domain=place.domain)
    _require_room(pictures, place, earlier, overwrite=overwrite)
    counts: Counter[str] = Counter()
    for done, picture in enumerate(pictures, 1):
        try:
            found = _read(picture, find_masks)
        except (ConfigError, InputError) as error:
            _log.warning("%s", error)
            counts["unreadable"] += 1
        else:
            # No object, however small the least share, is one without a pixel.
            masks = [mask for mask in found if mask.sum() >= max(1, least * mask.size)]
            # A mask of an earlier picture of that name would become an object of this one.
            remove_files(earlier.get(picture.stem, ()))
            _write(picture, masks, place)
            counts["pictures" if masks else "bare"] += 1
            counts["masks"] += len(masks)
            counts["small"] += len(found) - len(masks)
        on_picture(done, len(pictures))
    return Collected(**counts)


def _require_room(
    pictures: Sequence[Path], place: Place, earlier: Mapping[str, list[Path]], *, overwrite: bool
) -> None:
    target = image_folder(place.root, place.split, domain=place.domain)
    folders = {picture.parent for picture in pictures}
    if any(folder.resolve() == target.resolve() for folder in folders):
        raise UsageError(f"the pictures are in {target} itself; give another folder to write to")
    taken = [earlier[picture.stem][0] for picture in pictures if picture.stem in earlier]
    if taken and not overwrite:
        raise OutputExistsError(f"{taken[0]} exists: add -y to replace it, or rename the picture.")


def _read(picture: Path, find_masks: MaskFinder) -> Sequence[BoolArray]:
    if picture.suffix.lower() not in IMAGE_SUFFIXES:
        raise InputError(
            f"Cannot take {picture}, which is none of {', '.join(IMAGE_SUFFIXES)}; convert it"
        )
    return find_masks(picture, read_pixels(picture, "RGB"))


def _write(picture: Path, masks: Sequence[BoolArray], place: Place) -> None:
    root, split, domain = place.root, place.split, place.domain
    for index, mask in enumerate(masks):
        path = mask_path(root, split, domain=domain, stem=picture.stem, index=index)
        write_image(path, mask.astype(np.uint8) * 255)
    if masks:
        write_bytes(image_folder(root, split, domain=domain) / picture.name, picture.read_bytes())
