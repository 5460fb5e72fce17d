"""What a save consists of, in an order that a crash cannot spoil."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch

from instagan.cards import Pair
from instagan.config import Direction
from instagan.data.crops import TrainingCrop
from instagan.data.layout import DomainLetter
from instagan.training.config import Stage, TrainConfig
from instagan.training.outcome import draw_previews, keep_best, keep_pair, present_generators
from instagan.training.run_folder import writing
from instagan.training.saved_states import save_state
from instagan.training.state import TrainingState
from instagan.training.yardstick import Yardstick


@dataclass(frozen=True)
class Saver:
    """Measures and writes a run as of now."""

    folder: Path
    config: TrainConfig
    crops: Mapping[DomainLetter, Sequence[TrainingCrop]]
    """Of both domains, for the previews."""
    yardstick: Yardstick | None
    """None: there are too few crops to measure on, and no best pair."""
    provenance: Mapping[str, str]
    device: torch.device
    keep: int
    """Saved states that stay."""

    def measure(self, state: TrainingState) -> dict[Direction, float]:
        """Return how far from real objects the present generators' are; see `Yardstick`."""
        if self.yardstick is None:
            return {}
        return self.yardstick.measure(present_generators(self.config, state))

    def save(
        self, state: TrainingState, stage: Stage, distances: Mapping[Direction, float]
    ) -> Pair:
        """Write the pair, if it is the best so far once more, the state, and previews.

        A run killed in between goes on from the state before, and writes the same again.

        Raises:
            WeightsError: the weights are not finite; the states are as they were.
            RunFolderError: the disk refuses.
        """
        folder, config = self.folder, self.config
        # The pair first: it refuses weights that are not finite, and the state stays good.
        pair = self.save_pair(state)
        with writing(folder):
            if self.yardstick and distances:
                crops = self.yardstick.digest
                keep_best(folder, config, state, self.provenance, distances=distances, crops=crops)
            save_state(folder, state, keep=self.keep)
            draw_previews(folder, config, state, self.crops, size=stage.size, device=self.device)
        return pair

    def save_pair(self, state: TrainingState) -> Pair:
        """Write the pair alone; raises as `save`."""
        with writing(self.folder):
            return keep_pair(self.folder, self.config, state, self.provenance)
