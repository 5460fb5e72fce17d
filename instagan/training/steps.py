"""One optimisation step of InstaGAN: both directions, mini-batch of instances by mini-batch."""

import random
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from instagan.config import DIRECTIONS, Direction, DiscriminatorConfig, GeneratorConfig, StepConfig
from instagan.masks import as_one, coverage, select
from instagan.models.build import build_generator, build_views
from instagan.sequential import before_first, mini_batches
from instagan.training.finite import all_finite, shorten_gradient
from instagan.training.objective import OPPOSITE, Objective
from instagan.training.passes import Passes
from instagan.training.pool import HistoryPool
from instagan.training.sharing import Alone, Sharing
from instagan.types import LossTerms, SetBatch

Sets = Mapping[Direction, SetBatch]


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
    was_skipped: whether a mini-batch was left out, its losses or gradients not being finite.
    """

    losses: tuple[Mapping[Direction, LossTerms], ...]
    fakes: Mapping[Direction, SetBatch]
    was_skipped: bool = False

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
        sharing: what several processes do together; each gives the same batches and computes its
            rows of them.
    """

    def __init__(
        self, networks: Networks, config: StepConfig, *, seed: int, sharing: Sharing | None = None
    ) -> None:
        self.networks = networks
        self.config = config
        self.sharing = sharing or Alone()
        self.order_rng = torch.Generator().manual_seed(seed)
        self.augment_rng = torch.Generator().manual_seed(seed + 1 + self.sharing.rank)
        self.pools = {
            direction: HistoryPool(config.pool_size, rng=random.Random(f"{seed} {direction}"))
            for direction in DIRECTIONS
        }
        self.optimizer_g = self._adam(networks.generators.values(), config.learning_rate)
        self.optimizer_d = self._adam(networks.discriminators.values(), config.rate_of_judges)
        self.passes = Passes(
            networks.discriminators,
            Objective(networks.generators, config, self.autocast, self.augment_rng),
            self.sharing,
        )

    def step(self, batch_a: SetBatch, batch_b: SetBatch) -> StepResult:
        """Optimise once per mini-batch of instances; the batches may differ in size."""
        given: Sets = {"AtoB": self._select(batch_a), "BtoA": self._select(batch_b)}
        now: Sets = {direction: before_first(given[direction]) for direction in DIRECTIONS}
        reports: list[Mapping[Direction, LossTerms] | None] = []
        for chunk in mini_batches(self.config.ins_max, ins_per=self.config.ins_per):
            report, now = self._optimize(given, now, chunk)
            reports.append(report)
        kept = tuple(report for report in reports if report is not None)
        return StepResult(kept, now, was_skipped=len(kept) < len(reports))

    def part_ways(self, step: int) -> None:
        """Draw from now on what no other process draws, though all have resumed from one state."""
        self.augment_rng.manual_seed(
            hash((self.augment_rng.initial_seed(), self.sharing.rank, step))
        )

    def set_learning_rate(self, factor: float) -> None:
        """Multiply the configured learning rates; see `schedule`."""
        for optimizer, rate in (
            (self.optimizer_g, self.config.learning_rate),
            (self.optimizer_d, self.config.rate_of_judges),
        ):
            for group in optimizer.param_groups:
                group["lr"] = factor * rate

    def _optimize(
        self, given: Sets, now: Sets, chunk: slice
    ) -> tuple[Mapping[Direction, LossTerms] | None, Sets]:
        """One update of the generators and one of the discriminators (eq. 10).

        Neither's gradients depend on the other's update, so that both wait until it is known that
        all is finite. Where it is not, there are no losses, and the sets stay as they were.
        """
        active = {d: given[d].valid[:, chunk].any(1).nonzero()[:, 0] for d in DIRECTIONS}
        live = [direction for direction in DIRECTIONS if len(active[direction])]
        if not live:
            return {}, now
        self._require_discriminator_grad(False)
        made = self.passes.generate(
            {d: (now[d], given[d]) for d in live}, chunk, self.optimizer_g.zero_grad
        )
        after = {**now, **{d: made[d].so_far for d in live}}
        fakes = {d: self.pools[d].exchange(after[d].rows(active[d])) for d in live}
        self._require_discriminator_grad(True)
        judged = self.passes.judge(
            {d: (given[OPPOSITE[d]], fakes[d]) for d in live}, self.optimizer_d.zero_grad
        )
        report = {d: LossTerms(**vars(made[d].terms), **judged[d]) for d in live}
        return (report, after) if self._update(report.values()) else (None, now)

    def _update(self, report: Iterable[LossTerms]) -> bool:
        """Step along the gradients of all processes, each network's shortened by itself.

        Does nothing and returns False where a loss or a gradient is not finite.
        """
        networks = (*self.networks.generators.values(), *self.networks.discriminators.values())
        self.sharing.add_up_gradients([p for network in networks for p in network.parameters()])
        norms = [shorten_gradient(network, limit=self.config.clip) for network in networks]
        if not all_finite([*norms, *(term for terms in report for term in vars(terms).values())]):
            for pool in self.pools.values():
                pool.drop_broken()
            return False
        self.optimizer_g.step()
        self.optimizer_d.step()
        self.sharing.copy_buffers(networks)
        return True

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
