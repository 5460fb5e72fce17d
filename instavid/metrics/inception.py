"""Torchvision's Inception v3, whose pooled features KID is taken of."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import torch
from torch import nn
from torchvision.models import inception_v3

from instavid.classifiers.published import fill, read_published
from instavid.classifiers.views import network_input
from instavid.metrics.feature_distance import FloatArray
from instavid.types import ByteArray

SIZE = 299
FEATURES = 2048


@dataclass(frozen=True)
class Inception:
    """The network without its last layer, in evaluation mode, on a device.

    Its weights are torchvision's, trained on ImageNet. Published figures are mostly taken with the
    weights of the TensorFlow port and its own way of resizing: they do not compare.
    """

    network: nn.Module
    device: torch.device
    batch: int = 16
    """Pictures per pass of the network."""

    @classmethod
    def load(cls, path: Path, *, device: torch.device) -> Self:
        """Read the file that torchvision publishes.

        Raises:
            ModelError: It is damaged, or holds another network.
        """
        # Which loss helped to train it does not matter here.
        state = read_published("inception_v3", path)
        kept = {name: t for name, t in state.items() if not name.startswith("AuxLogits.")}
        with torch.device("meta"):
            network = inception_v3(
                weights=None, aux_logits=False, init_weights=False, transform_input=False
            )
        fill(network, kept, where=str(path))
        network.fc = nn.Identity()
        return cls(network.to(device), device)

    @torch.inference_mode()
    def embed(self, pictures: Sequence[ByteArray]) -> FloatArray:
        """Return the pooled features, (N, 2048) float32, of (h, w, 3) uint8 RGB of any size."""
        found = [np.zeros((0, FEATURES), np.float32)]
        for start in range(0, len(pictures), self.batch):
            images = network_input(
                pictures[start : start + self.batch], size=SIZE, device=self.device
            )
            # As TensorFlow's Inception it was trained on values from -1 to 1.
            found.append(self.network(images).cpu().numpy())
        return np.concatenate(found)
