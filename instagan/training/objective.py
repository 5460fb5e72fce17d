"""What the generators minimise: eq. 7 of the paper for one direction, and what we add to it."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields

import torch
from torch import Tensor, nn

from instagan import losses
from instagan.config import Direction, StepConfig
from instagan.sequential import Step
from instagan.training.motions import draw_motion

OPPOSITE: Mapping[Direction, Direction] = {"AtoB": "BtoA", "BtoA": "AtoB"}


@dataclass(frozen=True)
class GeneratorTerms:
    """The weighted losses of one direction, 0-d; one of weight zero is zero and costs nothing."""

    adversarial: Tensor
    cycle: Tensor
    identity: Tensor
    context: Tensor
    mirror: Tensor
    temporal: Tensor

    def stacked(self) -> Tensor:
        """Return them as one tensor, in the order of the fields."""
        return torch.stack([getattr(self, field.name) for field in fields(self)])


@dataclass(frozen=True)
class Objective:
    """One direction's losses of what its generator has just made.

    generators: of both directions.
    config: factors, and how the context loss is taken.
    autocast: a fresh context for the precision of the run.
    rng: of the motions of the temporal loss, a CPU generator.
    """

    generators: Mapping[Direction, nn.Module]
    config: StepConfig
    autocast: Callable[[], torch.autocast]
    rng: torch.Generator

    def terms(self, direction: Direction, step: Step, scores: Sequence[Tensor]) -> GeneratorTerms:
        """Return the losses of a mini-batch of instances, whose fakes got these scores."""
        there, back = (self.generators[d] for d in (direction, OPPOSITE[direction]))
        weights, given, made = self.config.weights, step.given, step.made
        adversarial = mean_of([losses.adversarial_loss(score, real=True) for score in scores])
        context = cycle = identity = mirror = temporal = given.image.new_zeros(())
        if weights.context:
            context = losses.context_loss(given, made, per_background=self.config.normalize_context)
        with self.autocast():
            if weights.cycle:
                cycle = losses.cycle_loss(given, back(made.image, made.masks, given.valid))
            if weights.identity:
                identity = losses.identity_loss(given, back(given.image, given.masks, given.valid))
            if weights.mirror:
                turned = there(given.image.flip(3), given.masks.flip(3), given.valid)
                mirror = losses.mirror_loss(made, turned)
            if weights.temporal:
                temporal = self._temporal(there, step)
        return GeneratorTerms(
            weights.adversarial * adversarial,
            weights.cycle * cycle,
            weights.identity * identity,
            weights.context * context,
            weights.mirror * mirror,
            weights.temporal * temporal,
        )

    def _temporal(self, there: nn.Module, step: Step) -> Tensor:
        motion = draw_motion(step.given.image, rng=self.rng)
        later = motion.next_given(step.given)
        of_next = there(later.image, later.masks, later.valid)
        return losses.temporal_loss(motion.next_made(step.made), of_next, known=motion.known)


def mean_of(terms: Sequence[Tensor]) -> Tensor:
    """Return the mean of some 0-d tensors."""
    return torch.stack(list(terms)).mean()
