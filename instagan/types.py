"""The values that cross module borders: pictures with their instance masks."""

from collections.abc import Sequence
from dataclasses import dataclass

import torch
from torch import Tensor


@dataclass(frozen=True)
class SetOutput:
    """A translated picture and its translated masks.

    image: (B, 3, H, W) float in [-1, 1].
    masks: (B, N, H, W) float in [-1, 1], slot for slot those that were given.
    """

    image: Tensor
    masks: Tensor


@dataclass(frozen=True)
class SetBatch:
    """Pictures, their instance masks, and which mask slots are in use.

    image: (B, 3, H, W) float in [-1, 1].
    masks: (B, N, H, W) float, -1 outside the instance and +1 inside.
    valid: (B, N) bool, on any device. On the CPU it saves a wait for the GPU.
    """

    image: Tensor
    masks: Tensor
    valid: Tensor

    def __post_init__(self) -> None:
        check_shapes(self.image, self.masks, self.valid)

    def rows(self, index: Tensor) -> "SetBatch":
        """Return the samples at `index`, a (K,) int64 tensor without repeats, in order."""
        if len(index) == len(self.image):
            return self
        place = index.to(self.image.device)
        return SetBatch(
            self.image[place], self.masks[place], self.valid[index.to(self.valid.device)]
        )

    def detach(self) -> "SetBatch":
        """Return the same values, cut off from the graph that made them."""
        return SetBatch(self.image.detach(), self.masks.detach(), self.valid)


def joined(batches: Sequence[SetBatch]) -> SetBatch:
    """Return the samples of some batches, which have equally many slots, as one batch."""
    if len(batches) == 1:
        return batches[0]
    return SetBatch(
        torch.cat([batch.image for batch in batches]),
        torch.cat([batch.masks for batch in batches]),
        torch.cat([batch.valid for batch in batches]),
    )


@dataclass(frozen=True)
class LossTerms:
    """The losses of one direction: weighted, 0-d, detached, still on their device.

    real_score, fake_score: what the discriminator said on average before its update. Both
    near one half for long means that the generator gets no useful signal.
    """

    adversarial: Tensor
    cycle: Tensor
    identity: Tensor
    context: Tensor
    mirror: Tensor
    temporal: Tensor
    discriminator: Tensor
    real_score: Tensor
    fake_score: Tensor

    @property
    def generator(self) -> Tensor:
        """What the generators minimise: eq. 7 for one direction, mirror and temporal loss."""
        paper = self.adversarial + self.cycle + self.identity + self.context
        return paper + self.mirror + self.temporal


def check_shapes(image: Tensor, masks: Tensor, valid: Tensor | None = None) -> None:
    """Raise ValueError unless the three describe one batch."""
    if image.ndim != 4:
        raise ValueError(f"image must be (B, C, H, W), got {tuple(image.shape)}")
    batch, _, height, width = image.shape
    if masks.ndim != 4 or (masks.shape[0], *masks.shape[2:]) != (batch, height, width):
        raise ValueError(
            f"masks must be ({batch}, N, {height}, {width}) to fit the image, "
            f"got {tuple(masks.shape)}"
        )
    if valid is None:
        return
    if valid.dtype != torch.bool or valid.shape != masks.shape[:2]:
        raise ValueError(
            f"valid must be bool {tuple(masks.shape[:2])} to fit the masks, "
            f"got {valid.dtype} {tuple(valid.shape)}"
        )
