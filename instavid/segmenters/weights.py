"""Finding segmentation weights: a path, a shipped name, or a published one kept in the cache."""

import difflib
import hashlib
import os
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from http.client import HTTPException
from pathlib import Path

from instavid.errors import ModelError, UsageError
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
    if not _cached(name).is_file():
        _require_published(name)
    return fetch_once(name, ultralytics_models.download_weights)


def digest_of_known(weights: str | Path) -> str:
    """Return the SHA-256 of weights that need not be downloaded, empty where they must or fail."""
    path = Path(weights)
    name = path.name if path.suffix == ".pt" else f"{path.name}.pt"
    shipped = shipped_segmenters().get(str(weights).removesuffix(".pt"))
    for place in (path, shipped, _cached(name)):
        if place is not None and place.is_file():
            with suppress(OSError), place.open("rb") as file:
                return hashlib.file_digest(file, "sha256").hexdigest()
    return ""


def suggest(wrong: str, known: Iterable[str]) -> str:
    """Return a sentence that names the nearest known word, with a space in front, or nothing.

    >>> suggest("sheeps", ["horse", "sheep"])
    " Did you mean 'sheep'?"
    """
    near = difflib.get_close_matches(wrong, list(known), n=1)
    return f" Did you mean '{near[0]}'?" if near else ""


def require_classes(
    classes: Sequence[str] | None, known: Sequence[str], model: str
) -> tuple[str, ...]:
    """Return the classes that are asked for, all that a model knows when None.

    Raises:
        UsageError: It does not know one.
    """
    for name in classes or ():
        if name not in known:
            raise UsageError(f"No class '{name}' in {model}.{suggest(name, known)}")
    return tuple(known if classes is None else classes)


def fetch_once(name: str, fetch: Callable[[str, Path], Path], *, source: str = "") -> Path:
    """Return published weights from the cache, after fetching them where they are not there.

    Args:
        name: Of their file.
        fetch: Takes the name and the folder of the cache, and returns the file.
        source: Where a person can get them.

    Raises:
        ModelError: They are not there, and cannot or must not be fetched.
    """
    cached = _cached(name)
    if cached.is_file():
        return cached
    folder = cached.parent
    put = f"Put the file{source and f' from {source}'} there, or give its path."
    if os.environ.get("INSTAVID_OFFLINE", "0").lower() not in ("", "0", "false", "no"):
        raise ModelError(
            f"{name} is not in {folder} and INSTAVID_OFFLINE forbids fetching it. {put}"
        )
    try:
        return fetch(name, folder)
    except (OSError, HTTPException, MemoryError) as error:
        raise ModelError(
            f"Cannot fetch {name} into {folder} ({_first_line(error)}). {put}"
        ) from error


def _cached(name: str) -> Path:
    return cache_folder() / "seg" / name


def _require_published(name: str) -> None:
    known = ultralytics_models.downloadable_weights()
    if name not in known:
        raise ModelError(f"No segmentation weights '{name}'.{_nearest(name, known)}")


def _nearest(name: str, known: Iterable[str]) -> str:
    return suggest(name, sorted([*known, *(f"{shipped}.pt" for shipped in shipped_segmenters())]))


def _first_line(error: BaseException) -> str:
    lines = str(error).strip().splitlines()
    return lines[0] if lines else type(error).__name__
