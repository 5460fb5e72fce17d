"""instavid data meadow: render data sets whose every mask is known."""

import re
from pathlib import Path

import click

from instavid.cli.progress import counting_in_lines


@click.command("meadow")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option(
    "--for",
    "purpose",
    type=click.Choice(["pair", "segmenter"]),
    required=True,
    help="pair: pictures and masks of sheep (A) and giraffes (B), in trainA, trainA_seg, ...; "
    "segmenter: pictures of both and polygons, as ultralytics reads them.",
)
@click.option(
    "--pictures",
    type=click.IntRange(1),
    required=True,
    help="How many to train on, of each domain of a pair; some more are set apart for tests.",
)
@click.option(
    "--seed", default=1, type=click.IntRange(1), help="Sets of different seeds share no scene."
)
@click.option("--size", default="360x640", metavar="HxW", help="Of the pictures, px.")
@click.option("-y", "--overwrite", is_flag=True, help="Write into a folder that is not empty.")
@click.pass_context
def command(
    ctx: click.Context,
    *,
    folder: Path,
    purpose: str,
    pictures: int,
    seed: int,
    size: str,
    overwrite: bool,
) -> None:
    """Render pictures of a meadow whose every mask is known.

    \b
    instavid data meadow data/sheep2giraffe --for pair --pictures 1000 --seed 1
    instavid data meadow data/segmenter --for segmenter --pictures 2400 --seed 1
    """
    from instavid.meadow.datasets import PictureSize
    from instavid.meadow.pair_set import write_pair_set
    from instavid.meadow.segmenter_set import write_segmenter_set

    match = re.fullmatch(r"(\d{1,4})x(\d{1,4})", size)
    if match is None:
        raise click.BadParameter(f"'{size}' is not HxW, such as 360x640", param_hint="--size")
    write = {"pair": write_pair_set, "segmenter": write_segmenter_set}[purpose]
    with counting_in_lines("picture", quiet=ctx.obj["quiet"]) as on_picture:
        write(
            folder,
            pictures=pictures,
            seed=seed,
            size=PictureSize(int(match[1]), int(match[2])),
            overwrite=overwrite,
            on_picture=on_picture,
        )
    click.echo(folder)
