"""instavid train-classifier: the network whose verdict is the paper's classification score."""

from pathlib import Path

import click

from instavid.cli.options import device_option
from instavid.cli.progress import counting_in_lines


@click.command("train-classifier")
@click.option("--data", required=True, metavar="DIR", help="Folder with trainA, trainA_seg, ...")
@click.option("-o", "--output", required=True, metavar="FILE.safetensors", help="What to write.")
@click.option("--split", default="train", help="Which part of the data.")
@click.option(
    "--hold-out",
    type=click.FloatRange(0, 0.9, min_open=True),
    default=0.1,
    metavar="SHARE",
    help="Share of the pictures that are not trained on but asked of, chosen as 'instavid train' "
    "chooses.",
)
@click.option(
    "--imagenet",
    metavar="FILE.pth|none",
    help="Torchvision's ImageNet weights of VGG-16, or none: from scratch  "
    "[default: those in torch's cache, if there are any]",
)
@click.option(
    "--size", type=int, help="Side of what it sees, px  [default: 96; with ImageNet always 224]"
)
@click.option(
    "--width",
    type=int,
    help="Channels after its first convolution, VGG-16 has 64  [default: 16; with ImageNet 64]",
)
@click.option("--steps", default=1500, type=click.IntRange(1), help="Batches to train on.")
@click.option("--batch", default=32, type=click.IntRange(4, 4096), help="Views in each.")
@click.option(
    "--lr",
    "rate",
    type=click.FloatRange(0, 1, min_open=True),
    help="AdamW's step size  [default: 0.001; with ImageNet 0.0001]",
)
@click.option("--seed", default=0, type=click.IntRange(0), help="Of weights, order and variation.")
@device_option()
@click.option("--threads", type=click.IntRange(1, 1024), help="Threads of the CPU that torch uses.")
@click.option("-y", "--overwrite", is_flag=True, help="Replace a classifier that exists.")
@click.pass_context
def command(
    context: click.Context,
    /,
    *,
    output: str,
    threads: int | None,
    overwrite: bool,
    **options: object,
) -> None:
    """Train VGG-16 to tell real pictures of domain A from those of domain B.

    \b
    instavid train-classifier --data data/horse2zebra -o classifier.safetensors
    instavid eval pair horse2zebra --data data/horse2zebra --hold-out 0.1 \\
        --classifier classifier.safetensors

    One network learns both views: whole pictures, and single objects cut out by their masks. With
    ImageNet's weights its three last layers learn, as in the paper; without, all of a VGG-16 of a
    quarter of the width with batch norm, and the file's card and every report say so. Nothing is
    downloaded. Real pictures only: no generator is asked, and no training of a pair asks it.
    """
    import torch

    from instavid.classifiers.making import ClassifierSettings, check_output, train_classifier

    if threads is not None:
        torch.set_num_threads(threads)
    target = check_output(Path(output), overwrite=overwrite)
    settings = ClassifierSettings(**options)  # type: ignore[arg-type]
    quiet = context.obj["quiet"]
    with counting_in_lines("step", quiet=quiet) as on_step:
        card = train_classifier(settings, target, on_step=on_step)
    click.echo(f"{output}: {card}")
    for view, rate in card.held_out.items():
        click.echo(f"  held-out {view:<9} {rate}")
