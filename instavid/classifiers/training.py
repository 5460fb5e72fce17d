"""Training a classifier on real views of two domains, and asking it of others."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F
from torch import Tensor
from torchvision.models.vgg import VGG

from instagan.data.batches import CropStream, Variation
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DOMAIN_LETTERS, DomainLetter
from instagan.training.schedule import learning_rate_factor
from instavid.classifiers.cards import VIEWS, View
from instavid.classifiers.classifier import Classifier
from instavid.classifiers.published import fill, read_published
from instavid.classifiers.vgg import VggShape, draw_last, vgg16_skeleton
from instavid.classifiers.views import standardised
from instavid.errors import InstavidError
from instavid.metrics.rates import Rate
from instavid.types import ByteArray

Views = Mapping[DomainLetter, Mapping[View, list[TrainingCrop]]]
Streams = Mapping[tuple[DomainLetter, View], CropStream]

KINDS = len(DOMAIN_LETTERS) * len(VIEWS)
"""A batch has as many views of each: objects and pictures, of A and B."""
_LAST = "classifier.6."


@dataclass(frozen=True)
class Lessons:
    """How long to train, and on how much at once."""

    steps: int
    batch: int = 32
    """Views in a step, a multiple of 4."""
    rate: float = 1e-3
    """AdamW's step size; over the second half it falls to zero."""
    seed: int = 0
    """Of order, variation and dropout."""

    def rate_at(self, step: int) -> float:
        """Return the step size of a step, counted from 0."""
        decaying = self.steps // 2
        constant = self.steps - decaying
        return self.rate * learning_rate_factor(
            step, constant_epochs=constant, decay_epochs=decaying
        )


def start_from_imagenet(path: Path, *, seed: int) -> VGG:
    """Return torchvision's VGG-16 with one new output; its convolutions will not learn.

    Raises:
        ModelError: The file does not hold the weights of torchvision's `vgg16`.
    """
    state = read_published("vgg16", path)
    state |= {_LAST + name: tensor for name, tensor in draw_last(VggShape(), seed=seed).items()}
    network = vgg16_skeleton(VggShape())
    fill(network, state, where=str(path))
    network.features.requires_grad_(False)
    return network


def teach(
    network: VGG,
    views: Views,
    lessons: Lessons,
    *,
    size: int,
    device: torch.device,
    on_step: Callable[[int, float], None] = lambda step, loss: None,
) -> None:
    """Train a network, in place, to tell domain B (1) from A (0) by binary cross entropy.

    Args:
        network: On the device; what requires no gradient learns nothing.
        views: Of both domains, at least one object and one picture of each.
        lessons: For how long.
        size: Height and width that it sees, px.
        device: Where the network is.
        on_step: Told the number of steps done, and the loss of the last.

    Raises:
        InstavidError: The loss is not finite any more.
    """
    streams = _streams(views, seed=lessons.seed)
    learning = [weight for weight in network.parameters() if weight.requires_grad]
    optimiser = torch.optim.AdamW(learning, lr=lessons.rate)
    # Convolutions of few channels are a quarter faster so on a CPU.
    network.to(memory_format=torch.channels_last)
    network.train()
    # Dropout takes the global random state: ours within, the caller's after.
    with torch.random.fork_rng(devices=[device] if device.type == "cuda" else []):
        torch.manual_seed(lessons.seed)
        for step in range(lessons.steps):
            for group in optimiser.param_groups:
                group["lr"] = lessons.rate_at(step)
            images, is_b = _draw(streams, lessons.batch // KINDS, size=size)
            logits = network(standardised(images.to(device, memory_format=torch.channels_last)))[
                :, 0
            ]
            loss = F.binary_cross_entropy_with_logits(logits, is_b.to(device))
            if not math.isfinite(loss.item()):
                raise InstavidError(f"the loss is {loss.item()} at step {step}: use a lower --lr")
            optimiser.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimiser.step()
            on_step(step + 1, loss.item())
    network.eval()


def accuracy(classifier: Classifier, views: Views) -> dict[View, Rate]:
    """Return how many views of either kind it puts into their domain.

    Args:
        classifier: Whose.
        views: At least one of each kind; shown as they are, not varied.
    """
    found = {}
    for view in VIEWS:
        hits = count = 0
        for letter in DOMAIN_LETTERS:
            shown = [_plain(crop) for crop in views[letter][view]]
            is_b = classifier.look(shown).is_b
            hits += int((is_b == (letter == "B")).sum())
            count += len(shown)
        found[view] = Rate(hits, count)
    return found


def _streams(views: Views, *, seed: int) -> Streams:
    return {
        (letter, view): CropStream(views[letter][view], Variation(), seed=f"{seed} {letter} {view}")
        for letter in DOMAIN_LETTERS
        for view in VIEWS
    }


def _draw(streams: Streams, count: int, *, size: int) -> tuple[Tensor, Tensor]:
    """Return (B, 3, size, size) in [-1, 1], `count` of each stream, and which show B, (B,)."""
    images = [stream.draw(count, size=(size, size)).image for stream in streams.values()]
    labels = [float(letter == "B") for letter, _ in streams for _ in range(count)]
    return torch.cat(images), torch.tensor(labels)


def _plain(crop: TrainingCrop) -> ByteArray:
    inner = crop.image[:, *crop.windows[0].slices]
    return inner.permute(1, 2, 0).contiguous().numpy()
