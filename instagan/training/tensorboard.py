"""A run's scalars and previews for TensorBoard."""

from collections.abc import Iterator
from contextlib import contextmanager
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
from PIL import Image

from instagan.errors import MissingPackageError
from instagan.training.log import Progress
from instagan.training.outcome import preview_path

if TYPE_CHECKING:
    from torch.utils.tensorboard import SummaryWriter

FOLDER = "tensorboard"
"""In a run's folder; `tensorboard --logdir RUN` finds it."""


class Board:
    """Writes what a run tells; its file is begun with the first of it."""

    def __init__(self, run: Path) -> None:
        self._run = run
        self._writer: SummaryWriter | None = None

    def progress(self, progress: Progress) -> None:
        """Write the means of a stretch of steps, one chart for each loss."""
        writer = self._writer_from(progress.step)
        for name, value in progress.terms.items():
            way, _, term = name.partition("_")
            writer.add_scalar(f"{term}/{way}", value, progress.step)
        writer.add_scalar("seconds_per_step", progress.seconds_per_step, progress.step)

    def saved(self, step: int) -> None:
        """Write the preview of a step."""
        writer = self._writer_from(step)
        with Image.open(preview_path(self._run, step)) as picture:
            pixels = np.asarray(picture.convert("RGB"))
        writer.add_image("preview", pixels, step, dataformats="HWC")
        writer.flush()

    def close(self) -> None:
        """Finish the file."""
        if self._writer:
            self._writer.close()

    def _writer_from(self, step: int) -> "SummaryWriter":
        if self._writer is None:
            from torch.utils.tensorboard import SummaryWriter

            # A run that resumes writes again what came after its state.
            self._writer = SummaryWriter(str(self._run / FOLDER), purge_step=step)
        return self._writer


@contextmanager
def open_board(run: Path) -> Iterator[Board]:
    """Yield a `Board` for a run's folder.

    Raises:
        MissingPackageError: tensorboard is not installed.
    """
    if find_spec("tensorboard") is None:
        raise MissingPackageError(
            "--tensorboard needs a package that is not installed: tensorboard; "
            "pip install 'instavid[tensorboard]' adds it"
        )
    board = Board(run)
    try:
        yield board
    finally:
        board.close()
