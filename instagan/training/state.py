"""Everything that changes during a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import torch

from instagan.config import DIRECTIONS
from instagan.data.batches import CropStream
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DOMAIN_LETTERS, DomainLetter
from instagan.training.collapse import CollapseGuard
from instagan.training.config import TrainConfig
from instagan.training.ema import WeightAverage, Weights
from instagan.training.finite import SkipGuard
from instagan.training.sharing import Sharing
from instagan.training.steps import InstaGanTrainer, build_networks
from instagan.training.warm_up import WarmUp


@dataclass(frozen=True)
class Best:
    """The save whose generators came nearest to real objects so far; see `Yardstick`."""

    step: int
    distance: float
    crops: str
    """A digest of what was measured on: distances on other crops are no competition."""


@dataclass
class TrainingState:
    """A run between two steps."""

    trainer: InstaGanTrainer
    average: WeightAverage | None
    streams: Mapping[DomainLetter, CropStream]
    warm_up: WarmUp | None
    """None once it is over."""
    collapse: CollapseGuard
    skips: SkipGuard
    best: Best | None = None
    origin: str = ""
    """The pair that the generators started from, for the card; empty: from random weights."""
    step: int = 0

    @property
    def is_alarmed(self) -> bool:
        """Whether something is wrong at present that may pass, or end the run."""
        return self.collapse.is_alarmed or self.skips.is_alarmed

    def best_weights(self) -> Weights:
        """Return the averaged weights where there are any, else the present ones."""
        if self.average:
            return self.average.weights
        generators = self.trainer.networks.generators
        return {d: dict(generators[d].state_dict()) for d in DIRECTIONS}

    def start_average(self, config: TrainConfig) -> None:
        """Let the average begin at the present weights."""
        generators = self.trainer.networks.generators
        self.average = WeightAverage(generators, decay=config.ema) if config.ema else None


def begin(
    config: TrainConfig,
    crops: Mapping[DomainLetter, Sequence[TrainingCrop]],
    *,
    device: torch.device,
    sharing: Sharing | None = None,
) -> TrainingState:
    """Return the state before the first step; see `InstaGanTrainer` for `sharing`."""
    rng = torch.Generator().manual_seed(config.seed)
    networks = build_networks(config.generator, config.discriminator, rng=rng)
    for network in (*networks.generators.values(), *networks.discriminators.values()):
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    streams = {
        letter: CropStream(crops[letter], config.variation, seed=f"{config.seed} {letter}")
        for letter in DOMAIN_LETTERS
    }
    trainer = InstaGanTrainer(networks, config.step, seed=config.seed, sharing=sharing)
    state = TrainingState(
        trainer,
        None,
        streams,
        WarmUp(trainer, steps=config.warm_up) if config.warm_up else None,
        CollapseGuard(config.collapse_window),
        SkipGuard(config.skip_limit),
    )
    state.start_average(config)
    return state
