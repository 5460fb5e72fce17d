"""A running average of the generators' weights, which is what a finished run keeps."""

from collections.abc import Mapping

import torch
from torch import Tensor, nn

from instagan.config import Direction

Weights = dict[Direction, dict[str, Tensor]]


class WeightAverage:
    """The exponential moving average of generators (Yazici et al. 2019).

    Args:
        generators: averaged from their present weights on.
        decay: how much of the average stays at each update. Early updates keep less, so that
            the first weights do not linger.
    """

    def __init__(self, generators: Mapping[Direction, nn.Module], *, decay: float) -> None:
        self.decay = decay
        self.updates = 0
        self.weights: Weights = {
            direction: {name: tensor.clone() for name, tensor in network.state_dict().items()}
            for direction, network in generators.items()
        }

    @torch.no_grad()
    def update(self, generators: Mapping[Direction, nn.Module]) -> None:
        """Move towards the present weights."""
        self.updates += 1
        decay = min(self.decay, (1 + self.updates) / (10 + self.updates))
        for direction, network in generators.items():
            now = network.state_dict()
            mean = self.weights[direction]
            torch._foreach_lerp_([mean[n] for n in now], list(now.values()), 1 - decay)
