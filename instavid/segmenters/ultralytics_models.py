"""Segmentation models from ultralytics: which there are, fetching them, loading them."""

import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

from instavid.errors import ModelError
from instavid.taming import replaced, tamed


def load_segmentation_model(weights: Path) -> Any:
    """Return the fused fp32 `nn.Module` in an existing .pt file, on the CPU and in eval mode.

    Raises:
        ModelError: The file is damaged, foreign, wants to run code, or draws no instance masks.
    """
    with tamed(), warnings.catch_warnings(action="ignore"):
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


def training_size(model: Any) -> int:
    """Return the longer side of the pictures that a loaded model was trained on, px."""
    size = model.args["imgsz"]
    return max(size) if isinstance(size, list | tuple) else int(size)


def _load_checkpoint(weights: Path) -> Any:
    from ultralytics.nn import tasks
    from ultralytics.utils import downloads

    # SAFE_LOAD was read from the environment at the first import, which may not have been ours. The
    # downloader drops quotes from paths, and looks for what is left of them on GitHub.
    with (
        replaced(tasks, "SAFE_LOAD", True),
        replaced(downloads, "attempt_download_asset", str),
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
        OSError: There is no network, or no right to write (also as requests' errors).
        MemoryError: The disk is full.
    """
    with tamed(online=True):
        from ultralytics.utils.downloads import attempt_download_asset

        path = Path(attempt_download_asset(str(folder / name), progress=False))
        if not path.is_file():
            raise FileNotFoundError(f"the download left nothing at {path}")
        return path
