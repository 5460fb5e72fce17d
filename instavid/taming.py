"""What lets ultralytics in: no network, no pip, no pickled code, no lasting global change.

Left alone, importing ultralytics resolves host names, writes into the user's configuration, sets
OMP_NUM_THREADS to 1, and replaces `torch.save` and `PIL.Image.open`; missing packages are installed
with pip at run time. Every import of it in this project happens inside `tamed()`, and so does every
call that may load, fetch or write.
"""

import atexit
import contextlib
import functools
import os
import shutil
import tempfile
import warnings
from collections.abc import Iterator
from pathlib import Path

import cv2
import numpy as np
import platformdirs
import torch
from PIL import Image

_PATCHED_BY_ULTRALYTICS = (
    (torch, "save"),
    (Image, "open"),
    (cv2, "imread"),
    (cv2, "imwrite"),
    (cv2, "imshow"),
)


def cache_folder() -> Path:
    """Return where downloads and foreign settings go; it need not exist yet."""
    return Path(os.environ.get("INSTAVID_CACHE") or platformdirs.user_cache_dir("instavid"))


@contextlib.contextmanager
def tamed(*, online: bool = False) -> Iterator[None]:
    """Let ultralytics be imported and called inside, and leave the process as it was.

    Args:
        online: Whether it may use the network, for a download that was asked for.
    """
    with (
        _restored_environment(),
        _restored_globals(),
        warnings.catch_warnings(),
    ):
        os.environ |= {
            "YOLO_OFFLINE": "0" if online else "1",
            "YOLO_AUTOINSTALL": "0",
            "YOLO_VERBOSE": "0",
            "ULTRALYTICS_SAFE_LOAD": "1",
            "YOLO_CONFIG_DIR": str(_writable_folder(cache_folder() / "ultralytics")),
        }
        yield


@contextlib.contextmanager
def settings_in_cache(variable: str, name: str) -> Iterator[None]:
    """Let a library that is imported inside keep its settings in our cache, not in the home.

    Args:
        variable: Of the environment, which names the folder; a user's own value wins.
        name: Of our folder.
    """
    with _restored_environment():
        os.environ.setdefault(variable, str(_writable_folder(cache_folder() / name)))
        yield


@functools.cache
def _writable_folder(wanted: Path) -> Path:
    with contextlib.suppress(OSError):
        wanted.mkdir(parents=True, exist_ok=True)
        if os.access(wanted, os.W_OK):
            return wanted
    fallback = tempfile.mkdtemp(prefix="instavid-")
    atexit.register(shutil.rmtree, fallback, ignore_errors=True)
    return Path(fallback)


@contextlib.contextmanager
def _restored_environment() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        for name in os.environ.keys() - before.keys():
            del os.environ[name]
        os.environ |= {k: v for k, v in before.items() if os.environ.get(k) != v}


@contextlib.contextmanager
def _restored_globals() -> Iterator[None]:
    threads, cv2_threads = torch.get_num_threads(), cv2.getNumThreads()
    torch_print, numpy_print = torch._tensor_str.get_printoptions(), np.get_printoptions()
    originals = [(owner, name, getattr(owner, name)) for owner, name in _PATCHED_BY_ULTRALYTICS]
    try:
        yield
    finally:
        # Only where it is needed: it empties oneDNN's cache, which another thread may be using.
        if torch.get_num_threads() != threads:
            torch.set_num_threads(threads)
        cv2.setNumThreads(cv2_threads)
        torch.set_printoptions(**torch_print)  # type: ignore[no-untyped-call]
        np.set_printoptions(**numpy_print)
        for owner, name, original in originals:
            setattr(owner, name, original)


@contextlib.contextmanager
def replaced(owner: object, name: str, value: object) -> Iterator[None]:
    """Give an attribute of a foreign module another value for a while."""
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
