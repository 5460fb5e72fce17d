"""TorchScript: tracing a generator into a file, and running one."""

import io
import json
import warnings
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from instagan.exports.facts import KEY
from instagan.sequential import TranslatesSets
from instagan.types import SetBatch, SetOutput


def write(module: nn.Module, example: SetBatch, path: Path, *, facts: Mapping[str, Any]) -> None:
    """Trace a `StraightGenerator` on the CPU, and write it with its facts beside.

    Tracing and not scripting: nothing in it depends on values, and sizes are traced as sizes.

    Raises:
        OSError: the file cannot be written.
    """
    buffer = io.BytesIO()
    with warnings.catch_warnings():
        # Since torch 2.11 all of TorchScript says that it is deprecated.
        warnings.simplefilter("ignore")
        traced = torch.jit.trace(  # type: ignore[no-untyped-call]
            module, (example.image, example.masks, example.valid), check_trace=False
        )
        torch.jit.save(traced, buffer, _extra_files={KEY: json.dumps(facts)})
    path.write_bytes(_without_places(buffer.getvalue()))


def load(path: Path) -> TranslatesSets:
    """Return what a file computes, on the CPU."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", FutureWarning)
        module = torch.jit.load(path, map_location="cpu")  # type: ignore[no-untyped-call]

    def run(
        image: Tensor, masks: Tensor, valid: Tensor | None, *, need_masks: bool = True
    ) -> SetOutput:
        return SetOutput(*module(image, masks, valid))

    return run


def _without_places(data: bytes) -> bytes:
    """Leave out where each line of source lay on this machine; messages then name no line."""
    lean = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as whole, zipfile.ZipFile(lean, "w") as kept:
        for name in whole.namelist():
            if not name.endswith(".debug_pkl"):
                kept.writestr(name, whole.read(name))
    return lean.getvalue()
