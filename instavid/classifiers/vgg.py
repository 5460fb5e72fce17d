"""The network: VGG-16 with one output, at its own width or at a smaller one."""

from dataclasses import dataclass
from typing import TypeVar

import torch
from torch import Tensor, nn
from torchvision.models.vgg import VGG, cfgs, make_layers

from instagan.config import is_whole, refuse, unless

Module = TypeVar("Module", bound=nn.Module)

FULL_WIDTH = 64
SHRINKS = 32
"""How many times its five poolings make a picture smaller."""
_HIDDEN = 64  # times the width: the 4096 units of both hidden layers


@dataclass(frozen=True)
class VggShape:
    """The shape of a classifier; the defaults are those of torchvision's `vgg16`."""

    width: int = FULL_WIDTH
    """Channels of the first convolutions; VGG-16 has 64, and eight times as many at its end."""
    batch_norm: bool = False
    """Batch norm after each convolution, as in torchvision's `vgg16_bn`."""
    size: int = 224
    """Height and width of what it sees, px."""

    def __post_init__(self) -> None:
        fits = is_whole(self.size, SHRINKS, 1024) and self.size % SHRINKS == 0
        refuse(
            "classifier",
            unless(is_whole(self.width, 1, FULL_WIDTH), "width", self.width, "1 to 64"),
            unless(isinstance(self.batch_norm, bool), "batch_norm", self.batch_norm, "true, false"),
            unless(fits, "size", self.size, f"a multiple of {SHRINKS} up to 1024"),
        )

    def __str__(self) -> str:
        width = "" if self.width == FULL_WIDTH else f" at {self.width}/{FULL_WIDTH} of its width"
        norm = " with batch norm" if self.batch_norm else ""
        return f"VGG-16{width}{norm}, {self.size} px"


def vgg16_skeleton(shape: VggShape) -> VGG:
    """Return the network without memory for its weights (on torch's meta device).

    13 convolutions and 3 linear layers, under torchvision's names. The first linear layer takes
    what a picture of `size` leaves, 7x7 from 224 px.
    """
    side, hidden = shape.size // SHRINKS, _HIDDEN * shape.width
    channels = [c if isinstance(c, str) else c * shape.width // FULL_WIDTH for c in cfgs["D"]]
    with torch.device("meta"):
        layers = make_layers(channels, batch_norm=shape.batch_norm)
        network = VGG(layers, num_classes=1, init_weights=False)
        network.avgpool = nn.AdaptiveAvgPool2d(side)
        network.classifier[0] = nn.Linear(8 * shape.width * side**2, hidden)
        network.classifier[3] = nn.Linear(hidden, hidden)
        network.classifier[6] = nn.Linear(hidden, 1)
    return network


def draw_vgg16(shape: VggShape, *, seed: int) -> VGG:
    """Return an untrained network on the CPU, its layers drawn as PyTorch draws them."""
    return _drawn(vgg16_skeleton(shape), seed=seed)


def draw_last(shape: VggShape, *, seed: int) -> dict[str, Tensor]:
    """Return an untrained last layer, "weight" and "bias", on the CPU."""
    return dict(_drawn(last_layer(vgg16_skeleton(shape)), seed=seed).state_dict())


def penultimate(network: VGG, images: Tensor) -> Tensor:
    """Return what the last layer is given, (B, D) float, of images (B, 3, size, size)."""
    seen = network.avgpool(network.features(images)).flatten(1)
    features: Tensor = network.classifier[:-1](seen)
    return features


def last_layer(network: VGG) -> nn.Linear:
    """Return the layer whose one output is above 0 for domain B."""
    last: nn.Linear = network.classifier[-1]
    return last


def _drawn(skeleton: Module, *, seed: int) -> Module:
    skeleton.to_empty(device="cpu")
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for layer in skeleton.modules():
            if isinstance(layer, nn.Conv2d | nn.Linear | nn.BatchNorm2d):
                layer.reset_parameters()
    return skeleton
