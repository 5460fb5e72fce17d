"""The settings of networks and training: frozen, checked, free of torch."""

import math
from dataclasses import dataclass, field
from typing import Literal

from instagan.errors import ConfigError

Direction = Literal["AtoB", "BtoA"]
MaskOrder = Literal["decreasing", "random"]

DIRECTIONS: tuple[Direction, Direction] = ("AtoB", "BtoA")


@dataclass(frozen=True)
class GeneratorConfig:
    """The shape of a generator; the defaults are those of the published weights."""

    kind: Literal["set", "resnet"] = "set"
    """"set" for InstaGAN's generator, "resnet" for CycleGAN's."""
    base_width: int = 64
    """Channels after the first convolution; the code has four times as many."""
    blocks: int = 9
    """Residual blocks of each encoder."""

    def __post_init__(self) -> None:
        _refuse(
            "generator",
            _unless(self.kind in ("set", "resnet"), "kind", self.kind, "'set' or 'resnet'"),
            _unless(_whole(self.base_width, 1, 1024), "base_width", self.base_width, "1 to 1024"),
            _unless(_whole(self.blocks, 0, 99), "blocks", self.blocks, "0 to 99"),
        )


@dataclass(frozen=True)
class DiscriminatorConfig:
    """The shape of a discriminator; the defaults are those of the paper's code."""

    kind: Literal["set", "patch"] = "set"
    """"set" judges an image with its masks, "patch" an image alone."""
    base_width: int = 64
    """Channels after the first convolution."""
    layers: int = 3
    """Stride-2 convolutions, each halving the picture."""

    def __post_init__(self) -> None:
        _refuse(
            "discriminator",
            _unless(self.kind in ("set", "patch"), "kind", self.kind, "'set' or 'patch'"),
            _unless(_whole(self.base_width, 1, 1024), "base_width", self.base_width, "1 to 1024"),
            _unless(_whole(self.layers, 1, 8), "layers", self.layers, "1 to 8"),
        )


@dataclass(frozen=True)
class LossWeights:
    """The factors of eq. 7, effective values: nothing multiplies them again."""

    cycle: float = 10.0
    """Factor of the cycle loss, eq. 4."""
    identity: float = 10.0
    """Factor of the identity loss, eq. 5."""
    context: float = 10.0
    """Factor of the context loss, eq. 6."""

    def __post_init__(self) -> None:
        _refuse(
            "loss weights",
            *(
                _unless(_number(value, 0.0, math.inf), name, value, "0 or more")
                for name, value in vars(self).items()
            ),
        )


@dataclass(frozen=True)
class StepConfig:
    """One optimisation step: mini-batches of instances, losses, optimisers."""

    ins_max: int = 4
    """Instances taken from each picture."""
    ins_per: int = 2
    """Instances translated at once: the mini-batch of eq. 8."""
    order: MaskOrder = "decreasing"
    """Order of the instances: by area, or shuffled."""
    weights: LossWeights = field(default_factory=LossWeights)
    """Factors of the losses."""
    pool_size: int = 50
    """Earlier fakes that a discriminator may be shown again; 0 for none."""
    learning_rate: float = 2e-4
    """Adam's step size, the same for generators and discriminators."""
    betas: tuple[float, float] = (0.5, 0.999)
    """Adam's decay rates."""

    def __post_init__(self) -> None:
        _refuse(
            "training step",
            _unless(_whole(self.ins_max, 1, 1000), "ins_max", self.ins_max, "1 to 1000"),
            _unless(_whole(self.ins_per, 1, 1000), "ins_per", self.ins_per, "1 to 1000"),
            _unless(
                self.order in ("decreasing", "random"),
                "order",
                self.order,
                "'decreasing' or 'random'",
            ),
            _unless(_whole(self.pool_size, 0, 10**6), "pool_size", self.pool_size, "0 or more"),
            _unless(
                _number(self.learning_rate, 0.0, 1.0),
                "learning_rate",
                self.learning_rate,
                "0 to 1",
            ),
            _unless(
                len(self.betas) == 2 and all(_number(b, 0.0, 0.999999) for b in self.betas),
                "betas",
                self.betas,
                "two numbers from 0 to below 1",
            ),
        )


def _whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _number(value: object, low: float, high: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and low <= value <= high  # type: ignore[operator, arg-type]


def _unless(holds: bool, name: str, value: object, allowed: str) -> str:
    return "" if holds else f"{name} is {value!r}, use {allowed}"


def _refuse(owner: str, *faults: str) -> None:
    """Raise every fault at once, so that nobody fixes a file in five rounds."""
    if found := [fault for fault in faults if fault]:
        raise ConfigError(f"Bad {owner} settings: {'; '.join(found)}.")
