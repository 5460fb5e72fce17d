"""A classifier's file: safetensors whose header holds the card, which says how it was made."""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Literal

import safetensors
import safetensors.torch
from torchvision.models.vgg import VGG

from instagan.atomic import replace_files
from instagan.errors import ConfigError
from instavid.classifiers.published import fill
from instavid.classifiers.vgg import VggShape, vgg16_skeleton
from instavid.errors import ModelError, OutputError
from instavid.metrics.rates import Rate

Start = Literal["imagenet", "scratch"]
View = Literal["objects", "pictures"]
VIEWS: tuple[View, View] = ("objects", "pictures")

SCHEMA = 1
_KEY = "instavid.classifier"


@dataclass(frozen=True)
class ClassifierCard:
    """All that is known of a classifier besides its weights."""

    shape: VggShape
    start: Start
    """Whether it began with ImageNet's weights, its last three layers alone trained, or with
    none."""
    held_out: Mapping[View, Rate]
    """How many real views that it never saw it gets right."""
    provenance: Mapping[str, Any] = field(default_factory=dict)
    """How it was made: data, seed and the like, as plain values under free keys."""

    def __str__(self) -> str:
        how = {"imagenet": "ImageNet, last layers trained", "scratch": "from scratch"}[self.start]
        return f"{self.shape}, {how}"


def save_classifier(path: Path, network: VGG, card: ClassifierCard) -> None:
    """Write weights and card as one file, whole or not at all.

    Raises:
        OutputError: The file cannot be written.
    """
    content = {
        "schema": SCHEMA,
        "shape": asdict(card.shape),
        "start": card.start,
        "held_out": {view: asdict(rate) for view, rate in card.held_out.items()},
        "provenance": dict(card.provenance),
    }
    state = {
        name: tensor.detach().cpu().contiguous() for name, tensor in network.state_dict().items()
    }
    data = safetensors.torch.save(state, metadata={_KEY: json.dumps(content)})
    try:
        replace_files(path.parent, {path.name: data}, last=path.name)
    except OSError as error:
        raise OutputError(f"Cannot write {path}: {error.strerror}") from error


def load_classifier(path: str | Path) -> tuple[VGG, ClassifierCard]:
    """Return the network, in evaluation mode on the CPU, and its card.

    Raises:
        ModelError: There is no such file, or it is damaged or none of `save_classifier`.
    """
    advice = "give a file that 'instavid train-classifier' wrote"
    try:
        with safetensors.safe_open(path, framework="pt") as file:
            text = (file.metadata() or {}).get(_KEY)
            state = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (safetensors.SafetensorError, OSError) as error:
        raise ModelError(f"Cannot read the classifier {path} ({error}); {advice}") from error
    if text is None:
        raise ModelError(f"{path} holds no classifier; {advice}")
    try:
        card = _parse(json.loads(text))
    except (ConfigError, ValueError, KeyError, TypeError) as error:
        raise ModelError(f"The card in {path} is damaged ({error}); {advice}") from error
    network = vgg16_skeleton(card.shape)
    fill(network, state, where=str(path))
    return network, card


def _parse(content: Any) -> ClassifierCard:
    if content["schema"] != SCHEMA:
        raise ValueError(f"schema is {content['schema']}, this version reads {SCHEMA}")
    if content["start"] not in ("imagenet", "scratch"):
        raise ValueError(f"start is {content['start']!r}")
    return ClassifierCard(
        shape=VggShape(**content["shape"]),
        start=content["start"],
        held_out={view: Rate(**content["held_out"][view]) for view in VIEWS},
        provenance=dict(content["provenance"]),
    )
