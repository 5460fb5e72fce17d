"""Always the same crops, to compare the generators of one run with."""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from instagan.config import DIRECTIONS, Direction, StepConfig
from instagan.data.batches import CropStream, Variation, place
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DOMAIN_LETTERS, DomainLetter, evenly
from instagan.masks import as_one, select
from instagan.sequential import translate
from instagan.training.random_features import RandomFeatures, mmd
from instagan.training.samples import first_samples
from instagan.types import SetBatch

MOST = 64
"""Crops of each domain that are measured on."""
MEASURE = "random_feature_mmd"
_ROWS = 8


def unvaried(crops: Sequence[TrainingCrop], *, size: tuple[int, int]) -> SetBatch:
    """Return crops, at least one, as one batch at (height, width), as they are."""
    plain = Variation(mirror=False, move=False)
    return first_samples([CropStream([crop], plain, seed="").draw(1, size=size) for crop in crops])


@dataclass(frozen=True)
class Yardstick:
    """Some crops of both domains, and the features of their real objects."""

    given: Mapping[Direction, SetBatch]
    real: Mapping[Direction, Tensor]
    """(N, D) of the domain that each direction makes."""
    ins_per: int
    digest: str
    """SHA-256 of the crops."""

    @staticmethod
    def of(
        crops: Mapping[DomainLetter, Sequence[TrainingCrop]],
        step: StepConfig,
        *,
        size: tuple[int, int],
        device: torch.device,
    ) -> "Yardstick | None":
        """Return the measure on some of the crops, or None where a domain has less than two.

        Args:
            crops: of both domains; of each about `MOST` are used.
            step: says how many instances of a crop count, and how many are translated at once.
            size: (height, width) to look at them, px.
            device: where to compute.
        """
        if any(len(crops[letter]) < 2 for letter in DOMAIN_LETTERS):
            return None
        batches = {
            letter: _as_trained(unvaried(evenly(crops[letter], MOST), size=size), step)
            for letter in DOMAIN_LETTERS
        }
        content = hashlib.sha256()
        for batch in batches.values():
            content.update(batch.image.numpy().tobytes() + batch.masks.numpy().tobytes())
        at = {letter: place(batch, device) for letter, batch in batches.items()}
        network = RandomFeatures().to(device)
        features = {letter: network(batch.image, batch.masks) for letter, batch in at.items()}
        return Yardstick(
            {"AtoB": at["A"], "BtoA": at["B"]},
            {"AtoB": features["B"], "BtoA": features["A"]},
            step.ins_per,
            content.hexdigest(),
        )

    @torch.no_grad()
    def measure(self, generators: Mapping[Direction, nn.Module]) -> dict[Direction, float]:
        """Return for each direction how far what it makes is from real objects; 0 is not at all."""
        return {d: mmd(self._features(generators[d], d), self.real[d]) for d in DIRECTIONS}

    def _features(self, generator: nn.Module, direction: Direction) -> Tensor:
        given = self.given[direction]
        network = RandomFeatures().to(given.image.device)
        found = []
        for start in range(0, len(given.image), _ROWS):
            few = given.rows(torch.arange(start, min(start + _ROWS, len(given.image))))
            made = translate(generator, few.image, few.masks, few.valid, ins_per=self.ins_per)
            found.append(network(made.image.float(), made.masks.float()))
        return torch.cat(found)


def _as_trained(batch: SetBatch, step: StepConfig) -> SetBatch:
    """Return the batch with the instances that a training step would take of it."""
    given = as_one(batch) if step.merge_masks else batch
    masks, valid = select(given.masks, given.valid, limit=step.ins_max)
    return SetBatch(given.image, masks, valid)
