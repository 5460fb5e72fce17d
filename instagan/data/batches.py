"""Batches without end from a list of crops: shuffled, moved, mirrored, brought to one size."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import torch
from torch import Tensor

from instagan.data.crops import ROOM, TrainingCrop
from instagan.data.mask_errors import disturb
from instagan.masks import BLANK
from instagan.pixels import masks_at, picture_at
from instagan.types import SetBatch
from instagan.windows import Window

_SMALLEST_SCALE = 1 - ROOM
_LARGEST_SCALE = 1 + ROOM


@dataclass(frozen=True)
class Variation:
    """What may differ each time a crop is shown."""

    mirror: bool = True
    """Left and right may change places."""
    move: bool = True
    """The window may be up to 15 % larger, smaller or elsewhere."""
    mask_errors: float = 0.0
    """Share of the samples whose masks get a detector's errors."""


def place(batch: SetBatch, device: torch.device) -> SetBatch:
    """Return the batch where networks compute; what is valid stays, so that asking never waits."""
    image = batch.image.to(device, memory_format=torch.channels_last)
    return SetBatch(image, batch.masks.to(device), batch.valid)


class CropStream:
    """Draws batches; every crop comes once before any comes again.

    Args:
        crops: at least one.
        variation: what may differ each time.
        seed: decides order and variation.
    """

    def __init__(self, crops: Sequence[TrainingCrop], variation: Variation, *, seed: str) -> None:
        self.crops = crops
        self.variation = variation
        self.rng = random.Random(seed)
        self.waiting: list[int] = []

    def draw(self, count: int, *, size: tuple[int, int]) -> SetBatch:
        """Return the next batch at (height, width), on the CPU."""
        samples = [self._vary(self.crops[self._next()], size) for _ in range(count)]
        slots = max(len(masks) for _, masks in samples)
        image = torch.stack([image for image, _ in samples])
        masks = torch.full((count, slots, *size), BLANK)
        for row, (_, found) in enumerate(samples):
            masks[row, : len(found)] = found
        return SetBatch(image, masks, (masks > 0).flatten(2).any(2))

    def state(self) -> dict[str, Any]:
        """Return what `restore` needs to go on with the same draws."""
        return {
            "rng": self.rng.getstate(),
            "waiting": list(self.waiting),
            "crops": len(self.crops),
        }

    def restore(self, state: dict[str, Any]) -> None:
        """Go on where `state` was taken; with other crops, at the beginning of a new round."""
        version, inner, gauss = state["rng"]
        self.rng.setstate((version, tuple(inner), gauss))
        self.waiting = list(state["waiting"]) if state["crops"] == len(self.crops) else []

    def _next(self) -> int:
        if not self.waiting:
            self.waiting = self.rng.sample(range(len(self.crops)), len(self.crops))
        return self.waiting.pop()

    def _vary(self, crop: TrainingCrop, size: tuple[int, int]) -> tuple[Tensor, Tensor]:
        """Return image (3, H, W) and masks (N, H, W) in [-1, 1]."""
        rows, columns = self._window(crop).slices
        image = picture_at(crop.image[:, rows, columns], size)
        masks = masks_at(crop.masks[:, rows, columns], size).float()
        if self.rng.random() < self.variation.mask_errors:
            masks = disturb(masks, rng=self.rng)
        if self.variation.mirror and self.rng.random() < 0.5:
            image, masks = image.flip(2), masks.flip(2)
        return image, masks * 2 - 1

    def _window(self, crop: TrainingCrop) -> Window:
        """Return one of the windows, moved and scaled as far as the crop reaches."""
        window = self.rng.choice(crop.windows)
        if not self.variation.move:
            return window
        height, width = crop.image.shape[1:]
        scale = self.rng.uniform(_SMALLEST_SCALE, _LARGEST_SCALE)
        wide = min(width, max(1, round(window.width * scale)))
        high = min(height, max(1, round(window.height * scale)))
        left = self._place(window.left, window.right, length=wide, limit=width)
        top = self._place(window.top, window.bottom, length=high, limit=height)
        return Window(left, top, left + wide, top + high)

    def _place(self, low: int, high: int, *, length: int, limit: int) -> int:
        """Return a start near the middle of low..high that stays within the limit."""
        middle = (low + high - length) / 2 + self.rng.uniform(-ROOM, ROOM) * (high - low) / 2
        return min(max(0, round(middle)), limit - length)
