"""Probes of what the networks run on: Python, torch, torchvision, ultralytics, OpenCV."""

import os
import platform
import sys
import time
from collections.abc import Iterator
from importlib import metadata

from instavid import __version__
from instavid.checks.probing import Finding

_OLDEST_PYTHON = (3, 11)
_OPENCV = (
    "opencv-python",
    "opencv-python-headless",
    "opencv-contrib-python",
    "opencv-contrib-python-headless",
)


def python() -> Iterator[Finding]:
    """Look at the interpreter."""
    fits = sys.version_info >= _OLDEST_PYTHON
    version = f"{platform.python_version()} on {platform.platform()}"
    advice = f"; {'.'.join(map(str, _OLDEST_PYTHON))} or newer is needed"
    yield Finding("python", "ok" if fits else "problem", version + ("" if fits else advice))
    yield Finding("instavid", "ok", __version__)


def torch_build() -> Iterator[Finding]:
    """Look at torch and the devices it finds."""
    import torch

    yield Finding("torch", "ok", f"{torch.__version__}, {torch.get_num_threads()} threads")
    if torch.cuda.is_available():
        count = torch.cuda.device_count()
        names = ", ".join(torch.cuda.get_device_name(index) for index in range(count))
        yield Finding("cuda", "ok", f"{torch.version.cuda}: {names}")
    elif torch.version.cuda:
        yield Finding("cuda", "note", f"torch is built for {torch.version.cuda}, no usable GPU")
    else:
        yield Finding("cuda", "note", "torch is built without CUDA")
    if torch.backends.mps.is_available():
        yield Finding("mps", "ok", "available")


def torchvision_ops() -> Iterator[Finding]:
    """Call an operator: a torchvision of another torch imports well and fails here."""
    import torch
    import torchvision
    from torchvision.ops import nms

    boxes = torch.tensor([[0.0, 0, 10, 10], [1, 1, 10, 10], [20, 20, 30, 30]])
    kept = nms(boxes, torch.tensor([0.9, 0.8, 0.7]), 0.5).tolist()
    right = kept == [0, 2]
    detail = str(torchvision.__version__) + ("" if right else f"; nms kept {kept}, not [0, 2]")
    yield Finding("torchvision", "ok" if right else "problem", detail)


def generator() -> Iterator[Finding]:
    """Run a small generator once."""
    import torch

    from instagan.models.generators import SetGenerator

    with torch.inference_mode():
        small = SetGenerator(base_width=8, blocks=1).eval()
        image, masks = torch.zeros(1, 3, 64, 64), torch.ones(1, 2, 64, 64)
        took_seconds = []
        for _ in range(3):  # the first is slower
            started = time.perf_counter()
            made = small(image, masks)
            took_seconds.append(time.perf_counter() - started)
    right = made.image.shape == image.shape and bool(made.image.isfinite().all())
    detail = (
        f"a small one took {1000 * min(took_seconds):.1f} ms on the CPU"
        if right
        else "its result is not finite"
    )
    yield Finding("generator", "ok" if right else "problem", detail)


def ultralytics() -> Iterator[Finding]:
    """Import ultralytics as we do, and make the tracker, which wants `lap`."""
    from instavid.segmenters.ultralytics_models import downloadable_weights
    from instavid.trackers.bytetrack import ByteTracker

    downloadable_weights()
    ByteTracker()
    yield Finding("ultralytics", "ok", f"{metadata.version('ultralytics')}, tracker works")


def opencv() -> Iterator[Finding]:
    """Look at OpenCV: which package, only one of them, and whether it can open windows."""
    import cv2

    installed = [name for name in _OPENCV if _is_installed(name)]
    packages = " and ".join(installed) or "no known package"
    if len(installed) > 1:
        advice = f"they overwrite each other: uninstall {packages}, then install opencv-python"
        yield Finding("opencv", "warning", f"{cv2.__version__} of {packages}; {advice}")
    else:
        yield Finding("opencv", "ok", f"{cv2.__version__} of {packages}")
    toolkit = _window_toolkit(cv2.getBuildInformation())
    yield _windows(toolkit)


def _windows(toolkit: str) -> Finding:
    if toolkit in ("", "NONE"):
        return Finding("windows", "note", "this OpenCV opens none; 'live' cannot show its result")
    displays = ("DISPLAY", "WAYLAND_DISPLAY")
    if sys.platform == "linux" and not any(os.environ.get(name) for name in displays):
        return Finding("windows", "note", f"{toolkit}, but there is no display")
    return Finding("windows", "ok", toolkit)


def _window_toolkit(build: str) -> str:
    """Return what follows `GUI:` in OpenCV's account of its build."""
    lines = (line.partition("GUI:") for line in build.splitlines())
    return next((value.strip() for _, colon, value in lines if colon), "")


def _is_installed(package: str) -> bool:
    try:
        metadata.version(package)
    except metadata.PackageNotFoundError:
        return False
    return True
