"""instavid eval pair: how often what a pair paints passes for the real thing, and what it costs."""

import json
from typing import Any

import click

from instavid.cli.options import device_option, sharpen_option
from instavid.cli.progress import counting
from instavid.cli.thresholds import NOT_REACHED, limit_options, missed
from instavid.metrics.pair_figures import FIGURES


@click.command("pair")
@click.argument("pair")
@click.option("--data", required=True, metavar="DIR", help="Folder with testA, testA_seg, testB...")
@click.option(
    "--judge",
    metavar="WEIGHTS",
    help="YOLO-seg weights kept out of the work: gives the target rate.",
)
@click.option(
    "--classifier",
    metavar="FILE",
    help="Of 'instavid train-classifier': gives the classification score.",
)
@click.option(
    "--inception",
    metavar="FILE.pth|none",
    help="Torchvision's inception_v3 weights: give KID  [default: those in torch's cache, if any]",
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
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads of the CPU that torch uses.")
@click.option("--sheet", metavar="FILE.png", help="Write a contact sheet of the first 32 pictures.")
@click.option("--plots", metavar="DIR", help="Write plots of shapes and of rates by size.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a sheet or plots that exist.")
@limit_options(FIGURES)
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    as_json: bool,
    threads: int | None,
    fail_under: dict[str, float],
    fail_over: dict[str, float],
    **options: Any,
) -> int:
    """Measure how often what a pair paints passes for the real thing, and what else it changes.

    \b
    instavid eval pair sheep2giraffe --data meadow --judge judge.pt
    instavid eval pair sheep2giraffe --data meadow --judge judge.pt --classifier vgg.safetensors \\
        --sheet sheet.png --plots plots --fail-under object_score=0.8 --fail-over crop_l1=6

    Every true object is cut out, translated and put back as `instavid run` would. It counts as a
    hit if the judge then finds the target class with a confidence of 0.25 and an IoU of 0.5 with
    the generated mask; an object whose mask came out empty is a failure. The classification score
    is the paper's, of objects and of whole pictures. Beside each stand the copy floor, the same on
    the untouched sources, and the real ceiling, the same on real targets. Neither judge nor
    classifier may have chosen or trained anything of the pair. One of the two is enough.

    docs/measures.md says what all figures mean; their names stand in the JSON under "figures".
    """
    import torch

    from instavid.metrics.pair_eval import evaluate_pair
    from instavid.metrics.pair_json import report_to_json
    from instavid.metrics.pair_settings import PairSettings
    from instavid.metrics.pair_table import report_to_table

    if threads is not None:
        torch.set_num_threads(threads)
    options["split"] = options["split"] or ("train" if options["hold_out"] else "test")
    settings = PairSettings(**options)
    settings.refuse_unmeasured([*fail_under, *fail_over])
    with counting("picture", quiet=ctx.obj["quiet"]) as counter:
        report = evaluate_pair(settings, on_start=counter.start, on_picture=counter.step)
    click.echo(json.dumps(report_to_json(report)) if as_json else report_to_table(report))
    misses = missed(report.figures, least=fail_under, most=fail_over)
    for fault in (*report.faults, *misses):
        click.echo(f"instavid: {fault}", err=True)
    return 1 if report.faults else NOT_REACHED if misses else 0
