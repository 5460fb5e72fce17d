"""One optimisation step of InstaGAN: both directions, mini-batch of instances by mini-batch."""

import math
import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from instagan import losses
from instagan.config import DIRECTIONS, Direction, DiscriminatorConfig, GeneratorConfig, StepConfig
from instagan.masks import as_one, coverage, select
from instagan.models.build import build_generator, build_views
from instagan.sequential import Step, walk
from instagan.training.diffaugment import augment
from instagan.training.objective import OPPOSITE, GeneratorTerms, Objective, mean_of
from instagan.training.pool import HistoryPool
from instagan.types import LossTerms, SetBatch


@dataclass(frozen=True)
class Networks:
    """Generators, and for each a `ViewedDiscriminator` that judges the domain it makes."""

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

    def mask_area(self, direction: Direction) -> Tensor:
        """Return the mean share of the picture, 0 to 1, that a sample's made masks cover."""
        return coverage(self.fakes[direction].masks).mean()


def build_networks(
    generator: GeneratorConfig, discriminator: DiscriminatorConfig, *, rng: torch.Generator
) -> Networks:
    """Return untrained networks of both directions in training mode, on the CPU."""
    return Networks(
        {direction: build_generator(generator, rng=rng) for direction in DIRECTIONS},
        {direction: build_views(discriminator, rng=rng) for direction in DIRECTIONS},
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
        self.augment_rng = torch.Generator().manual_seed(seed + 1)
        self.objective = Objective(networks.generators, config, self.autocast, self.augment_rng)
        self.pools = {
            direction: HistoryPool(config.pool_size, rng=random.Random(f"{seed} {direction}"))
            for direction in DIRECTIONS
        }
        self.optimizer_g = self._adam(networks.generators.values(), config.learning_rate)
        self.optimizer_d = self._adam(networks.discriminators.values(), config.rate_of_judges)

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
            with self.autocast():
                steps = {direction: next(walks[direction]) for direction in DIRECTIONS}
            reports.append(self._optimize(steps, given))
            fakes = {direction: steps[direction].so_far.detach() for direction in DIRECTIONS}
        return StepResult(tuple(reports), fakes)

    def set_learning_rate(self, factor: float) -> None:
        """Multiply the configured learning rates; see `schedule`."""
        for optimizer, rate in (
            (self.optimizer_g, self.config.learning_rate),
            (self.optimizer_d, self.config.rate_of_judges),
        ):
            for group in optimizer.param_groups:
                group["lr"] = factor * rate

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
        self._update(self.optimizer_g, self.networks.generators)
        self._require_discriminator_grad(True)
        self.optimizer_d.zero_grad()
        judged = {
            d: self._discriminator_terms(d, step, given[OPPOSITE[d]]) for d, step in active.items()
        }
        self._update(self.optimizer_d, self.networks.discriminators)
        return {d: LossTerms(**vars(terms[d]), **judged[d]) for d in active}

    def _update(self, optimizer: torch.optim.Adam, networks: Mapping[Direction, nn.Module]) -> None:
        """Step along the gradients, each network's shortened by itself."""
        if self.config.clip:
            for network in networks.values():
                nn.utils.clip_grad_norm_(network.parameters(), self.config.clip)
        optimizer.step()

    def _generator_terms(self, direction: Direction, step: Step) -> GeneratorTerms:
        """Add one direction's gradients; return its losses, detached.

        Backward runs here, direction by direction: half the memory of one joint backward.
        """
        scores = self._judge(direction, step.so_far.rows(step.rows))
        terms = self.objective.terms(direction, step, scores)
        terms.total.backward()  # type: ignore[no-untyped-call]
        return terms.detach()

    def _discriminator_terms(
        self, direction: Direction, step: Step, real: SetBatch
    ) -> dict[str, Tensor]:
        """Add one discriminator's gradients; return loss and mean scores, named as in `LossTerms`.

        Real samples always show all their masks.
        """
        on_real = self._judge(direction, real)
        fake = self.pools[direction].exchange(step.so_far.rows(step.rows))
        on_fake = self._judge(direction, fake)
        loss = mean_of(
            [losses.discriminator_loss(r, f) for r, f in zip(on_real, on_fake, strict=True)]
        )
        loss.backward()  # type: ignore[no-untyped-call]
        real_score, fake_score = (
            mean_of([score.detach().mean() for score in scores]) for scores in (on_real, on_fake)
        )
        return {
            "discriminator": loss.detach(),
            "real_score": real_score,
            "fake_score": fake_score,
        }

    def _judge(self, direction: Direction, batch: SetBatch) -> list[Tensor]:
        """Return the score maps of all views of what the discriminator is shown."""
        shown = augment(batch, self.config.augment, rng=self.augment_rng)
        with self.autocast():
            scores: list[Tensor] = self.networks.discriminators[direction](shown)
        return scores

    def autocast(self) -> torch.autocast:
        """Return a fresh context for the configured precision."""
        device = next(self.networks.generators["AtoB"].parameters()).device.type
        return torch.autocast(device, torch.bfloat16, enabled=self.config.precision == "bfloat16")

    def _select(self, batch: SetBatch) -> SetBatch:
        config = self.config
        if config.merge_masks:
            batch = as_one(batch)
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

    def _adam(self, networks: Iterable[nn.Module], rate: float) -> torch.optim.Adam:
        parameters = [parameter for network in networks for parameter in network.parameters()]
        return torch.optim.Adam(parameters, lr=rate, betas=self.config.betas)
