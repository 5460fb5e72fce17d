"""Multi-Human Parsing v1 (Li et al., 2017): photos with a label map of every person.

root/images/0001.jpg                     the photo
root/annotations/0001_02_01.png          the label map of the first person of two
root/annotations/0001_02_02.png          that of the second
root/train_list.txt, test_list.txt       names of photos, one a line
"""

import re
from collections.abc import Collection, Sequence
from pathlib import Path

import numpy as np

from instagan.data.reading import UnreadableError, open_picture
from instavid.datasets.annotated import (
    Annotated,
    divide_by_presence,
    require_size,
)
from instavid.datasets.files import require_folder
from instavid.datasets.label_maps import LabelMap, mask_of, numbers_of, require_labels
from instavid.errors import InputError
from instavid.types import BoolArray, ByteArray

CLASSES = (
    *("background", "hat", "hair", "sunglasses", "upper-clothes", "skirt", "pants", "dress"),
    *("belt", "left-shoe", "right-shoe", "face", "left-leg", "right-leg", "left-arm"),
    *("right-arm", "bag", "scarf", "torso-skin"),
)
"""The classes of version 1; the position of each is its number in the label maps."""
_MAP = re.compile(r"(?P<photo>.+)_(?P<persons>\d+)_(?P<person>\d+)")


def read_mhp(root: Path, classes: Sequence[str], names: Collection[str] | None = None) -> Annotated:
    """Find the photos that have label maps.

    Args:
        root: The folder of the data set.
        classes: Of which `CLASSES` what a person wears becomes a mask, one for each person.
        names: Of the photos to find, without suffix; all by default.

    Raises:
        InputNotFoundError: A folder is missing.
        InputError: There is no label map of these photos.
        UsageError: There is no such class.
    """
    numbers = numbers_of(classes, CLASSES, "Multi-Human Parsing v1")
    maps = _maps_by_photo(require_folder(root / "annotations", holds="the label maps"))
    found = {
        root / "images" / f"{name}.jpg": paths
        for name, paths in maps.items()
        if names is None or name in names
    }
    if not found:
        raise InputError(f"No label map of these photos in {root / 'annotations'}; fetch it again.")
    there, missing = divide_by_presence(found)

    def find(photo: Path, rgb: ByteArray) -> list[BoolArray]:
        masks: list[BoolArray] = []
        for path in _whole(found[photo], photo):
            labels = _read_map(path)
            require_size(photo, rgb.shape[:2], path.name, labels.shape)
            masks += mask_of(labels, numbers)
        return masks

    return Annotated(there, find, missing)


def read_list(path: Path) -> frozenset[str]:
    """Return the names in a list of photos, without suffix.

    Raises:
        InputError: It cannot be read.
    """
    try:
        lines = path.read_text(encoding="utf-8").split()
    except (OSError, ValueError) as error:
        raise InputError(f"Cannot read the list {path} ({error}).") from error
    return frozenset(Path(line).stem for line in lines)


def _maps_by_photo(folder: Path) -> dict[str, list[Path]]:
    maps: dict[str, list[Path]] = {}
    for path in sorted(folder.glob("*.png")):
        if match := _MAP.fullmatch(path.stem):
            maps.setdefault(match["photo"], []).append(path)
    return maps


def _whole(paths: Sequence[Path], photo: Path) -> Sequence[Path]:
    """Refuse a photo some of whose persons have no map: what they wear would count as background.

    Raises:
        InputError: So it is.
    """
    match = _MAP.fullmatch(paths[0].stem)
    assert match is not None, "paths come from _maps_by_photo"
    if len(paths) != int(match["persons"]):
        raise InputError(
            f"{photo} has label maps of {len(paths)} of {int(match['persons'])} persons; "
            "fetch the others or remove it"
        )
    return paths


def _read_map(path: Path) -> LabelMap:
    try:
        with open_picture(path) as file:
            array = np.asarray(file)
    except (OSError, UnreadableError) as error:
        raise InputError(f"Cannot read {path} ({error}); fetch it again") from error
    # Some maps are stored with three channels that are the same.
    return require_labels(array[..., 0] if array.ndim == 3 else array, path)
