"""torchvision's Mask R-CNN: its weights, by name or by file, and its classes."""

from pathlib import Path
from typing import Any

import torch
from torchvision.models import detection

from instavid.defaults import MASK_RCNN
from instavid.errors import ModelError
from instavid.segmenters.weights import fetch_once

_PUBLISHED = detection.MaskRCNN_ResNet50_FPN_V2_Weights.COCO_V1
_NOTHING = ("__background__", "N/A")


def coco_names() -> dict[int, str]:
    """Return the names of the classes by the numbers that the model gives them."""
    names = enumerate(_PUBLISHED.meta["categories"])
    return {number: name for number, name in names if name not in _NOTHING}


def load_mask_rcnn(
    weights: str | Path, *, imgsz: int | None, conf: float, max_det: int
) -> torch.nn.Module:
    """Return the model with its weights, on the CPU and in eval mode; no code in the file is run.

    Args:
        weights: A file with the model's `state_dict`, or `MASK_RCNN`.
        imgsz: The longer side of what it sees, px; torchvision's own sizes when None.
        conf: Lowest score to report.
        max_det: Most objects of a picture.

    Raises:
        ModelError: The file is missing, damaged, or of another model.
    """
    path = find_mask_rcnn(weights)
    sizes = {} if imgsz is None else {"min_size": imgsz, "max_size": imgsz}
    # Without memory: whatever the parameters would start as is replaced at once.
    with torch.device("meta"):
        model: torch.nn.Module = detection.maskrcnn_resnet50_fpn_v2(
            weights=None,
            weights_backbone=None,
            box_score_thresh=conf,
            box_detections_per_img=max_det,
            **sizes,
        )
    try:
        state: Any = torch.load(path, map_location="cpu", weights_only=True)
        model.load_state_dict(state, assign=True)
    except Exception as error:  # torch and pickle raise half a dozen kinds
        raise ModelError(
            f"{path} holds no weights of {MASK_RCNN}, or is damaged. "
            f"Download it again from {_PUBLISHED.url}."
        ) from error
    return model.float().eval()


def find_mask_rcnn(weights: str | Path) -> Path:
    """Return the file that a path or the model's name stands for, downloading it if it must.

    Raises:
        ModelError: There is no such file, or no way to fetch it.
    """
    path = Path(weights)
    if path.is_file():
        return path
    if str(weights) != MASK_RCNN:
        raise ModelError(f"No Mask R-CNN weights at {weights}. Give a file, or '{MASK_RCNN}'.")
    return fetch_once(Path(_PUBLISHED.url).name, _download, source=_PUBLISHED.url)


def _download(name: str, folder: Path) -> Path:
    """Fetch the file; its name ends in the first digits of its SHA-256, which are checked."""
    folder.mkdir(parents=True, exist_ok=True)
    digits = Path(name).stem.rpartition("-")[2]
    try:
        torch.hub.download_url_to_file(
            _PUBLISHED.url, str(folder / name), hash_prefix=digits, progress=False
        )
    except RuntimeError as error:  # another hash
        raise OSError(str(error)) from error
    return folder / name
