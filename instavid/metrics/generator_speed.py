"""How fast the generator is: against the authors' code, or one call against one by one."""

from collections.abc import Callable
from typing import cast

import torch
from torch import Tensor, nn

from instagan.config import GeneratorConfig
from instagan.models.build import build_generator
from instagan.models.generators import SetGenerator
from instavid.errors import UsageError
from instavid.metrics.reference import as_call
from instavid.metrics.speed import time_in_turn, waiter
from instavid.metrics.speed_case import SpeedCase


def untrained_generator(*, width: int, blocks: int, device: torch.device) -> SetGenerator:
    """Return a generator with random weights, the same ones every time."""
    config = GeneratorConfig(base_width=width, blocks=blocks)
    rng = torch.Generator().manual_seed(0)
    return cast(SetGenerator, build_generator(config, rng=rng)).eval().to(device)


def compare_with_reference(
    ours: SetGenerator,
    theirs: nn.Module,
    *,
    masks: int,
    size: tuple[int, int],
    rounds: int,
    device: torch.device,
) -> SpeedCase:
    """Time the authors' generator and ours on one picture, in turn.

    Args:
        ours: See `untrained_generator`.
        theirs: See `instavid.metrics.reference.load_reference_generator`; one picture is all that
            it can take at once.
        masks: Instances of the picture.
        size: (height, width), px.
        rounds: Pairs of timings.
        device: Where both are.

    Raises:
        UsageError: Their generator fails.
    """
    image, instances = make_input(1, masks, size=size, device=device)
    baseline, candidate = as_call(theirs, image, instances), _our_call(ours, image, instances)
    try:
        expected = baseline()
    except Exception as error:  # whatever foreign code raises
        raise UsageError(f"the authors' generator fails: {error}") from error
    difference = _difference(expected, candidate())
    times = time_in_turn(baseline, candidate, rounds=rounds, wait=waiter(device))
    return SpeedCase(masks, 1, "authors", "instavid", times, difference)


def compare_batching(
    ours: SetGenerator,
    *,
    masks: int,
    size: tuple[int, int],
    batch: int,
    rounds: int,
    device: torch.device,
) -> SpeedCase:
    """Time our generator on pictures one by one and all at once, in turn."""
    image, instances = make_input(batch, masks, size=size, device=device)
    singles = [
        _our_call(ours, image[row : row + 1], instances[row : row + 1]) for row in range(batch)
    ]

    def one_by_one() -> Tensor:
        return torch.cat([call() for call in singles])

    together = _our_call(ours, image, instances)
    difference = _difference(one_by_one(), together())
    times = time_in_turn(one_by_one, together, rounds=rounds, wait=waiter(device))
    return SpeedCase(masks, batch, "one by one", "batched", times, difference)


def make_input(
    batch: int, masks: int, *, size: tuple[int, int], device: torch.device
) -> tuple[Tensor, Tensor]:
    """Return random pictures (B, 3, H, W) and boxes as masks (B, N, H, W), in [-1, 1]."""
    height, width = size
    rng = torch.Generator().manual_seed(0)
    image = torch.rand(batch, 3, height, width, generator=rng) * 2 - 1
    instances = torch.full((batch, masks, height, width), -1.0)
    for slot in range(masks):
        left = slot * width // (2 * masks)
        instances[:, slot, height // 4 : 3 * height // 4, left : left + width // 2] = 1.0
    return image.to(device), instances.to(device)


def _our_call(ours: SetGenerator, image: Tensor, masks: Tensor) -> Callable[[], Tensor]:
    # `valid` is left out, so that finding the masks in use counts, as it does in the authors' code.
    @torch.inference_mode()
    def call() -> Tensor:
        made = ours(image, masks)
        return torch.cat([made.image, made.masks], 1)

    return call


def _difference(a: Tensor, b: Tensor) -> float:
    if a.shape != b.shape:
        raise UsageError(f"the outputs differ in shape: {tuple(a.shape)} and {tuple(b.shape)}")
    return float((a - b).abs().max())
