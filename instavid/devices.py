"""Which device the networks run on, and whose turn it is there."""

from contextlib import AbstractContextManager, nullcontext

import torch

from instagan import devices
from instagan.errors import ConfigError, DeviceError
from instavid.errors import UnavailableError, UsageError
from instavid.turns import Turn

_CPU_TURN = Turn()


def resolve_device(name: str) -> torch.device:
    """Return the device of a name: auto, cpu, cuda, cuda:N or mps.

    Raises:
        UsageError: The name is none of these.
        UnavailableError: The device is not there. Only `auto` may fall back to the CPU.
    """
    try:
        return devices.resolve_device(name)
    except ConfigError as fault:
        raise UsageError(str(fault)) from None
    except DeviceError as fault:
        raise UnavailableError(str(fault)) from None


def turn_on(device: torch.device) -> AbstractContextManager[object]:
    """Return what a stage holds while its network computes on a device.

    On the CPU each network uses all cores, so that two at once gain nothing; and once, on a loaded
    machine, a transposed convolution never came back while another thread was computing.
    """
    return _CPU_TURN.taken() if device.type == "cpu" else nullcontext()
