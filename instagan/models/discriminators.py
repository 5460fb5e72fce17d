"""Discriminators: least-squares scores of overlapping patches, of a set or of a picture."""

from itertools import pairwise
from typing import Literal

import torch
from torch import Tensor, nn

from instagan.masks import Slots, find_valid, find_valid_or_first, locate, merged
from instagan.models.layers import SpectralConv2d
from instagan.types import check_shapes

Norm = Literal["spectral", "none"]


class SetDiscriminator(nn.Module):
    """Judge a picture together with its instance masks (paper eq. 2).

    The classifier sees [f_img(x); sum of f_seg(a_i)], whatever the order of the masks.
    In training mode each call advances the spectral norms, those of f_seg once per mask
    of the fullest sample, as the authors' code does; in evaluation mode nothing moves.
    """

    def __init__(self, *, base_width: int = 64, layers: int = 3, norm: Norm = "spectral") -> None:
        super().__init__()
        self.norm = norm
        widths = _widths(base_width, layers)
        self.feature_img = nn.Sequential(*_feature_layers(3, widths, norm))
        self.feature_seg = nn.Sequential(*_feature_layers(1, widths, norm))
        top = _widths(2 * base_width, layers + 1)[-2:]
        self.classifier = nn.Sequential(*_classifier_layers(top, norm))

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
        if self.norm == "none":
            return self.feature_seg(x)  # type: ignore[no-any-return]
        for layer in self.feature_seg:
            if isinstance(layer, SpectralConv2d):
                x = layer.forward_ranked(x, rank=slots.rank, most=slots.most)
            else:
                x = layer(x)
        return x


class PatchDiscriminator(nn.Module):
    """Judge a picture alone: CycleGAN's discriminator, of the same parts."""

    channels = 3

    def __init__(self, *, base_width: int = 64, layers: int = 3, norm: Norm = "spectral") -> None:
        super().__init__()
        widths = _widths(base_width, layers + 1)
        self.model = nn.Sequential(
            *_feature_layers(self.channels, widths[:-1], norm),
            *_classifier_layers(widths[-2:], norm),
        )

    def forward(self, image: Tensor, masks: Tensor, valid: Tensor | None = None) -> Tensor:
        """Score a batch as `SetDiscriminator` does, whatever the masks."""
        check_shapes(image, masks, valid)
        score: Tensor = self.model(image)
        return score


class PatchSegDiscriminator(PatchDiscriminator):
    """Judge a picture with one mask of all its instances, a fourth channel."""

    channels = 4

    def forward(self, image: Tensor, masks: Tensor, valid: Tensor | None = None) -> Tensor:
        """Score a batch as `SetDiscriminator` does."""
        check_shapes(image, masks, valid)
        known = find_valid(masks) if valid is None else valid.to(masks.device)
        score: Tensor = self.model(torch.cat([image, merged(masks, known)], 1))
        return score


def _widths(base_width: int, count: int) -> list[int]:
    """Channels after each convolution: doubling, and at most eightfold."""
    return [base_width * min(2**index, 8) for index in range(count)]


def _feature_layers(channels: int, widths: list[int], norm: Norm) -> list[nn.Module]:
    """Stride-2 convolutions; the first has no instance norm, which would hide the colour."""
    layers = [_convolution(channels, widths[0], stride=2, norm=norm)]
    layers += [nn.LeakyReLU(0.2, inplace=True)]
    for before, after in pairwise(widths):
        layers += _block(before, after, stride=2, norm=norm)
    return layers


def _classifier_layers(widths: list[int], norm: Norm) -> list[nn.Module]:
    before, after = widths
    return [
        *_block(before, after, stride=1, norm=norm),
        _convolution(after, 1, stride=1, norm=norm),
    ]


def _block(before: int, after: int, *, stride: int, norm: Norm) -> list[nn.Module]:
    normed: list[nn.Module] = [nn.InstanceNorm2d(after)] if norm == "spectral" else []
    convolution = _convolution(before, after, stride=stride, norm=norm)
    return [convolution, *normed, nn.LeakyReLU(0.2, inplace=True)]


def _convolution(before: int, after: int, *, stride: int, norm: Norm) -> nn.Module:
    if norm == "spectral":
        return SpectralConv2d(before, after, stride=stride)
    return nn.Conv2d(before, after, 4, stride=stride, padding=1)
