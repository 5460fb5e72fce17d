"""The demonstration: sheep on a rendered meadow become giraffes by what comes with instavid."""

import shlex
import time
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import TypeVar

from instavid.api import transfigure
from instavid.castings import choose_pairs
from instavid.datasets.files import claim_folder
from instavid.meadow.clip import write_clip
from instavid.meadow.sampling import sample_scene
from instavid.meadow.world import Scene
from instavid.metrics.side_by_side import CompareReport, compare_videos
from instavid.metrics.side_writer import CompareSettings
from instavid.run_report import RunReport
from instavid.segmenters.weights import find_weights
from instavid.selection import select

T = TypeVar("T")

SCENE_SEED, SHEEP = 222, 4
"""Never trained on: data sets take their scenes from 1,000,000 on. Of 6,000 scenes, one in which
every sheep stays in the picture with room above for a giraffe, one is near, three times two cross,
and the camera pans; and, of the best eight, one in which the segmenter loses no sheep."""

OnFrame = Callable[[int, int], None]
"""Called after each frame with the number done and the number in all."""
Watch = Callable[[str], AbstractContextManager[OnFrame]]
"""Entered for each stage, with its name."""


@dataclass(frozen=True)
class Demo:
    """What is shown, and where it is written."""

    folder: Path
    pair: str = "sheep2giraffe-meadow"
    seg_model: str = "meadow"
    seconds: float = 8.0
    height: int = 360
    """Px."""
    width: int = 640
    """Px."""

    @property
    def frames(self) -> int:
        """Return how many frames the clip has, at 25 per second."""
        return round(25 * self.seconds)

    @property
    def source(self) -> Path:
        """Return where the rendered clip goes."""
        return self.folder / "sheep.mp4"

    @property
    def result(self) -> Path:
        """Return where the clip with giraffes goes."""
        return self.folder / "giraffes.mp4"

    @property
    def side_by_side(self) -> Path:
        """Return where the video of both goes."""
        return self.folder / "side_by_side.mp4"

    @property
    def sheet(self) -> Path:
        """Return where the contact sheet goes."""
        return self.folder / "sheet.png"

    @property
    def command(self) -> str:
        """Return the command line that does what the middle stage does."""
        files = ["instavid", "run", str(self.source), "-o", str(self.result)]
        return shlex.join([*files, "-p", self.pair, "--seg-model", self.seg_model, "-y"])

    def scene(self) -> Scene:
        """Return what the clip shows."""
        return sample_scene(SCENE_SEED, count=SHEEP, aspect=self.width / self.height)


@dataclass(frozen=True)
class DemoReport:
    """What was made, and how long each stage took."""

    run: RunReport
    compared: CompareReport
    seconds: dict[str, float]
    """Of render, run and compare, in this order."""

    @property
    def warnings(self) -> tuple[str, ...]:
        """Return one sentence for each thing that a user should know."""
        return (*self.run.warnings, *self.compared.warnings, *self.compared.damage)

    def rows(self) -> list[tuple[str, float]]:
        """Return all stages and their seconds; those of the run work at the same time."""
        inner = [(f"  {name}", value) for name, value in self.run.counts.stage_seconds.items()]
        return [
            ("render", self.seconds["render"]),
            ("run", self.seconds["run"]),
            *inner,
            ("compare and sheet", self.seconds["compare"]),
        ]


def show_demo(demo: Demo, *, watch: Watch, overwrite: bool = False) -> DemoReport:
    """Render a clip, run the pair on it, and put both side by side.

    Args:
        demo: What to show.
        watch: Is told of each stage, "render", "run" and "compare", and of its frames.
        overwrite: Write into a folder that is not empty.

    Raises:
        PairError: The pair is missing or damaged.
        InstavidError: As `transfigure` and `compare_videos`, and if the folder is taken.
    """
    # What is missing is refused before a minute is spent.
    choose_pairs(select(demo.pair))
    find_weights(demo.seg_model)
    claim_folder(demo.folder, overwrite=overwrite)
    seconds: dict[str, float] = {}

    def timed(stage: str, work: Callable[[Demo, OnFrame], T]) -> T:
        began = time.monotonic()
        with watch(stage) as on_frame:
            made = work(demo, on_frame)
        seconds[stage] = time.monotonic() - began
        return made

    timed("render", _render)
    return DemoReport(timed("run", _run), timed("compare", _compare), seconds)


def _render(demo: Demo, on_frame: OnFrame) -> int:
    return write_clip(
        demo.source,
        demo.scene(),
        seconds=demo.seconds,
        height=demo.height,
        width=demo.width,
        overwrite=True,
        on_frame=on_frame,
    )


def _run(demo: Demo, on_frame: OnFrame) -> RunReport:
    return transfigure(
        demo.source,
        demo.result,
        pair=demo.pair,
        seg_model=demo.seg_model,
        overwrite=True,
        on_progress=lambda progress: on_frame(progress.frames, demo.frames),
    )


def _compare(demo: Demo, on_frame: OnFrame) -> CompareReport:
    settings = CompareSettings(
        videos=(str(demo.source), str(demo.result)),
        output=str(demo.side_by_side),
        sheet=str(demo.sheet),
        labels=("source", "result"),
        columns=4,
        overwrite=True,
    )
    done = count(1)
    return compare_videos(settings, on_frame=lambda: on_frame(next(done), demo.frames))
