"""What a run leaves for people: the pair so far, the best one, and pictures of what it does."""

from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from torch import nn

from instagan.cards import Card, Pair
from instagan.config import DIRECTIONS, Direction
from instagan.data.batches import place
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DomainLetter, evenly
from instagan.pair_writing import save_pair
from instagan.training import log
from instagan.training.config import TrainConfig
from instagan.training.samples import draw_samples, save_picture
from instagan.training.state import Best, TrainingState
from instagan.training.yardstick import MEASURE, unvaried
from instagan.weights import restore

PREVIEWS = "previews"
_SHOWN = 8

Generators = Mapping[Direction, nn.Module]


def keep_pair(
    folder: Path,
    config: TrainConfig,
    state: TrainingState,
    provenance: Mapping[str, str],
    *,
    suffix: str = "",
) -> Pair:
    """Write the pair as of now into the run's folder, as float16, and return it."""
    own = {
        "steps": f"{state.step} of {config.steps}",
        "seed": str(config.seed),
        "time": f"{log.total_minutes(folder):.0f} minutes",
        "started from": state.origin,
        "skipped steps": str(state.skips.total or ""),
    }
    card = Card(
        name=config.name + suffix,
        architecture=config.generator,
        working_size=config.stages[-1].size,
        domain_a=config.domain_a,
        domain_b=config.domain_b,
        crop_margins={"AtoB": config.margins_a, "BtoA": config.margins_b},
        # A network that knows no instances translates its picture once, however many there are.
        ins_per=1000 if config.step.merge_masks else config.step.ins_per,
        provenance={key: text for key, text in {**own, **provenance}.items() if text},
    )
    weights = state.best_weights()
    return save_pair(folder / card.name, card, weights, half=True, overwrite=True)


def keep_best(
    folder: Path,
    config: TrainConfig,
    state: TrainingState,
    provenance: Mapping[str, str],
    *,
    distances: Mapping[Direction, float],
    crops: str,
) -> None:
    """Write the pair as NAME-best as well, if none before it came nearer to real objects.

    Args:
        distances: what `Yardstick.measure` says of the pair.
        crops: the `Yardstick`'s digest.
    """
    mean = sum(distances.values()) / len(distances)
    rival = state.best
    if rival and rival.crops == crops and rival.distance <= mean:
        return
    told = {f"{MEASURE} {d}": f"{value:.4f}" for d, value in distances.items()}
    keep_pair(folder, config, state, {**provenance, **told}, suffix="-best")
    state.best = Best(state.step, mean, crops)


def present_generators(config: TrainConfig, state: TrainingState) -> Generators:
    """Return what the pair as of now would load, where the run computes."""
    return {
        direction: restore(weights, config.generator, where=f"the {direction} generator")
        for direction, weights in state.best_weights().items()
    }


def draw_previews(
    folder: Path,
    config: TrainConfig,
    state: TrainingState,
    crops: Mapping[DomainLetter, Sequence[TrainingCrop]],
    *,
    size: tuple[int, int],
    device: torch.device,
) -> None:
    """Draw what the pair makes of some crops of both domains."""
    shown = {d: unvaried(evenly(crops[d[0]], _SHOWN), size=size) for d in DIRECTIONS}  # type: ignore[index]
    given = {direction: place(batch, device) for direction, batch in shown.items()}
    generators = present_generators(config, state)
    picture = draw_samples(generators, given, ins_per=config.step.ins_per)
    save_picture(preview_path(folder, state.step), picture)


def preview_path(folder: Path, step: int) -> Path:
    """Return where a run's folder has the preview of a step."""
    return folder / PREVIEWS / f"{step:07d}.png"
