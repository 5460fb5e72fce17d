"""Pickles that run code, in every wrapping, and every way by which weights come in."""

import contextlib
import copyreg
import hashlib
import io
import itertools
import pickle
import struct
import time
import warnings
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest import mock

import torch

from instagan.cards import CARD_NAME, Card, Domain
from instagan.config import GeneratorConfig
from instagan.errors import InstaganError
from instagan.models.build import build_generator
from instagan.pairs import load_generator, load_pair, save_pair
from instagan.pth import read_pth
from instagan.training.saved_states import resume_newest
from instavid.classifiers.cards import load_classifier
from instavid.classifiers.published import read_published
from instavid.errors import InstavidError
from instavid.segmenters.mask_rcnn_model import load_mask_rcnn
from instavid.segmenters.ultralytics_models import load_segmentation_model

_EXTENSION = 199
copyreg.add_extension("os", "mkdir", _EXTENSION)


def _text(value: str) -> bytes:
    """Return the opcode that pushes a text."""
    data = value.encode()
    return b"X" + struct.pack("<I", len(data)) + data


def _bytes(value: bytes) -> bytes:
    """Return the opcode that pushes bytes."""
    return b"B" + struct.pack("<I", len(value)) + value


def _named(home: str, name: str) -> bytes:
    """Return what pushes a global, in the words of protocol 0."""
    return f"c{home}\n{name}\n".encode()


def _stacked(home: str, name: str) -> bytes:
    """Return the same in the words of protocol 4."""
    return _text(home) + _text(name) + b"\x93"


def _call(function: bytes, *arguments: bytes) -> bytes:
    return function + b"(" + b"".join(arguments) + b"tR"


def payloads(canary: Path) -> dict[str, bytes]:
    """Return 20 pieces of pickle, each of which pushes one object and makes the canary exist."""
    path = str(canary)
    shell = _text(f"touch '{path}'")
    touch = b"(" + _text("touch") + _text(path) + b"l"
    code = _text(f"open({path!r}, 'w')")
    inner = b"\x80\x02" + _call(_named("os", "mkdir"), _text(path)) + b"."
    partial = _call(_named("functools", "partial"), _named("builtins", "id"))
    state = _named("os", "mkdir") + b"(" + _text(path) + b"t}}"
    return {
        "os.system": _call(_named("os", "system"), shell),
        "posix.system": _call(_named("posix", "system"), shell),
        "os.popen": _call(_named("os", "popen"), shell),
        "eval": _call(_named("builtins", "eval"), code),
        "exec": _call(_named("builtins", "exec"), code),
        "old eval": _call(_named("__builtin__", "eval"), code),
        "open": _call(_named("builtins", "open"), _text(path), _text("w")),
        "subprocess.Popen": _call(_named("subprocess", "Popen"), touch),
        "subprocess.call": _call(_named("subprocess", "call"), touch),
        "STACK_GLOBAL": _call(_stacked("os", "mkdir"), _text(path)),
        "STACK_GLOBAL, dotted": b"\x80\x04"
        + _call(
            _stacked("pathlib", "Path.touch"), _call(_stacked("pathlib", "Path"), _text(path))
        ),
        "STACK_GLOBAL, from the memo": b"".join(
            (_text("os"), b"q\x00", b"0", _text("mkdir"), b"q\x01", b"0")
        ) + _call(b"h\x00h\x01\x93", _text(path)),
        "INST": b"(" + _text(path) + b"ios\nmkdir\n",
        "OBJ": b"(" + _named("os", "mkdir") + _text(path) + b"o",
        "NEWOBJ": _named("subprocess", "Popen") + b")\x81"
        + b"0" + _call(_named("os", "mkdir"), _text(path)),
        "BUILD": partial + b"(" + state + b"tb" + b")R",
        "extension registry": _call(b"\x82" + bytes([_EXTENSION]), _text(path)),
        "a pickle in a pickle": _call(_named("pickle", "loads"), _bytes(inner)),
        "getattr": _call(
            _call(
                _named("builtins", "getattr"),
                _call(_named("importlib", "import_module"), _text("os")),
                _text("mkdir"),
            ),
            _text(path),
        ),
        "a loader of torch's": _call(
            _named("torch.serialization", "load"),
            _call(_named("io", "BytesIO"), _bytes(_legacy(inner))),
            _text("cpu"),
            _call(_named("importlib", "import_module"), _text("pickle")),
        ),
    }  # fmt: skip


def _legacy(pickled: bytes) -> bytes:
    """Return a file as torch.save wrote them before its archives, around any pickle."""
    head = (torch.serialization.MAGIC_NUMBER, torch.serialization.PROTOCOL_VERSION, {})
    return b"".join(pickle.dumps(value, 2) for value in head) + pickled + pickle.dumps([], 2)


