"""Files that are written for users: what stands in the way is said before any work."""

import os
from collections.abc import Iterable
from pathlib import Path

from instavid.errors import OutputError, OutputExistsError


def check_target(
    path: str | Path, *, overwrite: bool = False, inputs: Iterable[str | Path] = ()
) -> Path:
    """Return the path that will be written, links resolved.

    Args:
        path: What the user asked for.
        overwrite: Whether an existing file may be replaced.
        inputs: Files that are read and must not be replaced, under whatever name.

    Raises:
        OutputError: It is an input or a folder, or its folder cannot be written to.
        OutputExistsError: It exists and may not be overwritten.
    """
    path = Path(path)
    target = path.resolve()
    for given in inputs:
        if _is_same(target, Path(given)):
            raise OutputError(f"Cannot write {path}: it is the input. Give another name with -o.")
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
