"""Finding segmentation weights: a path, a shipped name, or a published one kept in the cache."""

import difflib
import os
from collections.abc import Iterable
from pathlib import Path

from instavid.errors import ModelError
from instavid.segmenters import ultralytics_models
from instavid.taming import cache_folder
from instavid.zoo import shipped_segmenters


def find_weights(weights: str | Path) -> Path:
    """Return the file that a path or a published name stands for, downloading it if it must.

    Args:
        weights: A path, or a name such as `meadow`, `yolo11n-seg.pt` or `yolo11n-seg`.

    Raises:
        ModelError: There is no such file, no such name, or no way to fetch it.
    """
    path = Path(weights)
    if path.is_file():
        return path
    # Before a folder of that name can be in the way.
    if (shipped := shipped_segmenters().get(str(weights).removesuffix(".pt"))) is not None:
        return shipped
    if path.exists() or len(path.parts) > 1 or "://" in str(weights):
        raise ModelError(f"No segmentation weights at {weights}. Give a .pt file or a model name.")
    name = path.name if path.suffix == ".pt" else f"{path.name}.pt"
    cached = cache_folder() / "seg" / name
    return cached if cached.is_file() else _fetch(name, cached.parent)


def suggest(wrong: str, known: Iterable[str]) -> str:
    """Return a sentence that names the nearest known word, with a space in front, or nothing.

    >>> suggest("sheeps", ["horse", "sheep"])
    " Did you mean 'sheep'?"
    """
    near = difflib.get_close_matches(wrong, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def _fetch(name: str, folder: Path) -> Path:
    known = ultralytics_models.downloadable_weights()
    if name not in known:
        raise ModelError(f"No segmentation weights '{name}'.{_nearest(name, known)}")
    if os.environ.get("INSTAVID_OFFLINE", "0").lower() not in ("", "0", "false", "no"):
        raise ModelError(
            f"{name} is not in {folder} and INSTAVID_OFFLINE forbids fetching it. "
            "Put the file there, or give its path."
        )
    try:
        return ultralytics_models.download_weights(name, folder)
    except (OSError, MemoryError) as error:
        raise ModelError(
            f"Cannot fetch {name} into {folder} ({_first_line(error)}). "
            "Put the file there, or give its path."
        ) from error


def _nearest(name: str, known: Iterable[str]) -> str:
    return suggest(name, sorted([*known, *(f"{shipped}.pt" for shipped in shipped_segmenters())]))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
