"""Files that are written for users: what stands in the way is said before any work."""

import os
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from instavid.errors import OutputError, OutputExistsError


@dataclass(frozen=True)
class OtherFile:
    """A file that a run reads or writes, and what messages call it."""

    path: str | Path
    role: str = "the input"


def the_result(path: str | Path) -> OtherFile:
    """Return the result of a run as a file that nothing else of it may replace."""
    return OtherFile(path, "the result (-o)")


def the_masks(path: str | Path) -> OtherFile:
    """Return the masks that a run writes as a file that nothing else of it may replace."""
    return OtherFile(path, "the masks (--save-masks)")


def check_target(
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
        inputs: Files that must not be replaced, under whatever name; inputs, where only the name
            is given.
        option: With which the user names the path.

    Raises:
        OutputError: It is an input or a folder, or its folder cannot be written to.
        OutputExistsError: It exists and may not be overwritten.
    """
    path = Path(path)
    target = path.resolve()
    for given in inputs:
        other = given if isinstance(given, OtherFile) else OtherFile(given)
        if _is_same(target, Path(other.path)):
            raise OutputError(
                f"Cannot write {path}: it is {other.role}. Give another name with {option}."
            )
    if target.is_dir():
        raise OutputError(f"Cannot write {path}: it is a folder. Give a file name.")
    if not target.parent.is_dir():
        raise OutputError(f"Cannot write {path}: there is no folder {target.parent}.")
    if not os.access(target.parent, os.W_OK):
        raise OutputError(f"Cannot write {path}: no permission to write in {target.parent}.")
    if target.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists already. Give -y to overwrite it.")
    return target


def _is_same(target: Path, given: Path) -> bool:
    try:
        if target.exists():
            return target.samefile(given)
    except OSError:  # the input is no file, or is not there
        return False
    return os.path.normcase(target) == os.path.normcase(given.resolve())
