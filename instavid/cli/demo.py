"""instavid demo: sheep on a meadow become giraffes, and both are shown side by side."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instagan.cli.interrupts import catch_interrupts
from instavid.cli.progress import counting_in_lines

if TYPE_CHECKING:
    from instavid.demo import Demo, DemoReport, OnFrame


@click.command("demo")
@click.option(
    "-o",
    "--output",
    default="demo",
    type=click.Path(path_type=Path),
    metavar="DIR",
    help="Where to write the four files.",
)
@click.option("-y", "--overwrite", is_flag=True, help="Write into a folder that is not empty.")
@click.pass_context
def command(ctx: click.Context, *, output: Path, overwrite: bool) -> int:
    """Render a clip of sheep, turn them into giraffes, and show both.

    Uses only what comes with instavid: nothing is downloaded. Writes sheep.mp4, giraffes.mp4,
    side_by_side.mp4 and sheet.png, and prints how long each stage took.
    """
    began = time.monotonic()
    with catch_interrupts() as interrupts:
        try:
            demo, report = _show(output, overwrite=overwrite, quiet=ctx.obj["quiet"])
        except KeyboardInterrupt as stopped:
            click.echo(f"instavid: {stopped or 'stopped'}", err=True)
            return interrupts.exit_code
    if not ctx.obj["quiet"]:
        _tell(demo, report, seconds=time.monotonic() - began)
    return 0


def _show(folder: Path, *, overwrite: bool, quiet: bool) -> "tuple[Demo, DemoReport]":
    from instavid.demo import Demo, show_demo

    demo = Demo(folder)
    headings = {
        "render": f"rendering {demo.seconds:.0f} s of a meadow into {demo.source}",
        "run": demo.command,
        "compare": f"putting both side by side into {demo.side_by_side}",
    }

    @contextmanager
    def watch(stage: str) -> "Iterator[OnFrame]":
        if not quiet:
            click.echo(headings[stage], err=True)
        with counting_in_lines("frame", quiet=quiet) as on_frame:
            yield on_frame

    return demo, show_demo(demo, watch=watch, overwrite=overwrite)


def _tell(demo: "Demo", report: "DemoReport", *, seconds: float) -> None:
    for warning in report.warnings:
        click.echo(f"instavid: {warning}", err=True)
    for name, value in [*report.rows(), ("in all, with loading PyTorch", seconds)]:
        click.echo(f"{name:30}{value:6.1f} s")
    click.echo()
    for path, what in (
        (demo.source, "the sheep"),
        (demo.result, "the giraffes, made by the command above"),
        (demo.side_by_side, "both, with sound: look at this one"),
        (demo.sheet, "four moments of both"),
    ):
        click.echo(f"{path}  {what}")
