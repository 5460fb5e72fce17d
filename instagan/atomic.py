"""Writing that is either done or not: a crash leaves the old files or the new ones."""

import contextlib
import os
import re
import shutil
import uuid
from collections.abc import Iterator, Mapping
from pathlib import Path

_DRAFT = re.compile(r"\..+\.[0-9a-f]{8}\.tmp")


def create_folder(folder: Path, files: Mapping[str, bytes]) -> None:
    """Make `folder` with its files appear at once; an OSError leaves nothing behind.

    Raises:
        FileExistsError: something goes by that name already.
    """
    if os.path.lexists(folder):
        raise FileExistsError(f"{folder} exists")
    folder.parent.mkdir(parents=True, exist_ok=True)
    draft = folder.with_name(_draft_name(folder.name))
    draft.mkdir()
    try:
        for name, data in files.items():
            _write(draft / name, data)
        _sync_folder(draft)
        os.replace(draft, folder)
    except BaseException:
        shutil.rmtree(draft, ignore_errors=True)
        raise
    _sync_folder(folder.parent)


def replace_files(folder: Path, files: Mapping[str, bytes], *, last: str) -> None:
    """Put files into a folder; the one named `last` decides which of the others count.

    Until the moment `last` is replaced, every file that was there is untouched, provided
    the other names are new or their contents equal. A failure takes the new ones away.
    """
    order = [name for name in files if name != last] + [last]
    new = [name for name in order if not (folder / name).exists()]
    try:
        for name in order:
            with _draft(folder / name) as draft:
                _write(draft, files[name])
                if name == last:
                    _sync_folder(folder)
                os.replace(draft, folder / name)
    except BaseException:
        for name in new:
            (folder / name).unlink(missing_ok=True)
        raise
    _sync_folder(folder)


def remove_drafts(folder: Path) -> None:
    """Remove what a killed process left half written in a folder and the folders in it."""
    for path in [*folder.glob(".*.tmp"), *folder.glob("*/.*.tmp")]:
        if _DRAFT.fullmatch(path.name):
            shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)


@contextlib.contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Yield a name to write a file to, which takes the place of `path` unless the block raises."""
    with _draft(path) as draft:
        yield draft
        with draft.open("rb+") as file:
            os.fsync(file.fileno())
        os.replace(draft, path)
    _sync_folder(path.parent)


@contextlib.contextmanager
def _draft(path: Path) -> Iterator[Path]:
    draft = path.with_name(_draft_name(path.name))
    try:
        yield draft
    finally:
        draft.unlink(missing_ok=True)


def _draft_name(name: str) -> str:
    return f".{name}.{uuid.uuid4().hex[:8]}.tmp"


def _write(path: Path, data: bytes) -> None:
    with path.open("xb") as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync_folder(folder: Path) -> None:
    """Make renames in a folder last; only POSIX lets a folder be opened for that."""
    if os.name != "posix":
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)
