"""Translates crops with an InstaGAN generator."""

from collections.abc import Sequence
from pathlib import Path
from typing import Self

import torch

from instagan.pairs import Pair, find_pair, load_generator
from instagan.sequential import TranslatesSets, translate
from instavid.core.tensors import crops_to_batch, output_to_patches
from instavid.devices import turn_on
from instavid.selection import Direction
from instavid.types import Crop, Patch
from instavid.zoo import pair_places


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
    ) -> None:
        """Wrap a generator that is already on the device and in evaluation mode.

        Args:
            generator: Called as `instagan.models.generators.SetGenerator.forward`.
            working_size: (height, width) to bring crops to, px.
            device: Where the generator is.
            ins_per: Instances per sequential mini-batch (paper section 2.3).
            batch: Crops per forward pass at the most.
        """
        self._generator = generator
        self._working_size = working_size
        self._device = device
        self._ins_per = ins_per
        self._batch = batch

    @classmethod
    def load(
        cls,
        pair: Pair | Path | str,
        *,
        direction: Direction = "AtoB",
        device: torch.device | str = "cpu",
        batch: int = 8,
    ) -> Self:
        """Load one direction of a pair, given by name, by folder or itself.

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
        )

    @torch.inference_mode()
    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        """Return one patch per crop, in order; crops of all frames share forward passes."""
        patches: list[Patch] = []
        for start in range(0, len(crops), self._batch):
            part = crops[start : start + self._batch]
            batch = crops_to_batch(part, size=self._working_size, device=self._device)
            with turn_on(self._device):
                output = translate(
                    self._generator, batch.image, batch.masks, batch.valid, ins_per=self._ins_per
                )
            patches.extend(output_to_patches(output, part, batch.valid))
        return patches
