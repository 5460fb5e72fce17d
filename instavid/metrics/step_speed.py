"""How fast a training step of the paper's recipe is: against the authors' code, or in a batch."""

from collections.abc import Callable
from functools import partial

import torch
from torch import Tensor

from instagan.config import DIRECTIONS
from instagan.data.batches import place
from instagan.training.config import TrainConfig
from instagan.training.state import begin
from instagan.training.steps import InstaGanTrainer
from instagan.types import SetBatch
from instavid.errors import UsageError
from instavid.metrics.reference_step import BLOCKS, ReferenceStep, load_reference_step
from instavid.metrics.speed import time_in_turn, waiter
from instavid.metrics.speed_case import SpeedCase
from instavid.metrics.step_samples import Samples, make_samples, one_by_one

_TERMS = ("adversarial", "cycle", "identity", "context", "discriminator")


def refuse_steps(config: TrainConfig, checkout: str | None, *, most_masks: int) -> None:
    """Refuse what `compare_steps` cannot compare.

    Raises:
        UsageError: The recipe does not take so many masks, or the authors' networks have another
            shape.
    """
    if most_masks > config.step.ins_max:
        raise UsageError(
            f"{most_masks} masks: the paper's recipe takes {config.step.ins_max} instances of a "
            f"picture; use --masks with 1 to {config.step.ins_max}"
        )
    if checkout and config.generator.blocks != BLOCKS:
        raise UsageError(
            f"{config.generator.blocks} blocks: the authors' training step has {BLOCKS}; leave "
            "out --blocks"
        )


def compare_steps(
    config: TrainConfig, checkout: str | None, *, masks: int, rounds: int, device: torch.device
) -> SpeedCase:
    """Time a step on each sample of a batch, and one step of ours on all of them, in turn.

    Both train on from the same weights, eager and in float32. Before that, losses tell whether
    they do the same: those of our batch against the mean over its samples alone, and those of a
    sample alone against the authors'. No weight changes meanwhile, as rounding would decide in
    which direction Adam's first update moves many of them.

    Args:
        config: See `paper_config`; not one that `refuse_steps` refuses.
        checkout: The authors' code, which takes the steps on one sample, as it can take no other;
            None: ours does.
        masks: Instances of each picture.
        rounds: Pairs of timings.
        device: Where to compute.

    Raises:
        UsageError: The authors' code is not there, does not run, or fails.
    """
    ours = _trainer(config, device)
    theirs = (
        load_reference_step(checkout, ours.networks, config, device=device) if checkout else None
    )
    batch = make_samples(config, masks=masks, device=device)
    singles = one_by_one(batch)
    alone = [_losses(_trainer(config, device), single) for single in singles]
    differences = [_relative(_losses(ours, batch), torch.stack(alone).mean(0))]
    step_alone: Callable[[SetBatch, SetBatch], object]
    if theirs:
        differences.append(_relative(alone[0], _their_losses(theirs, singles[0])))
        step_alone = theirs.step
    else:
        step_alone = _trainer(config, device).step
        singles = [_placed(single) for single in singles]
    times = time_in_turn(
        lambda: [step_alone(*single) for single in singles],
        partial(ours.step, *_placed(batch)),
        rounds=rounds,
        wait=waiter(device),
    )
    names = ("authors", "instavid") if theirs else ("one by one", "batched")
    return SpeedCase(masks, config.batch, *names, times, float(torch.stack(differences).max()))


def _trainer(config: TrainConfig, device: torch.device) -> InstaGanTrainer:
    """Return a trainer before its first step, the same every time."""
    return begin(config, {"A": (), "B": ()}, device=device).trainer


def _placed(samples: Samples) -> Samples:
    """Return the samples as training hands them to a step."""
    a, b = samples
    return place(a, a.image.device), place(b, b.image.device)


def _their_losses(theirs: ReferenceStep, single: Samples) -> Tensor:
    try:
        return theirs.losses(*single)
    except Exception as error:  # whatever foreign code raises
        raise UsageError(f"the authors' training step fails: {error}") from error


def _losses(trainer: InstaGanTrainer, samples: Samples) -> Tensor:
    """Return what `ReferenceStep.losses` does."""
    trainer.set_learning_rate(0.0)
    result = trainer.step(*_placed(samples))
    trainer.set_learning_rate(1.0)
    last = [report for report in result.losses if report][-1]
    return torch.stack([getattr(last[d], term) for d in DIRECTIONS for term in _TERMS]).cpu()


def _relative(a: Tensor, b: Tensor) -> Tensor:
    """Return the largest difference as a share, 0-d; NaN where one is."""
    return ((a - b).abs() / torch.maximum(a.abs(), b.abs()).clamp(min=1e-6)).max()
