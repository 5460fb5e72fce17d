"""Everything that changes during a run, and how it is saved and restored."""

import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from instagan.atomic import replace_files
from instagan.config import DIRECTIONS, Direction
from instagan.data.batches import CropStream
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DOMAIN_LETTERS, DomainLetter
from instagan.errors import ConfigError
from instagan.training.config import TrainConfig
from instagan.training.ema import WeightAverage, Weights
from instagan.training.steps import InstaGanTrainer, build_networks
from instagan.types import SetBatch

STATE_NAME = "state.pt"


@dataclass
class TrainingState:
    """A run between two steps."""

    trainer: InstaGanTrainer
    average: WeightAverage | None
    streams: Mapping[DomainLetter, CropStream]
    step: int = 0

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
) -> TrainingState:
    """Return the state before the first step."""
    rng = torch.Generator().manual_seed(config.seed)
    networks = build_networks(config.generator, config.discriminator, rng=rng)
    for network in (*networks.generators.values(), *networks.discriminators.values()):
        network.to(device=device, memory_format=torch.channels_last)  # type: ignore[call-overload]
    streams = {
        letter: CropStream(crops[letter], config.variation, seed=f"{config.seed} {letter}")
        for letter in DOMAIN_LETTERS
    }
    trainer = InstaGanTrainer(networks, config.step, seed=config.seed)
    state = TrainingState(trainer, None, streams)
    state.start_average(config)
    return state


def save_state(folder: Path, state: TrainingState) -> None:
    """Write the state to a run's folder; a crash leaves the old one or the new one."""
    buffer = io.BytesIO()
    torch.save(_content(state), buffer)
    replace_files(folder, {STATE_NAME: buffer.getvalue()}, last=STATE_NAME)


def load_state(folder: Path, state: TrainingState) -> None:
    """Bring a fresh state to where `save_state` was called.

    Raises:
        ConfigError: there is none, it cannot be read, or it is of another configuration.
    """
    path = folder / STATE_NAME
    try:
        content = torch.load(path, map_location="cpu", weights_only=True)
    except FileNotFoundError as fault:
        raise ConfigError(f"Nothing to resume in {folder}; start without --resume") from fault
    except Exception as fault:  # a damaged zip or pickle raises nearly anything
        raise ConfigError(f"{path} cannot be read ({fault}); start a new run") from fault
    try:
        _restore(content, state)
    except (KeyError, RuntimeError, ValueError) as fault:
        raise ConfigError(
            f"{path} is of a run with other networks ({fault}); resume with its own settings"
        ) from fault


def _content(state: TrainingState) -> dict[str, Any]:
    trainer = state.trainer
    return {
        "step": state.step,
        "generators": {d: trainer.networks.generators[d].state_dict() for d in DIRECTIONS},
        "discriminators": {d: trainer.networks.discriminators[d].state_dict() for d in DIRECTIONS},
        "optimizers": [trainer.optimizer_g.state_dict(), trainer.optimizer_d.state_dict()],
        "pools": {d: _pool_content(trainer, d) for d in DIRECTIONS},
        "rngs": [trainer.order_rng.get_state(), trainer.augment_rng.get_state()],
        "streams": {letter: stream.state() for letter, stream in state.streams.items()},
        "average": state.average and [state.average.updates, state.average.weights],
    }


def _pool_content(trainer: InstaGanTrainer, direction: Direction) -> dict[str, Any]:
    pool = trainer.pools[direction]
    samples = [[one.image, one.masks, one.valid] for one in pool.samples]
    return {"samples": samples, "rng": pool.rng.getstate()}


def _restore(content: Mapping[str, Any], state: TrainingState) -> None:
    trainer = state.trainer
    device = next(trainer.networks.generators["AtoB"].parameters()).device
    for direction in DIRECTIONS:
        trainer.networks.generators[direction].load_state_dict(content["generators"][direction])
        judge = trainer.networks.discriminators[direction]
        judge.load_state_dict(content["discriminators"][direction])
        pool = trainer.pools[direction]
        kept = content["pools"][direction]
        pool.samples = [
            SetBatch(image.to(device), masks.to(device), valid)
            for image, masks, valid in kept["samples"]
        ]
        version, inner, gauss = kept["rng"]
        pool.rng.setstate((version, tuple(inner), gauss))
    for optimizer, saved in zip(
        (trainer.optimizer_g, trainer.optimizer_d), content["optimizers"], strict=True
    ):
        optimizer.load_state_dict(saved)
    for rng, saved in zip((trainer.order_rng, trainer.augment_rng), content["rngs"], strict=True):
        rng.set_state(saved)
    for letter, stream in state.streams.items():
        stream.restore(content["streams"][letter])
    if state.average:
        state.average = WeightAverage(trainer.networks.generators, decay=state.average.decay)
    if state.average and content["average"]:
        state.average.updates, weights = content["average"]
        state.average.weights = {
            d: {name: tensor.to(device) for name, tensor in weights[d].items()} for d in DIRECTIONS
        }
    state.step = content["step"]
