"""One process at a time in a folder; one that is killed lets go of it."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from instavid.errors import OutputError

LOCK = "lock"


@contextmanager
def locked(folder: Path, *, busy: str | None = None) -> Iterator[None]:
    """Make a folder, and hold it for the block; on systems without `flock` nobody is kept out.

    Args:
        folder: May be there; whoever holds it may remove it.
        busy: What to say when another process holds it; None waits for that one.

    Raises:
        OutputError: Another process holds it.
        OSError: The folder cannot be made, or not be written to.
    """
    if os.name != "posix":
        folder.mkdir(parents=True, exist_ok=True)
        yield
        return
    handle = _hold(folder, busy)
    try:
        yield
    finally:
        os.close(handle)


def _hold(folder: Path, busy: str | None) -> int:
    import fcntl

    path = folder / LOCK
    while True:
        folder.mkdir(parents=True, exist_ok=True)
        try:
            handle = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
        except FileNotFoundError:  # removed in between by the one before
            continue
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (fcntl.LOCK_NB if busy else 0))
        except BlockingIOError:
            os.close(handle)
            raise OutputError(busy) from None
        if path.exists() and os.path.samestat(os.fstat(handle), path.stat()):
            return handle
        os.close(handle)
