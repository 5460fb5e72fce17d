"""PNG files of what was measured: refused early, written in one go."""

from pathlib import Path

import cv2

from instavid.errors import OutputError, OutputExistsError
from instavid.types import ByteArray


def check_sheet_path(path: str | Path, *, overwrite: bool) -> Path:
    """Return where a sheet will be written.

    Raises:
        OutputError: It does not end in .png, or its folder is not there.
        OutputExistsError: It exists and may not be overwritten.
    """
    target = Path(path)
    if target.suffix.lower() != ".png":
        raise OutputError(f"Cannot write {path}: a sheet is a .png file")
    if not target.parent.is_dir():
        raise OutputError(f"Cannot write {path}: there is no folder {target.parent}")
    if target.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists already. Give -y to overwrite it.")
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
