"""Discriminators: least-squares scores of overlapping patches, of a set or of a picture."""

from itertools import pairwise

import torch
from torch import Tensor, nn

from instagan.masks import Slots, find_valid_or_first, locate
from instagan.models.layers import SpectralConv2d
from instagan.types import check_shapes


class SetDiscriminator(nn.Module):
    """Judge a picture together with its instance masks (paper eq. 2).

    The classifier sees [f_img(x); sum of f_seg(a_i)], whatever the order of the masks.
    In training mode each call advances the spectral norms, those of f_seg once per mask
    of the fullest sample, as the authors' code does; in evaluation mode nothing moves.
    """

    def __init__(self, *, base_width: int = 64, layers: int = 3) -> None:
        super().__init__()
        widths = _widths(base_width, layers)
        self.feature_img = nn.Sequential(*_feature_layers(3, widths))
        self.feature_seg = nn.Sequential(*_feature_layers(1, widths))
        top = _widths(2 * base_width, layers + 1)[-2:]
        self.classifier = nn.Sequential(*_classifier_layers(*top))

    def forward(self, image: Tensor, masks: Tensor, valid: Tensor | None = None) -> Tensor:
        """Score a batch; near 1 is real, near 0 is made.

        Args:
            image: (B, 3, H, W) float in [-1, 1].
            masks: (B, N, H, W) float in [-1, 1].
            valid: (B, N) bool, or None with the rule of `SetGenerator.forward`.

        Returns:
            (B, 1, h, w) float, unbounded, one score per patch.
        """
        check_shapes(image, masks, valid)
        slots = locate(find_valid_or_first(masks) if valid is None else valid, device=masks.device)
        features = self.feature_img(image)
        total = torch.zeros_like(features)
        if len(slots):
            total = total.index_add(0, slots.owner, self._mask_features(masks, slots))
        score: Tensor = self.classifier(torch.cat([features, total], 1))
        return score

    def _mask_features(self, masks: Tensor, slots: Slots) -> Tensor:
        x = masks[slots.owner, slots.slot].unsqueeze(1)
        for layer in self.feature_seg:
            if isinstance(layer, SpectralConv2d):
                x = layer.forward_ranked(x, rank=slots.rank, most=slots.most)
            else:
                x = layer(x)
        return x


class PatchDiscriminator(nn.Module):
    """Judge a picture alone: CycleGAN's discriminator, of the same parts."""

    def __init__(self, *, base_width: int = 64, layers: int = 3) -> None:
        super().__init__()
        widths = _widths(base_width, layers + 1)
        self.model = nn.Sequential(
            *_feature_layers(3, widths[:-1]), *_classifier_layers(*widths[-2:])
        )

    def forward(self, image: Tensor) -> Tensor:
        """Score (B, 3, H, W) in [-1, 1] as (B, 1, h, w), near 1 for real."""
        score: Tensor = self.model(image)
        return score


def _widths(base_width: int, count: int) -> list[int]:
    """Channels after each convolution: doubling, and at most eightfold."""
    return [base_width * min(2**index, 8) for index in range(count)]


def _feature_layers(channels: int, widths: list[int]) -> list[nn.Module]:
    """Stride-2 convolutions; the first has no norm, which would hide the colour."""
    layers: list[nn.Module] = [
        SpectralConv2d(channels, widths[0], stride=2),
        nn.LeakyReLU(0.2, inplace=True),
    ]
    for before, after in pairwise(widths):
        layers += _normed(before, after, stride=2)
    return layers


def _classifier_layers(before: int, after: int) -> list[nn.Module]:
    return [*_normed(before, after, stride=1), SpectralConv2d(after, 1, stride=1)]


def _normed(before: int, after: int, *, stride: int) -> list[nn.Module]:
    return [
        SpectralConv2d(before, after, stride=stride),
        nn.InstanceNorm2d(after),
        nn.LeakyReLU(0.2, inplace=True),
    ]
