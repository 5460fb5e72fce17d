"""Reading one `.pth` file of the authors' code: a state dict, or a clear word on what it is."""

import pickle
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor, nn

from instagan.config import GeneratorConfig
from instagan.errors import ConfigError, WeightsError
from instagan.models.build import generator_skeleton
from instagan.pth_files import name_foreign_format, name_foreign_globals
from instagan.weights import check_state

ADVICE = "give the .pth of an InstaGAN generator, such as 200_net_G_A.pth"
_NORM_BUFFERS = ("running_mean", "running_var", "num_batches_tracked")


@dataclass(frozen=True)
class ImportedGenerator:
    """A generator's shape, read from its weights, and its weights as float32."""

    config: GeneratorConfig
    state: Mapping[str, Tensor]


def read_pth(path: Path) -> ImportedGenerator:
    """Read a published generator; no code from the file ever runs.

    Raises:
        WeightsError: missing, damaged, another kind of file or network, or not finite.
    """
    state = read_state(path)
    config = _read_config(state, path)
    state = _without_norm_buffers(state, generator_skeleton(config))
    full = {name: tensor.float() for name, tensor in state.items()}
    check_state(full, config, where=str(path))
    return ImportedGenerator(config, full)


def read_state(path: Path, *, advice: str = ADVICE) -> dict[str, Tensor]:
    """Return the tensors of any state dict that torch.save wrote; no code from it ever runs.

    Args:
        path: the file.
        advice: what to give instead, for the error.

    Raises:
        WeightsError: missing, damaged, or no plain state dict.
    """
    return _tensors(_load(path, advice), path, advice)


def _load(path: Path, advice: str) -> object:
    if finding := name_foreign_format(path):
        raise WeightsError(f"{path} {finding}; {advice}")
    if finding := name_foreign_globals(path):
        raise WeightsError(f"{path} {finding}")
    try:
        return torch.load(path, weights_only=True, map_location="cpu")
    except pickle.UnpicklingError as fault:
        raise WeightsError(
            f"{path} is no plain state dict ({_first_line(fault)}); nothing in it was run; {advice}"
        ) from fault
    # A damaged pickle or archive fails in torch with whatever exception it happens to hit.
    except Exception as fault:
        raise WeightsError(
            f"{path} is damaged or cut short ({_first_line(fault)}); download it again"
        ) from fault


def _tensors(content: object, path: Path, advice: str) -> dict[str, Tensor]:
    """Return the named tensors, without the prefix that DataParallel adds."""
    if not isinstance(content, Mapping):
        raise WeightsError(f"{path} holds a {type(content).__name__}, no state dict; {advice}")
    if {"state", "param_groups"} <= set(content):
        raise WeightsError(f"{path} is an optimiser's state; {advice}")
    others = [name for name, value in content.items() if not _is_plain(name, value)]
    if others or not content:
        what = f"{others[0]!r} that is no tensor" if others else "nothing in it"
        raise WeightsError(f"{path} is no plain state dict, it has {what}; {advice}")
    prefix = "module." if all(name.startswith("module.") for name in content) else ""
    return {name.removeprefix(prefix): tensor for name, tensor in content.items()}


def _is_plain(name: object, value: object) -> bool:
    is_dense = isinstance(value, Tensor) and value.layout == torch.strided
    return isinstance(name, str) and is_dense and not value.is_quantized  # type: ignore[attr-defined]


def _read_config(state: Mapping[str, Tensor], path: Path) -> GeneratorConfig:
    """Read width and depth from the names and shapes, or say which network this is."""
    first = state.get("encoder_img.1.weight")
    if first is None or first.ndim != 4 or "encoder_seg.1.weight" not in state:
        raise WeightsError(f"{path} {_name_network(state)}; {ADVICE}")
    if "encoder_img.2.weight" in state:
        raise WeightsError(
            f"{path} was trained with batch norm or affine norm; only plain instance norm is "
            "supported, train again with --norm instance"
        )
    prefix = "encoder_img."
    places = {name.split(".")[1] for name in state if name.startswith(prefix) and "block" in name}
    try:
        return GeneratorConfig(base_width=first.shape[0], blocks=len(places))
    except ConfigError as fault:
        raise WeightsError(f"{path}: {fault}") from fault


def _name_network(state: Mapping[str, Tensor]) -> str:
    first = state.get("model.1.weight")
    if any(name.startswith(("feature_img.", "classifier.")) for name in state):
        return "is an InstaGAN discriminator (net_D), not a generator"
    if any(".weight_bar" in name for name in state) or "model.0.weight" in state:
        return "is a discriminator, not a generator"
    if first is not None and first.ndim == 4 and first.shape[-1] == 7:
        return "is a CycleGAN generator, which knows no masks"
    return f"is some other network: its first tensor is {next(iter(state))!r}"


def _without_norm_buffers(state: Mapping[str, Tensor], module: nn.Module) -> dict[str, Tensor]:
    """Drop what instance norm saved before PyTorch 0.4 and never used; keep all else."""
    norms = [name for name, part in module.named_modules() if isinstance(part, nn.InstanceNorm2d)]
    unused = {f"{norm}.{buffer}" for norm in norms for buffer in _NORM_BUFFERS}
    return {name: tensor for name, tensor in state.items() if name not in unused}


def _first_line(fault: BaseException) -> str:
    text = str(fault).strip()
    return text.splitlines()[0].rstrip(".") if text else type(fault).__name__