def _archive(pickled: bytes) -> bytes:
    """Return a file as torch.save writes it, around any pickle."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("archive/data.pkl", pickled)
        archive.writestr("archive/byteorder", "little")
        archive.writestr("archive/version", "3\n")
    return buffer.getvalue()


def _checkpoint(body: bytes) -> bytes:
    """Return the pickle of what ultralytics saves, with something else for the model."""
    entries = (
        _text("model") + body + b"s" + _text("train_args") + b"}s" + _text("epoch") + b"K\x01s"
    )
    return b"\x80\x02}" + entries + b"."


WRAPPINGS: dict[str, Callable[[bytes], bytes]] = {
    "bare": lambda body: b"\x80\x02" + body + b".",
    "protocol 0": lambda body: body + b".",
    "legacy": lambda body: _legacy(_checkpoint(body)),
    "archive": lambda body: _archive(_checkpoint(body)),
}


def _pair_folder(path: Path) -> Path:
    """Return a pair whose card vouches for the file as weights."""
    folder, shape = path.parent / "pair", GeneratorConfig(base_width=1, blocks=0)
    network = build_generator(shape, rng=torch.Generator().manual_seed(0))
    card = Card("pair", shape, (32, 32), Domain("a", ("a",)), Domain("b", ("b",)))
    with mock.patch("instagan.pair_writing._pack", return_value=path.read_bytes()):
        save_pair(folder, card, {"AtoB": network})
    return folder


def _as_card(path: Path) -> object:
    folder = path.parent / "card"
    folder.mkdir(exist_ok=True)
    (folder / CARD_NAME).write_bytes(path.read_bytes())
    return load_pair(folder)


def _as_state(path: Path) -> object:
    """Resume from the file as the newest state of a run, under a name that vouches for it."""
    states = path.parent / "run" / "states"
    states.mkdir(parents=True, exist_ok=True)
    for old in states.iterdir():
        old.unlink()
    data = path.read_bytes()
    (states / f"0000001-{hashlib.sha256(data).hexdigest()[:16]}.pt").write_bytes(data)
    nobody: Any = None
    return resume_newest(path.parent / "run", nobody)


LOADERS: dict[str, Callable[[Path], object]] = {
    "YOLO": load_segmentation_model,
    "Mask R-CNN": lambda path: load_mask_rcnn(path, imgsz=64, conf=0.5, max_det=1),
    "pairs import": read_pth,
    "pair folder": lambda path: load_generator(_pair_folder(path)),
    "pair card": _as_card,
    "classifier": load_classifier,
    "VGG-16": lambda path: read_published("vgg16", path),
    "training state": _as_state,
}


@dataclass(frozen=True)
class Trial:
    """A file with code in it, and who is to read it."""

    name: str
    content: bytes
    load: Callable[[Path], object]
    file: Path
    canary: Path

    def runs_code(self) -> bool:
        """Load the file; return whether its code ran, or it was taken for good."""
        self.file.parent.mkdir(parents=True)
        self.file.write_bytes(self.content)
        try:
            # torch warns of the protocol of one of them.
            with warnings.catch_warnings(action="ignore"):
                self.load(self.file)
        except (InstavidError, InstaganError):
            return remove(self.canary)
        return True


def trials(folder: Path) -> list[Trial]:
    """Return what all payloads, wrappings and loaders make together."""
    canary = folder / "canary"
    bodies = payloads(canary).items()
    every = itertools.product(bodies, WRAPPINGS.items(), LOADERS.items())
    return [
        Trial(
            name=f"{name}, {wrapping}, {loader}",
            content=wrap(body),
            load=load,
            file=folder / str(number) / ("w.safetensors" if loader == "classifier" else "w.pt"),
            canary=canary,
        )
        for number, ((name, body), (wrapping, wrap), (loader, load)) in enumerate(every)
    ]


def remove(canary: Path) -> bool:
    """Return whether the canary was there, file or folder; it is not any more."""
    if not canary.exists():
        return False
    canary.rmdir() if canary.is_dir() else canary.unlink()
    return True


def is_live(body: bytes, canary: Path) -> bool:
    """Return whether a payload makes its canary exist where nobody prevents it."""
    with contextlib.suppress(Exception):
        pickle.loads(WRAPPINGS["bare"](body))
    deadline = time.monotonic() + 10  # a process of its own may take a while
    while time.monotonic() < deadline:
        if remove(canary):
            return True
        time.sleep(0.01)
    return False
