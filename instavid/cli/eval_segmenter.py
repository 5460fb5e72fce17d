"""instavid eval segmenter: how well a segmenter finds and keeps the animals of rendered scenes."""

import json
import re

import click

from instavid.cli.options import device_option
from instavid.cli.progress import counting_in_lines


def _read_range(_: click.Context, parameter: click.Parameter, text: str) -> range:
    """Return A..B, both included."""
    match = re.fullmatch(r"(\d{1,9})\.\.(\d{1,9})", text)
    if match is None or int(match[1]) > int(match[2]):
        raise click.BadParameter(f"'{text}' is not A..B, such as 100..123", param=parameter)
    return range(int(match[1]), int(match[2]) + 1)


@click.command("segmenter")
@click.argument("weights")
@click.option(
    "--meadow-seeds",
    "seeds",
    callback=_read_range,
    default="100..123",
    metavar="A..B",
    help="Scenes to render; those from 1000000 on may have been trained on.",
)
@click.option("--frames", default=200, type=click.IntRange(1), help="Frames of each scene.")
@click.option(
    "--imgsz",
    type=click.IntRange(32, 4096),
    help="Longer side of what the segmenter sees, px  [default: as it was trained]",
)
@click.option(
    "--conf",
    default=0.25,
    type=click.FloatRange(0, 1),
    help="Confidence from which a detection counts.",
)
@device_option()
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads of the CPU that torch uses.")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    weights: str,
    seeds: range,
    frames: int,
    imgsz: int | None,
    conf: float,
    device: str,
    threads: int | None,
    as_json: bool,
) -> None:
    """Judge YOLO-seg weights on scenes whose truth is known.

    \b
    instavid eval segmenter meadow
    instavid eval segmenter runs/mine.pt --meadow-seeds 300..310 --json

    Animals count where they show 1/2000 of the frame or more; what others hide is not asked for.
    A switch is an animal that one track covers, and later another.
    """
    import torch

    from instavid.defaults import FLOOR_CONFIDENCE
    from instavid.devices import resolve_device
    from instavid.metrics.meadow_segmenter import JudgedScenes, judge_scene
    from instavid.metrics.segmenter_report import report_on
    from instavid.segmenters.yolo import YoloSegmenter

    if threads is not None:
        torch.set_num_threads(threads)
    segmenter = YoloSegmenter(
        weights,
        device=str(resolve_device(device)),
        imgsz=imgsz,
        conf=min(conf, FLOOR_CONFIDENCE),
        batch=1,
    )
    scenes = JudgedScenes(seeds, frames=frames)
    counts = []
    with counting_in_lines("scene", quiet=ctx.obj["quiet"]) as on_scene:
        for seed in seeds:
            counts.append(judge_scene(segmenter, scenes.source(seed), conf=conf))
            on_scene(len(counts), len(seeds))
    report = report_on(counts)
    click.echo(json.dumps(report.to_json()) if as_json else report.table())
