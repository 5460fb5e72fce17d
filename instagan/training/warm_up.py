"""Before the adversarial training: one generator learns to repeat what it is given."""

from collections.abc import Callable

import torch

from instagan import losses
from instagan.training.steps import Networks
from instagan.types import SetBatch

_RATE = 5e-4


def warm_up(
    networks: Networks,
    draw: Callable[[], SetBatch],
    *,
    steps: int,
    autocast: Callable[[], torch.autocast],
) -> float:
    """Train AtoB as an autoencoder of both domains, and let BtoA start from the same weights.

    Args:
        networks: generators are changed in place.
        draw: the next batch, of either domain.
        steps: updates.
        autocast: a fresh context for the precision of the run.

    Returns:
        The last L1 distance between input and output.
    """
    generator = networks.generators["AtoB"]
    optimizer = torch.optim.Adam(generator.parameters(), lr=_RATE)
    distance = torch.zeros(())
    for _ in range(steps):
        given = draw()
        optimizer.zero_grad()
        with autocast():
            same = generator(given.image, given.masks, given.valid)
        distance = losses.identity_loss(given, same)
        distance.backward()  # type: ignore[no-untyped-call]
        optimizer.step()
    networks.generators["BtoA"].load_state_dict(generator.state_dict())
    return float(distance.detach())
