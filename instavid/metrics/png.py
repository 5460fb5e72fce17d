"""PNG files of what was measured: refused early, written in one go."""

from collections.abc import Iterable
from pathlib import Path

import cv2

from instavid.errors import OutputError
from instavid.outputs import check_target
from instavid.types import ByteArray


def check_sheet_path(
    path: str | Path, *, overwrite: bool, inputs: Iterable[str | Path] = ()
) -> Path:
    """Return where a sheet will be written.

    Args:
        path: What the user asked for.
        overwrite: Whether an existing file may be replaced.
        inputs: Files that are read and must not be replaced.

    Raises:
        OutputError: It does not end in .png, is an input, or its folder is not there.
        OutputExistsError: It exists and may not be overwritten.
    """
    target = Path(path)
    if target.suffix.lower() != ".png":
        raise OutputError(f"Cannot write {path}: a sheet is a .png file")
    check_target(target, overwrite=overwrite, inputs=inputs)
    return target


def write_png(path: Path, rgb: ByteArray) -> None:
    """Write a picture, (H, W, 3) uint8, as PNG.

    Raises:
        OutputError: The file cannot be written.
    """
    _, data = cv2.imencode(".png", cv2.cvtColor(rgb, cv2.COLOR_RGB2BGR))
    try:
        path.write_bytes(data.tobytes())
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror}") from error
