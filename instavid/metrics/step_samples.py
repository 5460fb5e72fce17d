"""The paper's recipe at any size, and samples to take its training steps on."""

import torch

from instagan.cards import Domain
from instagan.config import DiscriminatorConfig, GeneratorConfig
from instagan.masks import BLANK, find_valid
from instagan.training.config import Stage, TrainConfig, apply_recipe
from instagan.types import SetBatch
from instavid.metrics.generator_speed import make_input

Samples = tuple[SetBatch, SetBatch]
"""As many of domain A as of domain B."""


def paper_config(*, size: tuple[int, int], width: int, blocks: int, batch: int) -> TrainConfig:
    """Return the paper's recipe for networks of a width, generators and discriminators alike.

    Raises:
        ConfigError: Pictures of that size cannot be trained on.
    """
    config = TrainConfig(
        name="bench",
        domain_a=Domain("a", ("a",)),
        domain_b=Domain("b", ("b",)),
        stages=(Stage(size, 1),),
        batch=batch,
        generator=GeneratorConfig(base_width=width, blocks=blocks),
        discriminator=DiscriminatorConfig(base_width=width),
    )
    return apply_recipe(config, "paper")


def make_samples(config: TrainConfig, *, masks: int, device: torch.device) -> Samples:
    """Return random pictures of both domains with boxes as masks, no two equally large."""
    height, _ = size = config.stages[0].size
    image, boxes = make_input(2 * config.batch, masks, size=size, device=device)
    # Of equally large instances nobody knows which comes first.
    for slot in range(masks):
        boxes[:, slot, : height // 4 + slot] = BLANK
    spare = boxes.new_full((len(boxes), config.step.ins_max - masks, *size), BLANK)
    slots = torch.cat([boxes, spare], 1)
    rows = torch.split(torch.arange(2 * config.batch), config.batch)
    both = SetBatch(image, slots, find_valid(slots).cpu())
    return both.rows(rows[0]), both.rows(rows[1])


def one_by_one(samples: Samples) -> list[Samples]:
    """Return each sample as a batch of its own."""
    a, b = samples
    return [(a.rows(row), b.rows(row)) for row in torch.arange(len(a.image))[:, None]]
