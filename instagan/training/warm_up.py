"""Before the adversarial training: one generator learns to repeat what it is given."""

from collections.abc import Mapping
from typing import Any

import torch

from instagan import losses
from instagan.training.finite import all_finite, shorten_gradient
from instagan.training.steps import InstaGanTrainer
from instagan.types import SetBatch

_RATE = 5e-4


class WarmUp:
    """Trains AtoB as an autoencoder of both domains; then BtoA starts from the same weights.

    Args:
        trainer: whose generators are changed in place.
        steps: updates, 1 or more.
    """

    def __init__(self, trainer: InstaGanTrainer, *, steps: int) -> None:
        self.trainer = trainer
        self.steps = steps
        self.done = 0
        self.optimizer = torch.optim.Adam(self._generator.parameters(), lr=_RATE)

    @property
    def is_over(self) -> bool:
        """Whether all steps are done."""
        return self.done >= self.steps

    def step(self, given: SetBatch) -> None:
        """Learn from one batch, of either domain; a loss that is not finite changes nothing."""
        self.optimizer.zero_grad()
        with self.trainer.autocast():
            same = self._generator(given.image, given.masks, given.valid)
        distance = losses.identity_loss(given, same)
        distance.backward()  # type: ignore[no-untyped-call]
        if all_finite([distance.detach(), shorten_gradient(self._generator, limit=0)]):
            self.optimizer.step()
        self.done += 1
        if self.is_over:
            back = self.trainer.networks.generators["BtoA"]
            back.load_state_dict(self._generator.state_dict())

    def content(self) -> dict[str, Any]:
        """Return what `restore` needs to go on, besides the generator's weights."""
        return {"done": self.done, "optimizer": self.optimizer.state_dict()}

    def restore(self, content: Mapping[str, Any]) -> None:
        """Go on where `content` was taken."""
        self.done = content["done"]
        self.optimizer.load_state_dict(content["optimizer"])

    @property
    def _generator(self) -> torch.nn.Module:
        return self.trainer.networks.generators["AtoB"]
