"""instavid eval video: how steady and sharp a result is, and what else it changed."""

import json

import click

from instavid.cli.options import DAMAGED_INPUT
from instavid.cli.progress import counting


@click.command("video")
@click.argument("source")
@click.argument("result")
@click.option(
    "--masks", metavar="MATTE", help="What 'instavid run --save-masks' wrote for this result."
)
@click.option(
    "--reference",
    metavar="RESULT",
    help="Another result to compare sharpness with, such as an unsteadied one  "
    "[default: the source]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    source: str,
    result: str,
    masks: str | None,
    reference: str | None,
    as_json: bool,
) -> int:
    """Measure how steady and sharp a result is, and what else it changed.

    \b
    instavid run field.mp4 -p sheep2giraffe -o zoo.mkv --save-masks masks.mkv
    instavid eval video field.mp4 zoo.mkv --masks masks.mkv

    The warping error compares each frame with the one before, moved by the flow of the source, and
    is given as a ratio to that of the source: 1 is as steady as what was filmed. A blurred result
    is steady too, so sharpness stands beside it. Mask flicker is how much the new silhouettes
    change beyond the motion of their objects. Without --masks everything is of the whole frame.
    """
    from instavid.metrics.video_eval import VideoFiles, evaluate_video

    with counting("frame", quiet=ctx.obj["quiet"]) as counter:
        files = VideoFiles(source, result, masks=masks, reference=reference)
        report = evaluate_video(files, on_start=counter.start, on_frame=counter.step)
    click.echo(json.dumps(report.to_json()) if as_json else report.table())
    for warning in report.warnings:
        click.echo(f"instavid: {warning}", err=True)
    return DAMAGED_INPUT if report.warnings else 0
