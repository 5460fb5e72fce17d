"""Which device the networks run on."""

import re

import torch

from instagan.errors import ConfigError, DeviceError


def resolve_device(name: str) -> torch.device:
    """Return the device of a name: auto, cpu, cuda, cuda:N or mps.

    Raises:
        ConfigError: The name is none of these.
        DeviceError: The device is not there. Only `auto` may fall back to the CPU.
    """
    if name == "auto":
        return torch.device(_best())
    match = re.fullmatch(r"(cpu|mps|cuda)(?::([0-9]+))?", name)
    if match is None or (match[2] and match[1] != "cuda"):
        raise ConfigError(f"unknown device '{name}': use auto, cpu, cuda, cuda:N or mps")
    kind, index = match[1], match[2]
    if kind == "mps" and not torch.backends.mps.is_available():
        raise DeviceError("no MPS device on this machine: use --device cpu or auto")
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        found = torch.cuda.device_count()
        raise DeviceError(
            f"no device '{name}': PyTorch finds {found} CUDA device{'s' * (found != 1)}; "
            "use --device cpu or auto"
        )
    return torch.device(name)


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
