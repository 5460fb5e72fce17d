"""What `instavid train-classifier` does, from its options to its file."""

import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from torchvision.models.vgg import VGG

from instagan.data.layout import DOMAIN_LETTERS, DomainLetter, divide, find_samples
from instavid import __version__
from instavid.classifiers.cards import VIEWS, ClassifierCard, save_classifier
from instavid.classifiers.classifier import Classifier
from instavid.classifiers.published import find_published, sha256_of
from instavid.classifiers.training import (
    KINDS,
    Lessons,
    Views,
    accuracy,
    start_from_imagenet,
    teach,
)
from instavid.classifiers.vgg import VggShape, draw_vgg16
from instavid.classifiers.views import load_views
from instavid.devices import resolve_device
from instavid.errors import InputError, OutputError, OutputExistsError, UsageError

SCRATCH_SIZE, SCRATCH_WIDTH = 96, 16
SCRATCH_RATE, IMAGENET_RATE = 1e-3, 1e-4


@dataclass(frozen=True)
class ClassifierSettings:
    """The options of `instavid train-classifier`; see its help."""

    data: str
    split: str = "train"
    hold_out: float = 0.1
    imagenet: str | None = None
    size: int | None = None
    width: int | None = None
    steps: int = 1500
    batch: int = 32
    rate: float | None = None
    seed: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        if self.batch % KINDS:
            raise UsageError(f"--batch is {self.batch}: use a multiple of {KINDS}")


def check_output(path: Path, *, overwrite: bool) -> Path:
    """Return where the classifier will be written.

    Raises:
        OutputError: It does not end in .safetensors, or its folder is not there.
        OutputExistsError: It exists and may not be overwritten.
    """
    if path.suffix != ".safetensors":
        raise OutputError(f"Cannot write {path}: a classifier is a .safetensors file")
    if not path.parent.is_dir():
        raise OutputError(f"Cannot write {path}: there is no folder {path.parent}")
    if path.exists() and not overwrite:
        raise OutputExistsError(f"{path} exists already. Give -y to overwrite it.")
    return path


def train_classifier(
    settings: ClassifierSettings,
    target: Path,
    *,
    on_step: Callable[[int, int], None] = lambda done, total: None,
) -> ClassifierCard:
    """Train a classifier and write it with its card.

    Args:
        settings: What to train on, and how.
        target: The file to write.
        on_step: Told after each step how many are done, and of how many.

    Raises:
        UsageError: Settings contradict each other.
        InputError: A domain has no object with a pixel, to train on or to be asked of.
        ModelError: The ImageNet weights cannot be used.
        OutputError: The file cannot be written.
        instagan.ConfigError: The folder does not have the layout of training data.
    """
    device = resolve_device(settings.device)
    found = find_published("vgg16", settings.imagenet)
    shape = _shape(settings, from_imagenet=found is not None)
    learnt, asked = _views(settings, shape)
    network = _begin(found, shape, seed=settings.seed).to(device)
    rate = settings.rate or (IMAGENET_RATE if found else SCRATCH_RATE)
    lessons = Lessons(settings.steps, settings.batch, rate, settings.seed)
    began = time.monotonic()
    teach(
        network,
        learnt,
        lessons,
        size=shape.size,
        device=device,
        on_step=lambda step, _: on_step(step, settings.steps),
    )
    classifier = Classifier(network, size=shape.size, device=device)
    card = ClassifierCard(
        shape=shape,
        start="imagenet" if found else "scratch",
        held_out=accuracy(classifier, asked),
        provenance={
            **_facts(settings, lessons, learnt),
            "imagenet_sha256": sha256_of(found) if found else None,
            "minutes": round((time.monotonic() - began) / 60, 1),
        },
    )
    save_classifier(target, network, card)
    return card


def _shape(settings: ClassifierSettings, *, from_imagenet: bool) -> VggShape:
    if not from_imagenet:
        size, width = settings.size or SCRATCH_SIZE, settings.width or SCRATCH_WIDTH
        return VggShape(width=width, batch_norm=True, size=size)
    if settings.size is not None or settings.width is not None:
        raise UsageError(
            "ImageNet's weights fit VGG-16 at its own width and 224 px: "
            "leave out --size and --width, or use --imagenet none"
        )
    return VggShape()


def _begin(imagenet: Path | None, shape: VggShape, *, seed: int) -> VGG:
    return start_from_imagenet(imagenet, seed=seed) if imagenet else draw_vgg16(shape, seed=seed)


def _views(settings: ClassifierSettings, shape: VggShape) -> tuple[Views, Views]:
    """Return what is trained on and what is held out."""
    parts: tuple[dict[DomainLetter, Any], dict[DomainLetter, Any]] = ({}, {})
    for letter in DOMAIN_LETTERS:
        samples = find_samples(Path(settings.data), settings.split, domain=letter)
        for part, found in zip(parts, divide(samples, settings.hold_out), strict=True):
            part[letter] = load_views(found, size=shape.size)
            if not part[letter]["objects"]:
                name = "trained on" if part is parts[0] else "held out"
                raise InputError(
                    f"no object of domain {letter} would be {name}: of {len(samples)} pictures "
                    f"--hold-out {settings.hold_out} takes {len(samples) - len(found)} away"
                )
    return parts


def _facts(settings: ClassifierSettings, lessons: Lessons, learnt: Views) -> dict[str, Any]:
    """Return what the card says of how it was made; a card travels, paths stay at home."""
    return {
        "instavid": __version__,
        "data": Path(settings.data).resolve().name,
        "split": settings.split,
        "hold_out": settings.hold_out,
        "trained_on": {
            view: [len(learnt[letter][view]) for letter in DOMAIN_LETTERS] for view in VIEWS
        },
        **asdict(lessons),
    }
