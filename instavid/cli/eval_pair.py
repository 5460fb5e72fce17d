"""instavid eval pair: how often a detector takes what a pair paints for the real thing."""

import json
from typing import Any

import click

from instavid.cli.options import device_option, sharpen_option
from instavid.cli.progress import counting
from instavid.cli.thresholds import NOT_REACHED, fail_under_option, missed


@click.command("pair")
@click.argument("pair")
@click.option("--data", required=True, metavar="DIR", help="Folder with testA, testA_seg, testB...")
@click.option(
    "--judge",
    required=True,
    metavar="WEIGHTS",
    help="YOLO-seg weights kept out of the work.",
)
@click.option("--direction", type=click.Choice(["AtoB", "BtoA"]), default="AtoB", help="Which way.")
@click.option("--split", help="Which part of the data  [default: test; train with --hold-out]")
@click.option(
    "--hold-out",
    type=click.FloatRange(0, 1, min_open=True),
    metavar="SHARE",
    help="Only the pictures that 'instavid train' leaves out with the same --hold-out.",
)
@click.option(
    "--imgsz",
    type=click.IntRange(32, 4096),
    help="Longer side for the judge, px  [default: what it was trained at]",
)
@click.option("--limit", type=click.IntRange(1), help="Only the first pictures by name, each side.")
@click.option("--crops", is_flag=True, help="Pictures are crops: translate each as a whole.")
@click.option("--feather", default=4, type=click.IntRange(0, 100), help="Soft edge, px.")
@sharpen_option()
@click.option("--batch", default=8, type=click.IntRange(1, 256), help="Pictures per network pass.")
@device_option("INSTAVID_EVAL_PAIR_DEVICE")
@click.option("--sheet", metavar="FILE.png", help="Write a contact sheet of the first 32 pictures.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a sheet that exists.")
@fail_under_option("target_rate")
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    ctx: click.Context, /, *, as_json: bool, fail_under: dict[str, float], **options: Any
) -> int:
    """Measure how often a detector takes what a pair paints for the real thing.

    \b
    instavid eval pair sheep2giraffe --data meadow --judge judge.pt
    instavid eval pair sheep2giraffe --data meadow --judge judge.pt --sheet sheet.png --limit 32

    Every true object is cut out, translated and put back as `instavid run` would. It counts as a
    hit if the judge then finds the target class with a confidence of 0.25 and an IoU of 0.5 with
    the generated mask; an object whose mask came out empty is a failure. Beside it stand the copy
    floor, the same on the untouched sources, and the real ceiling, the same on real targets. The
    judge must not be the segmenter that chose or trained anything of the pair.
    """
    from instavid.metrics.pair_eval import PairSettings, evaluate_pair

    with counting("picture", quiet=ctx.obj["quiet"]) as counter:
        options["split"] = options["split"] or ("train" if options["hold_out"] else "test")
        report = evaluate_pair(
            PairSettings(**options), on_start=counter.start, on_picture=counter.step
        )
    click.echo(json.dumps(report.to_json()) if as_json else report.table())
    misses = missed(report.figures, fail_under)
    for fault in (*report.faults, *misses):
        click.echo(f"instavid: {fault}", err=True)
    return 1 if report.faults else NOT_REACHED if misses else 0
