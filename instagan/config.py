"""The settings of networks and training: frozen, checked, free of torch."""

import math
from dataclasses import dataclass, field
from typing import Literal

from instagan.errors import ConfigError

Direction = Literal["AtoB", "BtoA"]
MaskOrder = Literal["decreasing", "random"]
GeneratorKind = Literal["set", "resnet", "resnet-seg"]
JudgeKind = Literal["set", "patch", "patch-seg"]
View = Literal["picture", "object", "crop"]
Augmentation = Literal["color", "translation", "cutout"]
Precision = Literal["float32", "bfloat16"]

DIRECTIONS: tuple[Direction, Direction] = ("AtoB", "BtoA")
GENERATOR_KINDS: tuple[GeneratorKind, ...] = ("set", "resnet", "resnet-seg")
JUDGE_KINDS: tuple[JudgeKind, ...] = ("set", "patch", "patch-seg")
VIEWS: tuple[View, ...] = ("picture", "object", "crop")
MOST_SHARPEN = 10.0
"""The most detail that may be added, see `instagan.pixels.sharpened`."""
AUGMENTATIONS: tuple[Augmentation, ...] = ("color", "translation", "cutout")


@dataclass(frozen=True)
class GeneratorConfig:
    """The shape of a generator; the defaults are those of the published weights."""

    kind: GeneratorKind = "set"
    """"set" for InstaGAN's generator, "resnet" for CycleGAN's, "resnet-seg" for that with all masks
    as one more channel."""
    base_width: int = 64
    """Channels after the first convolution; the code has four times as many."""
    blocks: int = 9
    """Residual blocks of each encoder."""
    mask_width: int | None = None
    """Like base_width, for the mask encoder; None: the same. Masks need fewer than pictures."""
    upsampling: Literal["resize"] | None = None
    """How decoders double a picture's sides: None by transposed convolutions, as in the authors'
    code, "resize" by repeating pixels and a convolution, which leaves no checkerboard."""

    def __post_init__(self) -> None:
        refuse(
            "generator",
            unless(
                self.mask_width is None or is_whole(self.mask_width, 1, 1024),
                "mask_width",
                self.mask_width,
                "1 to 1024, or leave it out",
            ),
            unless(self.kind in GENERATOR_KINDS, "kind", self.kind, f"one of {GENERATOR_KINDS}"),
            unless(
                self.upsampling in (None, "resize"),
                "upsampling",
                self.upsampling,
                "'resize', or leave it out",
            ),
            unless(is_whole(self.base_width, 1, 1024), "base_width", self.base_width, "1 to 1024"),
            unless(is_whole(self.blocks, 0, 99), "blocks", self.blocks, "0 to 99"),
        )


@dataclass(frozen=True)
class DiscriminatorConfig:
    """The shape of a discriminator; the defaults are those of the paper's code."""

    kind: JudgeKind = "set"
    """"set" judges an image with its masks, "patch" an image alone, "patch-seg" that with all masks
    as one more channel."""
    base_width: int = 64
    """Channels after the first convolution."""
    layers: int = 3
    """Stride-2 convolutions, each halving the picture."""
    norm: Literal["spectral", "none"] = "spectral"
    """"spectral" norm on every convolution with instance norm, as in the authors' code, or
    "none" of both, which learns much faster from a few hundred pictures."""
    views: tuple[View, ...] = ("picture",)
    """What is judged, each by a network: the "picture" with its masks, the "object" alone, or the
    object's "crop", alone and always equally large. See `instagan.models.views.show`."""

    def __post_init__(self) -> None:
        refuse(
            "discriminator",
            unless(self.kind in JUDGE_KINDS, "kind", self.kind, f"one of {JUDGE_KINDS}"),
            unless(is_whole(self.base_width, 1, 1024), "base_width", self.base_width, "1 to 1024"),
            unless(is_whole(self.layers, 1, 8), "layers", self.layers, "1 to 8"),
            unless(self.norm in ("spectral", "none"), "norm", self.norm, "'spectral' or 'none'"),
            unless(_some_of(self.views, VIEWS), "views", self.views, f"some of {VIEWS}"),
        )


