"""Translates crops with an InstaGAN generator."""

import math
from collections.abc import Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import torch

from instagan.config import MOST_SHARPEN
from instagan.models.generators import one_by_one
from instagan.pairs import Pair, find_pair, load_generator
from instagan.sequential import TranslatesSets, translate
from instavid.core.tensors import crops_to_batch, output_to_patches
from instavid.devices import turn_on
from instavid.errors import UsageError
from instavid.memory import Descent, Way, descent, halvings, in_memory
from instavid.selection import Direction
from instavid.types import Crop, Patch
from instavid.zoo import pair_places

_SIZE_STEP = 0.25
# In steps: a window of whole pixels may come out a little larger than it was meant to.
_ROUNDING = 0.1
# What grouping allows a group to be, against its largest member, and some for the margins.
_LARGEST_TIMES = 2.0


@dataclass(frozen=True, kw_only=True)
class PaintingWay(Way):
    """How to translate crops."""

    size: tuple[int, int]
    """(height, width) to bring them to, px."""
    mask_by_mask: bool = False
    """Whether a generator encodes and draws the masks of a crop one after the other."""


class InstaGanTranslator:
    """A generator at work; satisfies `Translator`."""

    def __init__(
        self,
        generator: TranslatesSets,
        *,
        working_size: tuple[int, int],
        device: torch.device,
        ins_per: int = 2,
        batch: int = 8,
        sharpen: float = 0.0,
    ) -> None:
        """Wrap a generator that is already on the device and in evaluation mode.

        Args:
            generator: Called as `instagan.models.generators.SetGenerator.forward`.
            working_size: (height, width) to bring crops to, px.
            device: Where the generator is.
            ins_per: Instances per sequential mini-batch (paper section 2.3).
            batch: Crops per forward pass at the most.
            sharpen: How much detail to add, 0 to 10, see `instagan.pixels.sharpened`.

        Raises:
            UsageError: `sharpen` is out of range.
        """
        if not 0 <= sharpen <= MOST_SHARPEN:
            raise UsageError(f"sharpen is {sharpen}: use 0 to {MOST_SHARPEN:g}")
        self._generator = generator
        self._working_size = working_size
        self._device = device
        self._ins_per = ins_per
        self._batch = batch
        self._sharpen = sharpen

    @classmethod
    def load(
        cls,
        pair: Pair | Path | str,
        *,
        direction: Direction = "AtoB",
        device: torch.device | str = "cpu",
        batch: int = 8,
        sharpen: float | None = None,
    ) -> Self:
        """Load one direction of a pair, given by name, by folder or itself.

        Args:
            pair, direction, device, batch: See above.
            sharpen: As the pair's card says when None.

        Raises:
            PairError: See `instagan.load_generator`.
        """
        found = pair if isinstance(pair, Pair) else find_pair(pair, pair_places())
        return cls(
            load_generator(found, direction, device=device),
            working_size=found.card.working_size,
            device=torch.device(device),
            ins_per=found.card.ins_per,
            batch=batch,
            sharpen=found.card.sharpen.get(direction, 0.0) if sharpen is None else sharpen,
        )

    @torch.inference_mode()
    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        """Return one patch per crop, in order; crops of all frames share forward passes.

        A group's crop is translated at a larger size, so that its tallest instance keeps its
        size when two meet.
        """
        by_size: dict[tuple[int, int], list[int]] = {}
        for index, crop in enumerate(crops):
            by_size.setdefault(size_for(crop, self._working_size), []).append(index)
        patches: dict[int, Patch] = {}
        for size, indices in by_size.items():
            made = in_memory(self._forward, [crops[i] for i in indices], self._course(size))
            patches.update(zip(indices, made, strict=True))
        return [patches[index] for index in range(len(crops))]

    def _course(self, size: tuple[int, int]) -> Descent[PaintingWay]:
        ways = painting_ways(size, batch=self._batch, device=self._device)
        return descent(f"translating at {size[1]}x{size[0]}", self._device, ways)

    def _forward(self, crops: Sequence[Crop], way: PaintingWay) -> list[Patch]:
        batch = crops_to_batch(crops, size=way.size, device=self._device)
        thrifty = one_by_one(self._generator) if way.mask_by_mask else nullcontext()
        with turn_on(self._device), thrifty:
            output = translate(
                self._generator, batch.image, batch.masks, batch.valid, ins_per=self._ins_per
            )
        return output_to_patches(output, crops, batch.valid, sharpen=self._sharpen)


def painting_ways(size: tuple[int, int], *, batch: int, device: torch.device) -> list[PaintingWay]:
    """Return the ways to translate crops, from the best to the one that needs least memory.

    All give the same patches: bit for bit on a CPU, on other devices up to the rounding of their
    convolutions. There is none by tiles, as instance norm takes its mean and deviation from all of
    a picture, and none at a smaller size, at which a generator paints something else.

    Args:
        size: (height, width) to bring crops to, px.
        batch: Crops at once at the most.
        device: On a CPU a generator takes masks one by one anyway.
    """
    ways = [PaintingWay(count, size=size) for count in halvings(batch)]
    if device.type != "cpu":
        ways.append(PaintingWay(1, "mask by mask", size=size, mask_by_mask=True))
    return ways


def size_for(crop: Crop, working_size: tuple[int, int]) -> tuple[int, int]:
    """Return the (height, width) to translate a crop at, px.

    The tallest instance of a group gets at least the pixels that it gets alone. Few sizes exist,
    so that crops share forward passes.

    Args:
        crop: Counts by its `times_alone`.
        working_size: Of the pair: the size for one instance.

    """
    times = min(math.ceil(crop.times_alone / _SIZE_STEP - _ROUNDING) * _SIZE_STEP, _LARGEST_TIMES)
    return round(working_size[0] * times), round(working_size[1] * times)
