"""The two passes of a step: gradients of the generators, gradients of the discriminators.

Each goes through a batch in as many parts as memory asks for, and adds up their gradients.
"""

import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass, fields
from itertools import zip_longest
from typing import TypeVar

import torch
from torch import Tensor, nn

from instagan.config import Direction
from instagan.errors import ConfigError
from instagan.losses import adversarial_loss
from instagan.memory import within_memory
from instagan.sequential import take_step
from instagan.training.diffaugment import augment
from instagan.training.objective import GeneratorTerms, Objective, mean_of
from instagan.training.sharing import Sharing
from instagan.types import SetBatch, joined

T = TypeVar("T")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Made:
    """What one direction's generator made of a mini-batch of instances.

    terms: its losses over all samples of all processes, detached.
    so_far: all samples of all processes, detached; see `instagan.sequential.Step`.
    """

    terms: GeneratorTerms
    so_far: SetBatch


class Passes:
    """Gradients of the whole batch, of all processes together.

    Args:
        discriminators: a `ViewedDiscriminator` for each direction.
        objective: the generators with their losses.
        sharing: what several processes do together.
    """

    def __init__(
        self, discriminators: Mapping[Direction, nn.Module], objective: Objective, sharing: Sharing
    ) -> None:
        self.discriminators = discriminators
        self.objective = objective
        self.sharing = sharing
        self.at_once: int | None = None
        """Samples that fit into memory at once; None: all. Found out by running out of it."""

    def generate(
        self,
        batches: Mapping[Direction, tuple[SetBatch, SetBatch]],
        chunk: slice,
        clear: Callable[[], None],
    ) -> dict[Direction, Made]:
        """Add the generators' gradients; of each direction (so far, as given) is what to do.

        Every direction has an instance in this mini-batch. Random draws of losses and augmentation
        are each part's own: what is drawn depends on the number of parts.

        Raises:
            ConfigError: There is not enough memory for one sample.
        """

        def attempt() -> dict[Direction, tuple[Tensor, SetBatch]]:
            clear()
            return {d: self._generate(d, *batches[d], chunk) for d in batches}

        count = max(len(given.image) for _, given in batches.values())
        found = self._within_memory(attempt, count)
        self.sharing.add_up([told for told, _ in found.values()])
        return {
            direction: Made(GeneratorTerms(*told.unbind()), self.sharing.gather(so_far))
            for direction, (told, so_far) in found.items()
        }

    def judge(
        self,
        batches: Mapping[Direction, tuple[SetBatch, SetBatch]],
        clear: Callable[[], None],
    ) -> dict[Direction, dict[str, Tensor]]:
        """Add the discriminators' gradients; of each direction (real, fake) is what it is shown.

        Real samples show all their masks.

        Returns:
            Of each direction "discriminator", the loss, "real_score" and "fake_score".

        Raises:
            ConfigError: There is not enough memory for one sample.
        """

        def attempt() -> dict[Direction, Tensor]:
            clear()
            return {direction: self._judge(direction, *batches[direction]) for direction in batches}

        count = max(len(real.image) for real, _ in batches.values())
        found = self._within_memory(attempt, count)
        self.sharing.add_up(list(found.values()))
        names = ("discriminator", "real_score", "fake_score")
        return {d: dict(zip(names, told.unbind(), strict=True)) for d, told in found.items()}

    def _generate(
        self, direction: Direction, now: SetBatch, given: SetBatch, chunk: slice
    ) -> tuple[Tensor, SetBatch]:
        """Add one direction's gradients; return this process's share of the losses, and its rows.

        Backward runs here, part by part: memory for one part of one direction.
        """
        total = int(given.valid[:, chunk].any(1).sum())
        told = torch.zeros(len(fields(GeneratorTerms)), device=given.image.device)
        done = []
        for rows in self._parts(len(given.image)):
            with self.objective.autocast():
                generator = self.objective.generators[direction]
                step = take_step(generator, now.rows(rows), given.rows(rows), chunk)
            if len(step.rows):
                scores = self._scores(direction, step.so_far.rows(step.rows))
                terms = self.objective.terms(direction, step, scores)
                share = terms.stacked() * (len(step.rows) / total)
                share.sum().backward()  # type: ignore[no-untyped-call]
                told += share.detach()
            done.append(step.so_far.detach())
        return told, joined(done)

    def _judge(self, direction: Direction, real: SetBatch, fake: SetBatch) -> Tensor:
        """Add one discriminator's gradients; return loss and mean scores, this process's share.

        One backward for real and fake together: see the gains of spectral norm.
        """
        told = torch.zeros(3, device=real.image.device)
        parts = zip_longest(self._parts(len(real.image)), self._parts(len(fake.image)))
        for part in parts:
            loss = torch.zeros((), device=real.image.device)
            for is_fake, (batch, rows) in enumerate(zip((real, fake), part, strict=True)):
                if rows is None or not len(rows):
                    continue
                scores = self._scores(direction, batch.rows(rows))
                share = len(rows) / len(batch.image)
                loss = loss + share / 2 * mean_of(
                    [adversarial_loss(score, real=not is_fake) for score in scores]
                )
                told[1 + is_fake] += share * mean_of([score.detach().mean() for score in scores])
            if loss.requires_grad:
                loss.backward()  # type: ignore[no-untyped-call]
            told[0] += loss.detach()
        return told

    def _scores(self, direction: Direction, batch: SetBatch) -> list[Tensor]:
        """Return the score maps of all views of what the discriminator is shown."""
        shown = augment(batch, self.objective.config.augment, rng=self.objective.rng)
        with self.objective.autocast():
            scores: list[Tensor] = self.discriminators[direction](shown)
        return scores

    def _parts(self, count: int) -> tuple[Tensor, ...]:
        """Return the rows of this process among `count`, as many at a time as memory holds."""
        rank, world = self.sharing.rank, self.sharing.world
        own = torch.arange(count)[count * rank // world : count * (rank + 1) // world]
        return torch.split(own, self.at_once or max(1, len(own)))

    def _within_memory(self, attempt: Callable[[], T], count: int) -> T:
        """Return what the attempt does, made again with half the samples at once when it must be.

        An attempt only adds gradients, after clearing them, and draws random numbers. It computes
        `count` samples of all processes.
        """
        drawn = self.objective.rng.get_state()
        count = -(-count // self.sharing.world)

        def give_way() -> None:
            self.at_once = self._less(count)
            _LOG.warning("out of memory: going on with %d samples at once", self.at_once)
            self.objective.rng.set_state(drawn)

        return within_memory(attempt, give_way)

    def _less(self, count: int) -> int:
        now = min(self.at_once or count, count)
        if now == 1:
            raise ConfigError(
                "Out of memory with one sample at a time; use smaller --stages or --width"
            )
        return (now + 1) // 2
