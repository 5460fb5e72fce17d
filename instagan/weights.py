"""Weights as bytes: state dicts to safetensors and back, checked against an architecture."""

from collections.abc import Mapping

import safetensors
import safetensors.torch
import torch
from torch import Tensor, nn

from instagan.config import GeneratorConfig
from instagan.errors import WeightsError
from instagan.models.build import generator_skeleton


def pack(state: Mapping[str, Tensor], *, half: bool) -> bytes:
    """Return a state dict as one safetensors file, float32 or (`half`) float16."""
    dtype = torch.float16 if half else torch.float32
    return safetensors.torch.save(
        {name: tensor.detach().cpu().to(dtype).contiguous() for name, tensor in state.items()}
    )


def unpack(data: bytes, *, where: str) -> dict[str, Tensor]:
    """Return the tensors of one safetensors file; `where` names it in errors."""
    try:
        return safetensors.torch.load(data)
    except (safetensors.SafetensorError, ValueError, KeyError) as fault:
        raise WeightsError(
            f"{where} is not a readable safetensors file ({fault}); fetch the pair again"
        ) from fault


def restore(state: Mapping[str, Tensor], config: GeneratorConfig, *, where: str) -> nn.Module:
    """Return the generator with these weights as float32, in evaluation mode, on the CPU."""
    check_state(state, config, where=where)
    module = generator_skeleton(config)
    full = {name: tensor.float() for name, tensor in state.items()}
    module.load_state_dict(full, strict=True, assign=True)
    return module.eval()


def check_state(state: Mapping[str, Tensor], config: GeneratorConfig, *, where: str) -> None:
    """Raise WeightsError unless the tensors are exactly those of the architecture."""
    expected = generator_skeleton(config).state_dict()
    shape = f"a {config.kind} generator of width {config.base_width}, {config.blocks} blocks"
    advice = "fetch the file again, or check that it belongs to this pair"
    if missing := sorted(expected.keys() - state.keys()):
        raise WeightsError(f"{where} lacks {_some(missing)}, which {shape} has; {advice}")
    if extra := sorted(state.keys() - expected.keys()):
        raise WeightsError(f"{where} has {_some(extra)}, unknown to {shape}; {advice}")
    for name, tensor in state.items():
        _check_tensor(name, tensor, expected[name].shape, where=where, advice=advice)


def _check_tensor(name: str, tensor: Tensor, shape: torch.Size, *, where: str, advice: str) -> None:
    if tensor.shape != shape:
        raise WeightsError(
            f"{name} in {where} is {tuple(tensor.shape)} instead of {tuple(shape)}; {advice}"
        )
    if tensor.dtype not in (torch.float16, torch.float32):
        raise WeightsError(f"{name} in {where} is {tensor.dtype}; store float32 or float16 weights")
    if not tensor.isfinite().all():
        raise WeightsError(
            f"{name} in {where} holds NaN or infinite values; the training diverged or the "
            "file is damaged, take an earlier checkpoint"
        )


def _some(names: list[str]) -> str:
    more = f" and {len(names) - 1} more" if len(names) > 1 else ""
    return f"{names[0]!r}{more}"
