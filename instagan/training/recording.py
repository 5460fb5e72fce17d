"""What is noted of every step, and when it becomes a line of the log."""

import time
from collections.abc import Callable, Mapping
from pathlib import Path

from instagan.config import Direction
from instagan.training.config import Stage, TrainConfig
from instagan.training.log import Means, Progress, append
from instagan.training.run_folder import writing
from instagan.training.state import TrainingState
from instagan.training.steps import StepResult
from instagan.training.yardstick import MEASURE


class Recorder:
    """Sums up steps, writes them down a stretch at a time, and shows them to the run's guards."""

    def __init__(
        self,
        folder: Path,
        config: TrainConfig,
        state: TrainingState,
        on_progress: Callable[[Progress], None],
    ) -> None:
        self.folder = folder
        self.config = config
        self.state = state
        self.on_progress = on_progress
        self.means = Means()
        self.written, self.began = state.step, time.perf_counter()

    def add(self, result: StepResult) -> None:
        """Take in the step that the state has just made.

        Raises:
            CollapseError: too many in a row were left out.
        """
        self.means.add(result)
        self.state.skips.note(was_skipped=result.was_skipped, now=self.state.step)

    def write(self, stage: Stage, distances: Mapping[Direction, float]) -> None:
        """Write a line of all since the last one; `distances` are of the `Yardstick`, if any.

        Raises:
            CollapseError: the masks have collapsed, or a discriminator has diverged.
            RunFolderError: the disk refuses.
        """
        state, now = self.state, time.perf_counter()
        steps = state.step - self.written
        terms = self.means.take() | {f"{d}_{MEASURE}": far for d, far in distances.items()}
        seconds = (now - self.began) / steps
        progress = Progress(state.step, self.config.steps, stage.size[0], seconds, terms)
        with writing(self.folder):
            append(self.folder, progress)
        self.on_progress(progress)
        self.written, self.began = state.step, now
        state.collapse.check(terms, steps=steps, now=state.step)
