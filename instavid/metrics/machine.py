"""What a measurement was made on: software, device, processor, and how busy it was."""

import os
import platform
from pathlib import Path
from typing import Any

import torch

from instavid import __version__


def describe_machine(device: torch.device) -> dict[str, Any]:
    """Return versions, device, threads and processor as plain values."""
    return {
        "instavid": __version__,
        "python": platform.python_version(),
        "torch": str(torch.__version__),
        "cuda": torch.version.cuda,
        "platform": platform.platform(),
        "device": str(device),
        "device_name": device_name(device),
        "threads": torch.get_num_threads(),
        "cpu": cpu_name(),
        "cpu_cores": os.cpu_count(),
        "load_average": load_average(),
    }


def device_name(device: torch.device) -> str:
    """Return the name of the GPU, or of the processor for the CPU."""
    if device.type == "cuda":
        return str(torch.cuda.get_device_name(device))
    return cpu_name()


def cpu_name() -> str:
    """Return what the processor calls itself, "" where that cannot be learnt."""
    listing = Path("/proc/cpuinfo")
    if listing.is_file():
        for line in listing.read_text(errors="replace").splitlines():
            name, _, value = line.partition(":")
            if name.strip() in ("model name", "Model"):
                return value.strip()
    return platform.processor()


def load_average() -> float | None:
    """Return how many processes wanted a core over the last minute; None where that is unknown."""
    return round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None
