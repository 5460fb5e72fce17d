"""instavid bench: the speed of the generator, of every stage and of a training step."""

import json
import re
from typing import Any

import click

from instavid.cli.options import device_option


def _read_size(_: click.Context, parameter: click.Parameter, text: str) -> tuple[int, int]:
    """Return HEIGHTxWIDTH as (height, width)."""
    match = re.fullmatch(r"(\d{1,5})x(\d{1,5})", text)
    if match is None or min(int(match[1]), int(match[2])) < 16:
        raise click.BadParameter(
            f"'{text}' is not HEIGHTxWIDTH, 16 or more each, such as 200x200", param=parameter
        )
    return int(match[1]), int(match[2])


def _read_counts(_: click.Context, parameter: click.Parameter, text: str) -> tuple[int, ...]:
    """Return whole numbers from 1 on, separated by commas."""
    if not re.fullmatch(r"[1-9]\d{0,2}(,[1-9]\d{0,2})*", text):
        raise click.BadParameter(
            f"'{text}' is no list of numbers from 1 on, such as 1,2,4", param=parameter
        )
    return tuple(int(part) for part in text.split(","))


@click.command("bench")
@click.option(
    "--against",
    metavar="PATH",
    help="Checkout of the InstaGAN authors' repository to compare with. Its models/networks.py, or "
    "for the training step its models/insta_gan_model.py, is run as it is: give only what you "
    "trust.",
)
@click.option(
    "--only",
    type=click.Choice(["generator", "stages", "step"]),
    help="Measure this part only; a training step only on request  [default: generator and stages]",
)
@click.option(
    "--size", callback=_read_size, default="200x200", metavar="HxW", help="What the networks see."
)
@click.option(
    "--masks", callback=_read_counts, default="1,2,4", metavar="N,...", help="Instances, by case."
)
@click.option("--width", type=click.IntRange(1, 512), default=64, help="Width of the networks.")
@click.option("--blocks", type=click.IntRange(0, 99), default=9, help="Residual blocks.")
@click.option(
    "--batch",
    type=click.IntRange(1, 256),
    help="Pictures, or frames, per call  [default: 8; 2 for the generator on a CPU; 4 for a step]",
)
@click.option("--rounds", type=click.IntRange(1, 10000), default=15, help="Timings of each case.")
@device_option("INSTAVID_BENCH_DEVICE")
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads of the CPU that torch uses.")
@click.option(
    "--clip", metavar="PATH", help="Video to time the stages on  [default: a rendered one]"
)
@click.option("--frames", type=click.IntRange(1, 10000), default=48, help="Frames of it, at most.")
@click.option(
    "--seg-model",
    metavar="PATH|NAME",
    help="YOLO-seg weights. Without: the default ones where they are here already; else objects "
    "are scripted, and segmenting is left out.",
)
@click.option(
    "--imgsz",
    type=click.IntRange(32, 4096),
    help="What it sees, px  [default: as it was trained]",
)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(ctx: click.Context, /, **options: Any) -> int:
    """Measure the speed of the generator and of every stage, or of a training step.

    \b
    instavid bench
    instavid bench --against ../instagan --only generator
    instavid bench --against ../instagan --only step --size 64x64 --width 16
    instavid bench --clip field.mp4 --seg-model yolo11n-seg.pt --only stages

    The weights are random: the speed does not depend on them. Two ways are timed in turn, and the
    ratio is the median over the rounds with its 95 % confidence interval: above 1, ours (with
    --against), or the batched call (without), is the faster. The stages are timed one after
    another on the same frames; `instavid run` overlaps them.

    A training step is one whole call of the paper's recipe: generators and discriminators of both
    directions, all losses, Adam. The authors' code takes one sample at a time, so that our batch
    is compared with as many steps of theirs, besides one step with one. On a CPU, at the sizes
    that are the default, a step takes minutes: give smaller ones.
    """
    from instavid.metrics.bench import run_bench
    from instavid.metrics.bench_settings import BenchSettings

    def say(text: str) -> None:
        if not ctx.obj["quiet"]:
            click.echo(f"timing {text}", err=True)

    as_json = options.pop("as_json")
    report = run_bench(BenchSettings(**options), say=say)
    click.echo(json.dumps(report.to_json()) if as_json else report.table())
    for fault in report.faults:
        click.echo(f"instavid: {fault}", err=True)
    return 1 if report.faults else 0
