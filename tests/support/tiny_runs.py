"""Training runs of seconds that use everything random or remembered that a run may have."""

import hashlib
from dataclasses import replace
from pathlib import Path

import torch
from torch import Tensor

from instagan.cards import Domain
from instagan.config import DiscriminatorConfig, GeneratorConfig, LossWeights, StepConfig
from instagan.data.batches import Variation
from instagan.data.crops import TrainingCrop
from instagan.training.config import Stage, TrainConfig
from instagan.training.saved_states import find_states
from instagan.windows import Window

CPU = torch.device("cpu")


def make_config(**changes) -> TrainConfig:
    """Return seven steps in two stages after a warm-up of two, of objects alone and in pictures."""
    base = TrainConfig(
        "dot2disc",
        Domain("dot", ("dot",)),
        Domain("disc", ("disc",)),
        stages=(Stage((16, 16), 4), Stage((20, 20), 3)),
        batch=2,
        generator=GeneratorConfig(base_width=2, blocks=1, mask_width=3),
        discriminator=DiscriminatorConfig(
            base_width=2, layers=1, norm="none", views=("picture", "object")
        ),
        step=StepConfig(ins_max=1, ins_per=1, pool_size=2, augment=("color", "cutout")),
        variation=Variation(mask_errors=0.5),
        ema=0.9,
        warm_up=2,
    )
    return replace(base, **changes)


def make_full_config(*, warm_up: int, stages: tuple[int, int], batch: int = 1) -> TrainConfig:
    """Return a run with every source of randomness and everything that a step may remember."""
    return make_config(
        stages=tuple(Stage((side, side), n) for side, n in zip((16, 20), stages, strict=True)),
        batch=batch,
        discriminator=DiscriminatorConfig(base_width=2, layers=1, views=("picture", "object")),
        step=StepConfig(
            ins_max=2,
            ins_per=1,
            order="random",
            pool_size=2,
            augment=("color", "translation", "cutout"),
            weights=LossWeights(mirror=1.0, temporal=1.0),
            clip=5.0,
        ),
        warm_up=warm_up,
        collapse_window=0,  # untrained masks are as bad as collapsed ones, and would not be saved
    )


def make_crops(count: int = 5, *, instances: int = 2) -> dict[str, list[TrainingCrop]]:
    """Return noise with boxes as masks, of both domains, the same each time."""
    rng = torch.Generator().manual_seed(0)

    def make() -> TrainingCrop:
        image = torch.randint(0, 256, (3, 24, 24), generator=rng).to(torch.uint8)
        masks = torch.zeros(instances, 24, 24, dtype=torch.bool)
        for index in range(instances):
            masks[index, 6 + 3 * index : 18, 6 : 18 - 4 * index] = True
        return TrainingCrop(image, masks, (Window(2, 2, 22, 22), Window(1, 3, 21, 23)))

    return {letter: [make() for _ in range(count)] for letter in ("A", "B")}


def newest_content(folder: Path) -> dict:
    """Return what the newest state of a run holds."""
    return torch.load(find_states(folder)[0], weights_only=True)


def fingerprint(folder: Path) -> str:
    """Return the SHA-256 of the newest state's values: weights, optimisers, randomness, all.

    Only the counts of the collapse guard are left out: it judges line by line of the log, and a
    stop ends a line.
    """
    content = newest_content(folder)
    digest = hashlib.sha256()
    _feed(digest, {key: value for key, value in content.items() if key != "guards"})
    return digest.hexdigest()


def weights_digest(folder: Path) -> str:
    """Return the SHA-256 of all weights: of the four networks and of the average."""
    content = newest_content(folder)
    digest = hashlib.sha256()
    _feed(digest, [content[key] for key in ("generators", "discriminators", "average")])
    return digest.hexdigest()


def _feed(digest, tree: object) -> None:
    if isinstance(tree, Tensor):
        digest.update(f"{tree.dtype} {tuple(tree.shape)}".encode() + tree.numpy().tobytes())
    elif isinstance(tree, dict):
        for key in tree:
            digest.update(repr(key).encode())
            _feed(digest, tree[key])
    elif isinstance(tree, list | tuple):
        for branch in tree:
            _feed(digest, branch)
    else:
        digest.update(repr(tree).encode())
