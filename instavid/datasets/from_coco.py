"""COCO instance files: which pictures show objects of some classes, and the masks of these."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any

from instavid.datasets.annotated import (
    Annotated,
    divide_by_presence,
    require_size,
)
from instavid.datasets.coco_json import CocoFile, load_coco
from instavid.datasets.coco_masks import decode_segmentation
from instavid.datasets.files import require_folder
from instavid.errors import InputError, UsageError
from instavid.segmenters.weights import suggest
from instavid.types import BoolArray, ByteArray


def read_coco(annotations: Path, images: Path, classes: Sequence[str]) -> Annotated:
    """Find the pictures that show objects of some classes.

    Args:
        annotations: JSON in COCO's format for instances.
        images: The folder that its file names start from.
        classes: Names of categories, each object of which becomes a mask; but crowds, which are
            several objects in one outline, do not.

    Raises:
        InputNotFoundError: There is no such file or folder.
        InputError: It is no such JSON, or no picture shows any such object.
        UsageError: It has no such category, or two pictures would share their masks.
    """
    require_folder(images, holds="the pictures")
    content = load_coco(annotations)
    wanted = _category_ids(content, classes)
    shown = [entry for entry in content.annotations if entry["category_id"] in wanted]
    if not shown:
        raise InputError(f"No picture in {annotations} shows {' or '.join(classes)}.")
    objects: dict[Any, list[dict[str, Any]]] = {entry["image_id"]: [] for entry in shown}
    for entry in shown:
        if not entry.get("iscrowd"):
            objects[entry["image_id"]].append(entry)
    listed = [entry for entry in content.images if entry["id"] in objects]
    there, missing = divide_by_presence(images / entry["file_name"] for entry in listed)
    by_path = {images / entry["file_name"]: entry for entry in listed}

    def find(picture: Path, rgb: ByteArray) -> list[BoolArray]:
        entry, (height, width) = by_path[picture], rgb.shape[:2]
        size: tuple[Any, Any] = entry.get("height") or height, entry.get("width") or width
        require_size(picture, (height, width), annotations.name, size)
        return [_mask(one, picture, annotations, (height, width)) for one in objects[entry["id"]]]

    crowds = len(shown) - sum(map(len, objects.values()))
    return Annotated(there, find, missing, crowds)


def _category_ids(content: CocoFile, classes: Sequence[str]) -> set[Any]:
    known = [entry["name"] for entry in content.categories]
    for name in classes:
        if name not in known:
            raise UsageError(f"No class '{name}' in {content.path}.{suggest(name, known)}")
    return {entry["id"] for entry in content.categories if entry["name"] in classes}


def _mask(
    entry: dict[str, Any], picture: Path, annotations: Path, size: tuple[int, int]
) -> BoolArray:
    try:
        return decode_segmentation(entry.get("segmentation"), height=size[0], width=size[1])
    except ValueError as error:
        raise InputError(
            f"Cannot take {picture}: its annotation {entry.get('id')} in {annotations.name} "
            f"{error}; mend or remove it"
        ) from error
