"""Where the output goes: refused early, written beside, and moved into place when it is whole."""

import os
import secrets
from collections.abc import Iterable
from pathlib import Path

import av

from instavid.errors import OutputError
from instavid.outputs import OtherFile, check_target


def check_output(
    path: str | Path,
    *,
    overwrite: bool = False,
    inputs: Iterable[str | Path | OtherFile] = (),
    option: str = "-o",
) -> Path:
    """Return the path that will be written, links resolved.

    Args:
        path: What the user asked for.
        overwrite: Whether an existing file may be replaced.
        inputs, option: As for `check_target`.

    Raises:
        OutputError: It is an input or a folder, its folder cannot be written to, or its ending
            names no container.
        OutputExistsError: It exists and may not be overwritten.
    """
    target = check_target(path, overwrite=overwrite, inputs=inputs, option=option)
    container_name(target)
    return target


def container_name(path: Path) -> str:
    """Return FFmpeg's name of the container that a file ending stands for.

    Raises:
        OutputError: No container that holds video goes by this ending.
    """
    known = _MUXERS.get(path.suffix.lower())
    if known is None:
        endings = " ".join(sorted(_MUXERS))
        ending = path.suffix or "no ending"
        raise OutputError(f"Cannot write {path.name}: {ending} names no container. Try {endings}.")
    return known


_MUXERS = {
    ".mp4": "mp4",
    ".m4v": "mp4",
    ".mov": "mov",
    ".qt": "mov",
    ".mkv": "matroska",
    ".mk3d": "matroska",
    ".webm": "webm",
    ".avi": "avi",
    ".ts": "mpegts",
    ".m2ts": "mpegts",
    ".mts": "mpegts",
    ".mpg": "mpeg",
    ".mpeg": "mpeg",
    ".flv": "flv",
    ".nut": "nut",
    ".ogv": "ogv",
    ".3gp": "3gp",
    ".mxf": "mxf",
    ".wmv": "asf",
    ".asf": "asf",
}


_PARTIAL = ".partial"


def temporary_beside(target: Path, *, folder: Path | None = None) -> Path:
    """Return a name beside the target, or in another folder, that no other run uses."""
    name = f".{target.stem}.partial-{secrets.token_hex(4)}{target.suffix}"
    return (folder or target.parent) / name


def partial_beside(target: Path) -> Path:
    """Return the name under which an interrupted run leaves what it has."""
    return target.with_name(f"{target.stem}{_PARTIAL}{target.suffix}")


def is_partial(path: Path) -> bool:
    """Return whether a name is one under which an interrupted run leaves what it has."""
    return path.stem.endswith(_PARTIAL)


def move_into_place(temporary: Path, target: Path) -> None:
    """Make sure that a file is on the disk, then give it its name in one step."""
    with temporary.open("rb+") as file:
        os.fsync(file.fileno())
    os.replace(temporary, target)


def is_disk_full(error: BaseException) -> bool:
    """Return whether an error means that no more can be written: ENOSPC, EFBIG or EDQUOT."""
    return isinstance(error, (OSError, av.error.OSError)) and error.errno in (28, 27, 122)
