"""A trained classifier at work: which of two domains a picture shows, and by which features."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torchvision.models.vgg import VGG

from instavid.classifiers.vgg import last_layer, penultimate
from instavid.classifiers.views import network_input, standardised
from instavid.types import BoolArray, ByteArray

FloatArray = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Looks:
    """What a classifier makes of N views."""

    is_b: BoolArray
    """(N,) bool, whether it shows domain B rather than A: a probability above one half."""
    features: FloatArray
    """(N, D) float32, what its last layer is given."""


@dataclass(frozen=True)
class Classifier:
    """A network in evaluation mode, on a device."""

    network: VGG
    size: int
    """Height and width of what it sees, px."""
    device: torch.device
    batch: int = 32
    """Views per pass of the network."""

    @torch.inference_mode()
    def look(self, views: Sequence[ByteArray]) -> Looks:
        """Classify views, (h, w, 3) uint8 RGB of any size; none give empty arrays."""
        last = last_layer(self.network)
        is_b, features = [np.zeros(0, bool)], [np.zeros((0, last.in_features), np.float32)]
        for start in range(0, len(views), self.batch):
            part = views[start : start + self.batch]
            images = network_input(part, size=self.size, device=self.device)
            found = penultimate(self.network, standardised(images))
            is_b.append((last(found)[:, 0] > 0).cpu().numpy())
            features.append(found.cpu().numpy())
        return Looks(np.concatenate(is_b), np.concatenate(features))
