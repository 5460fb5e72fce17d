"""The settings of a whole training run, and the recipes to start from."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from typing import Literal

from instagan.cards import CropMargins, Domain, is_name
from instagan.config import (
    DiscriminatorConfig,
    GeneratorConfig,
    LossWeights,
    StepConfig,
    is_number,
    is_whole,
    refuse,
    unless,
)
from instagan.data.batches import Variation

Recipe = Literal["paper", "cyclegan", "cyclegan-seg", "small", "video"]


@dataclass(frozen=True)
class Stage:
    """A part of a run at one picture size."""

    size: tuple[int, int]
    """(height, width) of the pictures, px; multiples of 4."""
    steps: int
    """Batches in this stage."""

    def __post_init__(self) -> None:
        sides = all(is_whole(side, 16, 2048) and side % 4 == 0 for side in self.size)
        refuse(
            "stage",
            unless(sides, "size", self.size, "multiples of 4 from 16 to 2048"),
            unless(is_whole(self.steps, 1, 10**9), "steps", self.steps, "1 or more"),
        )


@dataclass(frozen=True)
class TrainConfig:
    """Everything that decides what a run computes."""

    name: str
    """Of the pair."""
    domain_a: Domain
    """What AtoB starts from."""
    domain_b: Domain
    """What AtoB makes."""
    margins_a: CropMargins = field(default_factory=CropMargins)
    """Around objects of domain A, so that what AtoB makes of them has room."""
    margins_b: CropMargins = field(default_factory=CropMargins)
    """Around objects of domain B."""
    stages: tuple[Stage, ...] = (Stage((200, 200), 100_000),)
    """One after the other; the last one's size is the pair's working size."""
    batch: int = 1
    """Pictures of each domain in a step."""
    seed: int = 0
    """Of weights, order, variation and histories."""
    generator: GeneratorConfig = field(default_factory=GeneratorConfig)
    """The shape of both generators."""
    discriminator: DiscriminatorConfig = field(default_factory=DiscriminatorConfig)
    """The shape of the discriminators."""
    step: StepConfig = field(default_factory=StepConfig)
    """Losses and optimisers."""
    variation: Variation = field(default_factory=Variation)
    """What differs each time a picture is shown."""
    decay: float = 0.5
    """Share of the run, at its end, over which the learning rates fall to zero."""
    ema: float = 0.0
    """How much of the running average of the generators stays at each step; 0 for none."""
    warm_up: int = 0
    """Steps in which one generator learns to repeat its input before both start from it."""
    collapse_window: int = 500
    """Steps in a row with masks empty, or as large as the picture, that end the run; 0: never."""
    skip_limit: int = 50
    """Steps in a row, left out as a loss or gradient was not finite, that end the run; 0: never."""
    compile: bool = False
    """Compile the networks: minutes at the start of a stage, then up to several times faster."""

    def __post_init__(self) -> None:
        # Stride-2 convolutions halve a side each; the last two take one pixel each, and one stays.
        # A close-up has half the picture's sides.
        least = 3 * 2**self.discriminator.layers * (1 + ("crop" in self.discriminator.views))
        smallest = min((side for stage in self.stages for side in stage.size), default=least)
        refuse(
            "training",
            unless(smallest >= least, "smallest side", smallest, f"{least} px or more"),
            unless(is_name(self.name), "name", self.name, "letters, digits, '.', '-' and '_'"),
            unless(len(self.stages) > 0, "stages", self.stages, "one or more"),
            unless(is_whole(self.batch, 1, 4096), "batch", self.batch, "1 to 4096"),
            unless(is_whole(self.seed, 0, 2**62), "seed", self.seed, "0 or more"),
            unless(is_number(self.decay, 0, 1), "decay", self.decay, "0 to 1"),
            unless(is_number(self.ema, 0, 0.999999), "ema", self.ema, "0 to below 1"),
            unless(is_whole(self.warm_up, 0, 10**6), "warm_up", self.warm_up, "0 or more"),
            unless(
                is_whole(self.collapse_window, 0, 10**9),
                "collapse_window",
                self.collapse_window,
                "0 or more",
            ),
            unless(is_whole(self.skip_limit, 0, 10**9), "skip_limit", self.skip_limit, "0 or more"),
        )

    @property
    def steps(self) -> int:
        """Batches of the whole run."""
        return sum(stage.steps for stage in self.stages)

    @property
    def largest_size(self) -> tuple[int, int]:
        """(height, width) that holds every stage, px."""
        heights, widths = zip(*(stage.size for stage in self.stages), strict=True)
        return max(heights), max(widths)


def apply_recipe(config: TrainConfig, recipe: Recipe) -> TrainConfig:
    """Return the config with what a recipe decides.

    "paper": InstaGAN as published (section 3 and the authors' code): these defaults.
    "cyclegan": the picture alone (Zhu et al. 2017), by the same trainer and with the same
    discriminators but for the masks; "cyclegan-seg": that with all masks as a fourth channel.
    "small": for a few hundred pictures and a small network. No norm in the discriminators
    and no augmentation of their input: either kept them from learning on such data. They
    learn faster than the generators, and see the object alone. Without a norm they may diverge
    after thousands of good steps, hence the clipped gradients. See docs/quality.md.
    "video": the paper's losses and discriminators with the networks of "small", and what shall make
    it steady from frame to frame. See docs/training.md.
    """
    return _RECIPES[recipe](config)


def _cyclegan(config: TrainConfig) -> TrainConfig:
    return replace(
        config,
        generator=GeneratorConfig(kind="resnet"),
        discriminator=DiscriminatorConfig(kind="patch"),
        step=StepConfig(
            ins_max=1,
            ins_per=1,
            merge_masks=True,
            weights=LossWeights(cycle=10.0, identity=5.0, context=0.0),
        ),
    )


def _cyclegan_seg(config: TrainConfig) -> TrainConfig:
    return replace(
        _cyclegan(config),
        generator=GeneratorConfig(kind="resnet-seg"),
        discriminator=DiscriminatorConfig(kind="patch-seg"),
    )


def _small(config: TrainConfig) -> TrainConfig:
    return replace(
        config,
        stages=(Stage((64, 64), 8_000), Stage((96, 96), 6_000)),
        batch=2,
        generator=GeneratorConfig(base_width=24, blocks=4, mask_width=12),
        discriminator=DiscriminatorConfig(base_width=32, norm="none", views=("object",)),
        step=StepConfig(
            ins_max=1,
            ins_per=1,
            weights=LossWeights(adversarial=2.0, cycle=2.5, identity=0.0, context=5.0),
            learning_rate=1.5e-4,
            discriminator_rate=4e-4,
            normalize_context=True,
            clip=5.0,
            precision="bfloat16",
        ),
        decay=0.25,
        ema=0.999,
        warm_up=250,
        compile=True,
    )


def _video(config: TrainConfig) -> TrainConfig:
    small = _small(config)
    return replace(
        config,
        stages=small.stages,
        generator=small.generator,
        discriminator=DiscriminatorConfig(base_width=32),
        step=StepConfig(weights=LossWeights(temporal=5.0), precision="bfloat16"),
        variation=replace(config.variation, mask_errors=0.3),
        ema=0.999,
        compile=True,
    )


_RECIPES: dict[Recipe, Callable[[TrainConfig], TrainConfig]] = {
    "paper": lambda config: config,
    "cyclegan": _cyclegan,
    "cyclegan-seg": _cyclegan_seg,
    "small": _small,
    "video": _video,
}
