"""What is shown of a run while it runs: lines on stderr, its report, TensorBoard."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

if TYPE_CHECKING:
    from instagan.training.log import Progress
    from instagan.training.tensorboard import Board


@dataclass(frozen=True)
class Watchers:
    """What `instagan.training.loop.train` calls as a run goes on."""

    folder: Path
    quiet: bool
    board: "Board | None"

    def progress(self, progress: "Progress") -> None:
        """Tell of a stretch of steps."""
        if not self.quiet:
            _show(progress)
        if self.board:
            self.board.progress(progress)

    def saved(self, step: int) -> None:
        """Bring the report up to date; a run does not end for want of one."""
        from instagan.training.report import write_report

        try:
            write_report(self.folder, step=step)
        except OSError as fault:
            click.echo(f"going on without a report: {fault.strerror}", err=True)
        if self.board:
            self.board.saved(step)


@contextmanager
def watching(folder: Path, *, quiet: bool, tensorboard: bool) -> Iterator[Watchers]:
    """Yield what watches the run of a folder.

    Raises:
        MissingPackageError: TensorBoard is asked for and not installed.
    """
    from instagan.training.tensorboard import open_board

    with open_board(folder) if tensorboard else nullcontext() as board:
        yield Watchers(folder, quiet, board)


def _show(progress: "Progress") -> None:
    """Print one line; the discriminator's scores of real and fake come as judge REAL/FAKE."""
    from instagan.training.log import SKIPPED
    from instagan.training.yardstick import MEASURE

    def mean(name: str) -> float:
        return sum(progress.terms.get(f"{way}_{name}", 0.0) for way in ("AtoB", "BtoA")) / 2

    mmd = f"  mmd {mean(MEASURE):.4f}" if f"AtoB_{MEASURE}" in progress.terms else ""
    left_out = progress.terms.get(SKIPPED, 0)
    skipped = f"  skipped {left_out:.0f} steps" if left_out else ""
    minutes_left = (progress.total - progress.step) * progress.seconds_per_step / 60
    click.echo(
        f"{progress.step}/{progress.total} at {progress.height_px} px  "
        f"{progress.seconds_per_step:.2f} s/step, {minutes_left:.0f} min left  "
        f"gan {mean('adversarial'):.3f}  cycle {mean('cycle'):.3f}  "
        f"context {mean('context'):.3f}  "
        f"judge {mean('real_score'):.2f}/{mean('fake_score'):.2f}  "
        f"masks {mean('mask_area'):.1%}{mmd}{skipped}",
        err=True,
    )
