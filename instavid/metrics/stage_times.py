"""The times of stages, and the clock that takes them."""

from collections.abc import Callable
from dataclasses import dataclass, field
from statistics import median
from typing import TypeVar

from instavid.metrics.speed import time_passes

T = TypeVar("T")


@dataclass(frozen=True)
class StageTime:
    """What one stage took."""

    stage: str
    frames: int
    """Frames of each pass: what is slow gets fewer of them."""
    pass_seconds: tuple[float, ...]

    @property
    def ms_per_frame(self) -> float:
        """Return the median over the passes."""
        return 1000 * median(self.pass_seconds) / self.frames

    @property
    def fps(self) -> float:
        """Return frames per second."""
        return 1000 / self.ms_per_frame


@dataclass(frozen=True)
class StageTimes:
    """What all stages took, and what they had to do."""

    rows: tuple[StageTime, ...]
    frames: int
    instances: int
    """Followed instances, over all frames."""
    translated_frames: int
    translated_crops: int
    scripted: bool
    """True where nothing was segmented, and two moving ellipses stood for what would be found."""


@dataclass(frozen=True)
class StageClock:
    """Times stages and keeps the list."""

    passes: int = 3
    limit_seconds: float = 20.0
    """About how long one stage may take."""
    wait: Callable[[], None] = lambda: None
    rows: list[StageTime] = field(default_factory=list)

    def time(self, stage: str, frames: int, work: Callable[[], T]) -> T:
        """Run the work of a stage several times and return what it made."""
        return self.time_prepared(stage, frames, lambda: work)

    def time_prepared(self, stage: str, frames: int, prepare: Callable[[], Callable[[], T]]) -> T:
        """Do the same with work that is prepared, off the clock, before each pass."""
        made, seconds = time_passes(
            prepare, passes=self.passes, limit_seconds=self.limit_seconds, wait=self.wait
        )
        self.rows.append(StageTime(stage, frames, seconds))
        return made
