"""Clothing Co-Parsing (Yang, Luo, Lin, CVPR 2014): photos with a label map of garments each.

    root/photos/0001.jpg                          the photo of one person
    root/annotations/pixel-level/0001.mat         its label map, as `groundtruth`
    root/label_list.mat                           the names of the classes, as `label_list`

There are no instances: what a photo shows of the classes makes one mask, as in the InstaGAN paper.
Photos that have tags alone (annotations/image-level) are not used.
"""

from collections.abc import Sequence
from pathlib import Path

import numpy as np

from instavid.datasets.annotated import (
    Annotated,
    divide_by_presence,
    require_size,
)
from instavid.datasets.files import require_folder
from instavid.datasets.label_maps import mask_of, numbers_of, read_matlab, require_labels
from instavid.errors import InputError
from instavid.types import BoolArray, ByteArray


def read_ccp(root: Path, classes: Sequence[str]) -> Annotated:
    """Find the photos that have a label map.

    Args:
        root: The folder of the data set.
        classes: Of which names what becomes the mask.

    Raises:
        InputNotFoundError: A folder is missing.
        InputError: The list of classes cannot be read, or there is no label map.
        UsageError: There is no such class.
    """
    require_folder(root, holds="label_list.mat, photos and annotations")
    cells = read_matlab(root / "label_list.mat", "label_list").flat
    names = [" ".join(map(str, np.ravel(cell))) for cell in cells]
    numbers = numbers_of(classes, names, str(root / "label_list.mat"))
    maps = require_folder(root / "annotations" / "pixel-level", holds="the label maps")
    found = {root / "photos" / f"{path.stem}.jpg": path for path in sorted(maps.glob("*.mat"))}
    if not found:
        raise InputError(f"No label map in {maps}; fetch the data set again.")
    there, missing = divide_by_presence(found)

    def find(photo: Path, rgb: ByteArray) -> list[BoolArray]:
        path = found[photo]
        labels = require_labels(read_matlab(path, "groundtruth"), path)
        require_size(photo, rgb.shape[:2], path.name, labels.shape)
        return mask_of(labels, numbers)

    return Annotated(there, find, missing)
