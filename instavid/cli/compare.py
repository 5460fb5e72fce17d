"""instavid compare: videos side by side, or on a contact sheet."""

from typing import TYPE_CHECKING, Any

import click

from instagan.cli.interrupts import catch_interrupts
from instavid.cli.options import DAMAGED_INPUT, encoder_options, split_classes, split_pairs
from instavid.cli.progress import counting

if TYPE_CHECKING:
    from instavid.metrics.side_by_side import CompareReport


@click.command("compare")
@click.argument("videos", nargs=-1, required=True)
@click.option("-o", "--output", metavar="PATH", help="Video of all of them side by side.")
@click.option("--sheet", metavar="FILE.png", help="Sheet with a row for each and times as columns.")
@click.option("--columns", default=6, type=click.IntRange(1, 100), help="Frames in a row of it.")
@click.option("--labels", metavar="NAME,...", help="Captions, one for each  [default: none]")
@encoder_options
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Put videos side by side, or on a contact sheet.

    \b
    instavid compare field.mp4 zoo.mp4 -o side.mp4 --labels before,after
    instavid compare field.mp4 zoo.mp4 --sheet sheet.png

    Frames are paired by number and scaled to the height of the first video. Its time stamps and
    its sound are kept. The shortest video ends it. One video alone can have a sheet.
    """
    with catch_interrupts() as interrupts:
        try:
            report = _compare(options, quiet=ctx.obj["quiet"])
        except KeyboardInterrupt:
            click.echo("instavid: stopped", err=True)
            return interrupts.exit_code
    for warning in (*report.warnings, *report.damage):
        click.echo(f"instavid: {warning}", err=True)
    if not ctx.obj["quiet"]:
        for path in (report.video.path if report.video else None, report.sheet):
            if path is not None:
                click.echo(f"{path}: {report.frames} frames compared")
    return DAMAGED_INPUT if report.damage else 0


def _compare(options: dict[str, Any], *, quiet: bool) -> "CompareReport":
    from instavid.metrics.side_by_side import compare_videos
    from instavid.metrics.side_writer import CompareSettings

    settings = CompareSettings(
        videos=options["videos"],
        labels=split_classes(options["labels"]),
        encoding={
            **{name: options[name] for name in ("codec", "crf", "preset", "pix_fmt")},
            "options": split_pairs(options["encoder_option"]),
        },
        **{name: options[name] for name in ("output", "sheet", "columns", "overwrite")},
    )
    with counting("frame", quiet=quiet) as counter:
        return compare_videos(settings, on_start=counter.start, on_frame=counter.step)