@dataclass(frozen=True)
class LossWeights:
    """The factors of eq. 7, effective values: nothing multiplies them again."""

    adversarial: float = 1.0
    """Factor of the adversarial loss, eq. 3."""
    cycle: float = 10.0
    """Factor of the cycle loss, eq. 4."""
    identity: float = 10.0
    """Factor of the identity loss, eq. 5."""
    context: float = 10.0
    """Factor of the context loss, eq. 6."""
    mirror: float = 0.0
    """Factor of the mirror loss, which is not the paper's; see `instagan.losses.mirror_loss`."""
    temporal: float = 0.0
    """Factor of the temporal loss, not the paper's either; see `instagan.losses.temporal_loss`."""

    def __post_init__(self) -> None:
        refuse(
            "loss weights",
            *(
                unless(is_number(value, 0.0, math.inf), name, value, "0 or more")
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
    merge_masks: bool = False
    """Take all instances as one: for networks that see no instances."""
    order: MaskOrder = "decreasing"
    """Order of the instances: by area, or shuffled."""
    weights: LossWeights = field(default_factory=LossWeights)
    """Factors of the losses."""
    pool_size: int = 50
    """Earlier fakes that a discriminator may be shown again; 0 for none."""
    learning_rate: float = 2e-4
    """Adam's step size of the generators."""
    discriminator_rate: float | None = None
    """Adam's step size of the discriminators; None: that of the generators."""
    betas: tuple[float, float] = (0.5, 0.999)
    """Adam's decay rates."""
    normalize_context: bool = False
    """Take the context loss's mean over the background, so that large objects do not weaken it."""
    augment: tuple[Augmentation, ...] = ()
    """Differentiable augmentation of all that discriminators see (Zhao et al. 2020)."""
    clip: float = 0.0
    """Largest L2 norm of each network's gradient, which longer ones are scaled to; 0: no limit."""
    precision: Precision = "float32"
    """"bfloat16" computes convolutions in half the bits (autocast)."""

    def __post_init__(self) -> None:
        refuse(
            "training step",
            unless(is_whole(self.ins_max, 1, 1000), "ins_max", self.ins_max, "1 to 1000"),
            unless(is_whole(self.ins_per, 1, 1000), "ins_per", self.ins_per, "1 to 1000"),
            unless(
                self.order in ("decreasing", "random"),
                "order",
                self.order,
                "'decreasing' or 'random'",
            ),
            unless(is_whole(self.pool_size, 0, 10**6), "pool_size", self.pool_size, "0 or more"),
            unless(
                is_number(self.learning_rate, 0.0, 1.0),
                "learning_rate",
                self.learning_rate,
                "0 to 1",
            ),
            unless(
                self.discriminator_rate is None or is_number(self.discriminator_rate, 0.0, 1.0),
                "discriminator_rate",
                self.discriminator_rate,
                "0 to 1",
            ),
            unless(
                self.augment == () or _some_of(self.augment, AUGMENTATIONS),
                "augment",
                self.augment,
                f"some of {AUGMENTATIONS}",
            ),
            unless(is_number(self.clip, 0.0, math.inf), "clip", self.clip, "0 or more"),
            unless(
                self.precision in ("float32", "bfloat16"),
                "precision",
                self.precision,
                "'float32' or 'bfloat16'",
            ),
            unless(
                len(self.betas) == 2 and all(is_number(b, 0.0, 0.999999) for b in self.betas),
                "betas",
                self.betas,
                "two numbers from 0 to below 1",
            ),
        )

    @property
    def rate_of_judges(self) -> float:
        """The discriminators' step size."""
        own = self.discriminator_rate
        return self.learning_rate if own is None else own


def is_whole(value: object, low: int, high: int) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and low <= value <= high


def _some_of(values: object, allowed: tuple[str, ...]) -> bool:
    if not isinstance(values, tuple) or not values:
        return False
    return all(value in allowed for value in values) and len(values) == len(set(values))


def is_number(value: object, low: float, high: float) -> bool:
    is_number = isinstance(value, int | float) and not isinstance(value, bool)
    return is_number and math.isfinite(value) and low <= value <= high  # type: ignore[operator, arg-type]


def unless(holds: bool, name: str, value: object, allowed: str) -> str:
    return "" if holds else f"{name} is {value!r}, use {allowed}"


def refuse(owner: str, *faults: str) -> None:
    """Raise every fault at once, so that nobody fixes a file in five rounds."""
    if found := [fault for fault in faults if fault]:
        raise ConfigError(f"Bad {owner} settings: {'; '.join(found)}.")
