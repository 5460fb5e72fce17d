"""Which device the networks run on."""

import re
from contextlib import AbstractContextManager, nullcontext

import torch

from instavid.errors import UnavailableError, UsageError
from instavid.turns import Turn


def resolve_device(name: str) -> torch.device:
    """Return the device of a name: auto, cpu, cuda, cuda:N or mps.

    Raises:
        UsageError: The name is none of these.
        UnavailableError: The device is not there. Only `auto` may fall back to the CPU.
    """
    if name == "auto":
        return torch.device(_best())
    match = re.fullmatch(r"(cpu|mps|cuda)(?::([0-9]+))?", name)
    if match is None or (match[2] and match[1] != "cuda"):
        raise UsageError(f"unknown device '{name}': use auto, cpu, cuda, cuda:N or mps")
    kind, index = match[1], match[2]
    if kind == "mps" and not torch.backends.mps.is_available():
        raise UnavailableError("no MPS device on this machine: use --device cpu or auto")
    if kind == "cuda" and int(index or 0) >= torch.cuda.device_count():
        found = torch.cuda.device_count()
        raise UnavailableError(
            f"no device '{name}': PyTorch finds {found} CUDA device{'s' * (found != 1)}; "
            "use --device cpu or auto"
        )
    return torch.device(name)


_CPU_TURN = Turn()


def turn_on(device: torch.device) -> AbstractContextManager[object]:
    """Return what a stage holds while its network computes on a device.

    On the CPU each network uses all cores, so that two at once gain nothing; and once, on a loaded
    machine, a transposed convolution never came back while another thread was computing.
    """
    return _CPU_TURN.taken() if device.type == "cpu" else nullcontext()


def _best() -> str:
    if torch.cuda.is_available():
        return "cuda"
    return "mps" if torch.backends.mps.is_available() else "cpu"
