"""A history of fakes, so that a discriminator does not forget (Shrivastava et al. 2017)."""

import random

import torch

from instagan.types import SetBatch, joined


class HistoryPool:
    """Keeps up to `size` fakes and hands back, half of the time, an older one.

    Args:
        size: the most samples kept; 0 hands back what is given.
        rng: decides sample by sample, whatever the batch size.
    """

    def __init__(self, size: int, *, rng: random.Random) -> None:
        self.size = size
        self.rng = rng
        self.samples: list[SetBatch] = []

    def exchange(self, fakes: SetBatch) -> SetBatch:
        """Return as many samples as given, each its own or an older one; all detached."""
        if not self.size:
            return fakes.detach()
        if self.samples and self.samples[0].image.shape[1:] != fakes.image.shape[1:]:
            self.samples.clear()  # a new stage: pictures of another size
        rows = torch.arange(len(fakes.image))
        chosen = [self._exchange_one(_copy(fakes, row)) for row in rows[:, None]]
        return joined(chosen)

    def drop_broken(self) -> None:
        """Forget the samples that are not finite, before a discriminator is shown them again."""
        self.samples = [
            one for one in self.samples if one.image.isfinite().all() and one.masks.isfinite().all()
        ]

    def _exchange_one(self, fake: SetBatch) -> SetBatch:
        if len(self.samples) < self.size:
            self.samples.append(fake)
            return fake
        if self.rng.random() < 0.5:
            return fake
        place = self.rng.randrange(self.size)
        older, self.samples[place] = self.samples[place], fake
        return older


def _copy(fakes: SetBatch, row: torch.Tensor) -> SetBatch:
    """Return one sample with memory of its own, so that keeping it does not keep the batch."""
    one = fakes.detach().rows(row)
    return SetBatch(one.image.clone(), one.masks.clone(), one.valid.clone())
