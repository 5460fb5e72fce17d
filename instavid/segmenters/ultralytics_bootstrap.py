"""The only door to ultralytics: no network, no pip, no pickled code, no lasting global change.

Left alone, importing ultralytics resolves host names, writes into the user's configuration, sets
OMP_NUM_THREADS to 1, and replaces `torch.save` and `PIL.Image.open`; missing packages are installed
with pip at run time. Every import and call of it in this project happens inside `tamed()`.
"""

import contextlib
import functools
import os
import tempfile
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import platformdirs
import torch
from PIL import Image

from instavid.errors import ModelError

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


def load_segmentation_model(weights: Path) -> Any:
    """Return the fused fp32 `nn.Module` in an existing .pt file, on the CPU and in eval mode.

    Raises:
        ModelError: The file is damaged, foreign, wants to run code, or draws no instance masks.
    """
    with tamed():
        from ultralytics.nn.modules import Segment

        try:
            model = _load_checkpoint(weights)
        except Exception as error:  # torch, pickle and ultralytics raise a dozen kinds
            raise ModelError(
                f"{weights} is no YOLO model, is damaged, or holds more than a model. "
                "Download or export it again."
            ) from error
        if not isinstance(model.model[-1], Segment):
            raise ModelError(
                f"{weights} is for the task '{model.task}' and draws no masks. "
                "Use weights whose name ends in -seg."
            )
        return model.fuse(verbose=False)


def _load_checkpoint(weights: Path) -> Any:
    from ultralytics.nn import tasks
    from ultralytics.utils import downloads

    # SAFE_LOAD was read from the environment at the first import, which may not have been ours. The
    # downloader drops quotes from paths, and looks for what is left of them on GitHub.
    with (
        _replaced(tasks, "SAFE_LOAD", True),
        _replaced(downloads, "attempt_download_asset", str),
    ):
        load: Callable[..., Any] = tasks.load_checkpoint
        return load(str(weights), device="cpu")[0]


def downloadable_weights() -> frozenset[str]:
    """Return the file names of the segmentation weights that ultralytics publishes."""
    with tamed():
        from ultralytics.utils.downloads import GITHUB_ASSETS_NAMES

        # YOLOE is left out: it wants to be told its classes in words.
        return frozenset(
            name
            for name in GITHUB_ASSETS_NAMES
            if name.endswith("-seg.pt") and not name.startswith("yoloe")
        )


def download_weights(name: str, folder: Path) -> Path:
    """Fetch published weights into a folder with ultralytics' own downloader.

    Raises:
        OSError: There is no network, no room, or no right to write (also as requests' errors).
    """
    with tamed(online=True):
        from ultralytics.utils.downloads import attempt_download_asset

        path = Path(attempt_download_asset(str(folder / name), progress=False))
        if not path.is_file():
            raise FileNotFoundError(f"the download left nothing at {path}")
        return path


def new_byte_tracker(**settings: Any) -> Any:
    """Return a fresh `BYTETracker`; settings are the fields of ultralytics' bytetrack.yaml."""
    with tamed():
        from ultralytics.trackers.byte_tracker import BYTETracker
        from ultralytics.utils import IterableSimpleNamespace

        make: Callable[..., Any] = BYTETracker
        return make(IterableSimpleNamespace(**settings))


@functools.cache
def _writable_folder(wanted: Path) -> Path:
    with contextlib.suppress(OSError):
        wanted.mkdir(parents=True, exist_ok=True)
        if os.access(wanted, os.W_OK):
            return wanted
    return Path(tempfile.mkdtemp(prefix="instavid-"))


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
        torch.set_num_threads(threads)
        cv2.setNumThreads(cv2_threads)
        torch.set_printoptions(**torch_print)  # type: ignore[no-untyped-call]
        np.set_printoptions(**numpy_print)
        for owner, name, original in originals:
            setattr(owner, name, original)


@contextlib.contextmanager
def _replaced(owner: object, name: str, value: object) -> Iterator[None]:
    before = getattr(owner, name)
    setattr(owner, name, value)
    try:
        yield
    finally:
        setattr(owner, name, before)
