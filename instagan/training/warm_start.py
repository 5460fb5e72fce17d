"""Generators that do not start from random weights but from those of a pair."""

from dataclasses import asdict

from instagan.cards import Pair
from instagan.config import DIRECTIONS, GeneratorConfig
from instagan.errors import ConfigError
from instagan.pairs import load_generator
from instagan.training.config import TrainConfig
from instagan.training.state import TrainingState


def start_from(pair: Pair, config: TrainConfig, state: TrainingState) -> None:
    """Give a fresh state the generators of a pair, and begin its average there.

    Args:
        pair: its card goes down in `state.origin`; discriminators are in no pair and stay new.
        config: of the run, without a warm-up, which would undo it.
        state: before its first step.

    Raises:
        ConfigError: the pair lacks a direction or has another architecture.
        PairError: its weights are missing or damaged.
    """
    card = pair.card
    if absent := [direction for direction in DIRECTIONS if direction not in card.weights]:
        raise ConfigError(
            f"Pair {card.name!r} has no {' and no '.join(absent)}; training starts both "
            "generators, so begin with a pair that has both"
        )
    there, here = (_shape(config) for config in (card.architecture, config.generator))
    if differing := [key for key in here if there[key] != here[key]]:
        told = ", ".join(f"{key} {there[key]} instead of {here[key]}" for key in differing)
        raise ConfigError(
            f"Pair {card.name!r} has generators of {told}; give the run the shape of the pair's"
        )
    for direction in DIRECTIONS:
        weights = load_generator(pair, direction).state_dict()
        state.trainer.networks.generators[direction].load_state_dict(weights)
    state.start_average(config)
    state.origin = f"{card.name}, {card.sha256}"


def _shape(config: GeneratorConfig) -> dict[str, object]:
    return {**asdict(config), "mask_width": config.mask_width or config.base_width}
