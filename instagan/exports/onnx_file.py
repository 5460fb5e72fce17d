"""ONNX: exporting a generator into a file, and running one with ONNX Runtime."""

import json
import logging
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

import torch
from torch import Tensor, nn

from instagan.errors import MissingPackageError
from instagan.exports.facts import INPUTS, KEY, OUTPUTS
from instagan.sequential import TranslatesSets
from instagan.types import SetBatch, SetOutput

if TYPE_CHECKING:
    import onnx

# The oldest that torch's exporter writes by itself; later ones need newer runtimes.
_OPSET = 18
_PACKAGES = ("onnx", "onnxruntime", "onnxscript")
_DYNAMIC = {
    "image": {0: "batch", 2: "height", 3: "width"},
    "masks": {0: "batch", 1: "instances", 2: "height", 3: "width"},
    "valid": {0: "batch", 1: "instances"},
}


def check_packages() -> None:
    """Raise MissingPackageError unless all packages that ONNX needs are installed."""
    if missing := [name for name in _PACKAGES if find_spec(name) is None]:
        raise MissingPackageError(
            f"ONNX needs packages that are not installed: {', '.join(missing)}; "
            "pip install 'instavid[onnx]' adds them"
        )


def write(module: nn.Module, example: SetBatch, path: Path, *, facts: Mapping[str, Any]) -> None:
    """Export a `StraightGenerator` on the CPU, weights and facts in the one file.

    Raises:
        OSError: the file cannot be written.
    """
    import onnx

    with _quiet():
        program = torch.onnx.export(
            module,
            (example.image, example.masks, example.valid),
            input_names=INPUTS,
            output_names=OUTPUTS,
            dynamic_shapes=_DYNAMIC,
            opset_version=_OPSET,
            dynamo=True,
            verbose=False,
        )
    assert program is not None, "torch.onnx.export returns a program when dynamo is True"
    model = program.model_proto
    _forget_places(model)
    onnx.helper.set_model_props(model, {KEY: json.dumps(facts)})
    path.write_bytes(model.SerializeToString())


def load(path: Path) -> TranslatesSets:
    """Return what a file computes, by ONNX Runtime on the CPU."""
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])

    def run(
        image: Tensor, masks: Tensor, valid: Tensor | None, *, need_masks: bool = True
    ) -> SetOutput:
        assert valid is not None, "walk always says which slots are valid"
        given = dict(zip(INPUTS, (t.numpy() for t in (image, masks, valid)), strict=True))
        return SetOutput(*(torch.from_numpy(made) for made in session.run(list(OUTPUTS), given)))

    return run


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep the exporter's remarks from users: on every axis named twice, on every node folded."""
    level = logging.root.manager.disable
    logging.disable(logging.INFO)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    finally:
        logging.disable(level)


def _forget_places(model: "onnx.ModelProto") -> None:
    """Drop what the exporter notes for its developers: where source lay on this machine."""
    graph = model.graph
    for part in (graph, *graph.node, *graph.value_info, *graph.input, *graph.output):
        part.ClearField("metadata_props")
        part.ClearField("doc_string")
    for tensor in graph.initializer:
        tensor.ClearField("metadata_props")
