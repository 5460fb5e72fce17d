"""The JSON of COCO's instance files, with as much of it checked as is used."""

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from instavid.errors import InputError, InputNotFoundError

Entries = list[dict[str, Any]]

_NAME = int | str
_NEEDED: dict[str, dict[str, Any]] = {
    "categories": {"id": _NAME, "name": str},
    "images": {"id": _NAME, "file_name": str},
    "annotations": {"image_id": _NAME, "category_id": _NAME},
}
"""What each entry of each list must have, and of what type."""


@dataclass(frozen=True)
class CocoFile:
    """The three lists of an instance file."""

    path: Path
    categories: Entries
    """Each with `id` and `name`."""
    images: Entries
    """Each with `id` and `file_name`."""
    annotations: Entries
    """Each with the `image_id` of one that is listed, and `category_id`."""


def load_coco(path: Path) -> CocoFile:
    """Read an instance file.

    Raises:
        InputNotFoundError: There is no such file.
        InputError: It cannot be read, is no JSON, or an entry lacks what it needs.
    """
    content = _load(path)
    if not isinstance(content, dict):
        raise _fault(path, "it is a list" if isinstance(content, list) else "it holds no lists")
    for key in _NEEDED:
        _check(path, key, content.get(key))
    listed = {entry["id"] for entry in content["images"]}
    for index, entry in enumerate(content["annotations"]):
        if entry["image_id"] not in listed:
            raise _fault(path, f"annotations[{index}] is of an image that is not listed")
    return CocoFile(path, **{key: content[key] for key in _NEEDED})


def _load(path: Path) -> object:
    try:
        with path.open(encoding="utf-8") as file:
            return json.load(file)
    except FileNotFoundError as error:
        raise InputNotFoundError(f"No annotations {path}; give a COCO instance file.") from error
    except OSError as error:
        raise InputError(f"Cannot read {path} ({error.strerror}).") from error
    except (ValueError, RecursionError) as error:
        raise _fault(path, str(error)) from error


def _check(path: Path, key: str, entries: object) -> None:
    if not isinstance(entries, list):
        raise _fault(path, f"it has no list '{key}'")
    for index, entry in enumerate(entries):
        for name, kind in _NEEDED[key].items():
            if not isinstance(entry, dict) or not isinstance(entry.get(name), kind):
                raise _fault(path, f"{key}[{index}] has no '{name}'")


def _fault(path: Path, why: str) -> InputError:
    return InputError(
        f"{path} is no COCO instance file ({why}); export it as 'COCO instances' or mend it."
    )
