"""One optimisation step of InstaGAN: both directions, mini-batch of instances by mini-batch."""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from instagan import losses
from instagan.config import DIRECTIONS, Direction, DiscriminatorConfig, GeneratorConfig, StepConfig
from instagan.masks import select
from instagan.models.build import build_discriminator, build_generator
from instagan.sequential import Step, walk
from instagan.training.pool import HistoryPool
from instagan.types import LossTerms, SetBatch, SetOutput

_OPPOSITE: Mapping[Direction, Direction] = {"AtoB": "BtoA", "BtoA": "AtoB"}


@dataclass(frozen=True)
class Networks:
    """The four networks; discriminators["AtoB"] judges domain B, which that direction makes."""

    generators: Mapping[Direction, nn.Module]
    discriminators: Mapping[Direction, nn.Module]


@dataclass(frozen=True)
class StepResult:
    """What one step did.

    losses: one entry for each mini-batch of instances, with the directions that had any.
    fakes: the last pictures and masks made, all samples, detached.
    """

    losses: tuple[Mapping[Direction, LossTerms], ...]
    fakes: Mapping[Direction, SetBatch]


def build_networks(
    generator: GeneratorConfig, discriminator: DiscriminatorConfig, *, rng: torch.Generator
) -> Networks:
    """Return four untrained networks in training mode, on the CPU."""
    return Networks(
        {direction: build_generator(generator, rng=rng) for direction in DIRECTIONS},
        {direction: build_discriminator(discriminator, rng=rng) for direction in DIRECTIONS},
    )


class InstaGanTrainer:
    """The networks with what training keeps between steps: optimisers and histories.

    Args:
        networks: already on the device where the batches will be.
        config: losses, mini-batches, optimisers.
        seed: decides the random order of instances and the histories.
    """

    def __init__(self, networks: Networks, config: StepConfig, *, seed: int) -> None:
        self.networks = networks
        self.config = config
        self.order_rng = torch.Generator().manual_seed(seed)
        self.pools = {
            direction: HistoryPool(config.pool_size, rng=random.Random(f"{seed} {direction}"))
            for direction in DIRECTIONS
        }
        self.optimizer_g = self._adam(networks.generators.values())
        self.optimizer_d = self._adam(networks.discriminators.values())

    def step(self, batch_a: SetBatch, batch_b: SetBatch) -> StepResult:
        """Optimise once per mini-batch of instances; the batches may differ in size."""
        given = {"AtoB": self._select(batch_a), "BtoA": self._select(batch_b)}
        walks = {
            direction: walk(
                self.networks.generators[direction],
                given[direction].image,
                given[direction].masks,
                given[direction].valid,
                ins_per=self.config.ins_per,
            )
            for direction in DIRECTIONS
        }
        reports: list[Mapping[Direction, LossTerms]] = []
        fakes: dict[Direction, SetBatch] = {}
        for _ in range(math.ceil(self.config.ins_max / self.config.ins_per)):
            steps = {direction: next(walks[direction]) for direction in DIRECTIONS}
            reports.append(self._optimize(steps, given))
            fakes = {direction: steps[direction].so_far.detach() for direction in DIRECTIONS}
        return StepResult(tuple(reports), fakes)
