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
        given: Mapping[Direction, SetBatch] = {
            "AtoB": self._select(batch_a),
            "BtoA": self._select(batch_b),
        }
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

    def set_learning_rate(self, factor: float) -> None:
        """Multiply the configured learning rate; see `schedule.learning_rate_factor`."""
        for optimizer in (self.optimizer_g, self.optimizer_d):
            for group in optimizer.param_groups:
                group["lr"] = factor * self.config.learning_rate

    def _optimize(
        self, steps: Mapping[Direction, Step], given: Mapping[Direction, SetBatch]
    ) -> Mapping[Direction, LossTerms]:
        """One update of the generators, then one of the discriminators (eq. 10)."""
        active = {direction: step for direction, step in steps.items() if len(step.rows)}
        if not active:
            return {}
        self._require_discriminator_grad(False)
        self.optimizer_g.zero_grad()
        terms = {d: self._generator_terms(d, step) for d, step in active.items()}
        self.optimizer_g.step()
        self._require_discriminator_grad(True)
        self.optimizer_d.zero_grad()
        judged = {
            d: self._discriminator_term(d, step, given[_OPPOSITE[d]]) for d, step in active.items()
        }
        self.optimizer_d.step()
        return {d: LossTerms(*terms[d], discriminator=judged[d]) for d in active}

    def _generator_terms(
        self, direction: Direction, step: Step
    ) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """Add one direction's gradients; return adversarial, cycle, identity, context.

        Backward runs here, direction by direction: half the memory of one joint backward.
        """
        back = self.networks.generators[_OPPOSITE[direction]]
        weights, given, made = self.config.weights, step.given, step.made
        shown = step.so_far.rows(step.rows)
        score = self.networks.discriminators[direction](shown.image, shown.masks, shown.valid)
        returned: SetOutput = back(made.image, made.masks, given.valid)
        same: SetOutput = back(given.image, given.masks, given.valid)
        terms = (
            losses.adversarial_loss(score, real=True),
            weights.cycle * losses.cycle_loss(given, returned),
            weights.identity * losses.identity_loss(given, same),
            weights.context * losses.context_loss(given, made),
        )
        torch.stack(terms).sum().backward()  # type: ignore[no-untyped-call]
        adversarial, cycle, identity, context = (term.detach() for term in terms)
        return adversarial, cycle, identity, context

    def _discriminator_term(self, direction: Direction, step: Step, real: SetBatch) -> Tensor:
        """Add one discriminator's gradients: real samples always show all their masks."""
        judge = self.networks.discriminators[direction]
        fake = self.pools[direction].exchange(step.so_far.rows(step.rows))
        loss = losses.discriminator_loss(
            judge(real.image, real.masks, real.valid), judge(fake.image, fake.masks, fake.valid)
        )
        loss.backward()  # type: ignore[no-untyped-call]
        return loss.detach()

    def _select(self, batch: SetBatch) -> SetBatch:
        config = self.config
        masks, valid = select(
            batch.masks,
            batch.valid.cpu(),
            limit=config.ins_max,
            order=config.order,
            rng=self.order_rng,
        )
        return SetBatch(batch.image, masks, valid)

    def _require_discriminator_grad(self, required: bool) -> None:
        for network in self.networks.discriminators.values():
            network.requires_grad_(required)

    def _adam(self, networks: Iterable[nn.Module]) -> torch.optim.Adam:
        parameters = [parameter for network in networks for parameter in network.parameters()]
        return torch.optim.Adam(parameters, lr=self.config.learning_rate, betas=self.config.betas)
