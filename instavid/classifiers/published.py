"""Torchvision's published weights, read from a file that is there; nothing is downloaded."""

import hashlib
from collections.abc import Mapping
from pathlib import Path
from textwrap import shorten
from typing import Literal

import torch
from torch import Tensor, nn
from torchvision.models import Inception_V3_Weights, VGG16_Weights

from instagan.errors import WeightsError
from instagan.pth import read_state
from instavid.errors import ModelError

Published = Literal["vgg16", "inception_v3"]

_URLS: Mapping[Published, str] = {
    "vgg16": VGG16_Weights.IMAGENET1K_V1.url,
    "inception_v3": Inception_V3_Weights.IMAGENET1K_V1.url,
}


def find_published(name: Published, given: str | None) -> Path | None:
    """Return where ImageNet weights lie, or None.

    Args:
        name: Of the network.
        given: The file; "none" for none; None for that in torch's cache, if there is one.

    Raises:
        ModelError: The file given is not there.
    """
    if given == "none":
        return None
    if given is not None:
        if not Path(given).is_file():
            raise ModelError(f"No {name} weights at {given}. Give torchvision's {file_name(name)}.")
        return Path(given)
    cached = Path(torch.hub.get_dir()) / "checkpoints" / file_name(name)
    return cached if cached.is_file() else None


def file_name(name: Published) -> str:
    """Return what torchvision calls the file.

    >>> file_name("vgg16")
    'vgg16-397923af.pth'
    """
    return _URLS[name].rpartition("/")[2]


def read_published(name: Published, path: Path) -> dict[str, Tensor]:
    """Return a network's state dict, floats as float32; no code in the file is run.

    Raises:
        ModelError: It is damaged, or no state dict.
    """
    try:
        state = read_state(path, advice=f"give torchvision's {file_name(name)}")
    except WeightsError as error:
        raise ModelError(str(error)) from error
    return {key: t.float() if t.is_floating_point() else t for key, t in state.items()}


def fill(network: nn.Module, state: Mapping[str, Tensor], *, where: str) -> None:
    """Give a skeleton its weights, all of them and no others, and set it to evaluation.

    Raises:
        ModelError: Names or shapes differ, or a weight is not finite.
    """
    try:
        network.load_state_dict(state, strict=True, assign=True)
    except RuntimeError as error:
        # PyTorch lists every name; the first few tell which network it is.
        fault = shorten(str(error).strip().splitlines()[-1], 160, placeholder=" ...")
        raise ModelError(f"{where} does not fit its network: {fault}") from error
    for name, tensor in state.items():
        if not tensor.isfinite().all():
            raise ModelError(f"{name} in {where} holds NaN or infinite values: fetch it again")
    network.eval()


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file, as hexadecimal digits."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
