"""Files of data sets: claiming a folder, and writing pictures into it."""

from collections.abc import Callable, Iterable
from pathlib import Path

import cv2

from instavid.errors import InputNotFoundError, OutputError, OutputExistsError
from instavid.types import ByteArray

OnPicture = Callable[[int, int], None]
"""Called after each picture with the number done and the number in all."""

_JPEG_QUALITY = 95


def require_folder(folder: Path, *, holds: str) -> Path:
    """Return a folder that is there.

    Raises:
        InputNotFoundError: It is not.
    """
    if not folder.is_dir():
        raise InputNotFoundError(f"No folder {folder}; give the one that holds {holds}.")
    return folder


def claim_folder(folder: Path, *, overwrite: bool) -> None:
    """Make a folder; one that has something in it is taken only when that was asked for.

    Raises:
        OutputExistsError: It is not empty.
        OutputError: It cannot be made.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        taken = any(folder.iterdir())
    except OSError as error:
        raise OutputError(f"cannot write into the folder {folder} ({error.strerror})") from error
    if taken and not overwrite:
        raise OutputExistsError(f"{folder} is not empty: add -y to write into it")


def write_image(path: Path, pixels: ByteArray) -> None:
    """Write (H, W, 3) uint8 RGB or (H, W) uint8 gray in the format that the suffix names.

    Raises:
        OutputError: The file cannot be written.
    """
    stored = pixels if pixels.ndim == 2 else cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR)
    settings = [cv2.IMWRITE_JPEG_QUALITY, _JPEG_QUALITY] if path.suffix == ".jpg" else []
    _, encoded = cv2.imencode(path.suffix, stored, settings)
    write_bytes(path, encoded.tobytes())


def write_bytes(path: Path, content: bytes) -> None:
    """Write a file of a data set, making its folder.

    Raises:
        OutputError: It cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise OutputError(f"cannot write {path} ({error.strerror})") from error


def remove_files(paths: Iterable[Path]) -> None:
    """Remove files of an earlier data set.

    Raises:
        OutputError: One cannot be removed.
    """
    for path in paths:
        try:
            path.unlink()
        except OSError as error:
            raise OutputError(f"cannot remove {path} ({error.strerror})") from error
