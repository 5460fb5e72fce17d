"""instavid data: write data sets to train on, and look after them."""

import re
from pathlib import Path
from typing import Literal

import click

from instavid.cli import data_check, data_preview, data_split
from instavid.cli.options import device_option
from instavid.cli.progress import counting_in_lines
from instavid.defaults import SEGMENTER


@click.group("data")
def command() -> None:
    """Write data sets to train on, check them, look at them and set a part aside for tests."""


for module in (data_check, data_preview, data_split):
    command.add_command(module.command)


@command.command("meadow")
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
def meadow(
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


@command.command("from-images")
@click.argument("photos", type=click.Path(path_type=Path), metavar="PHOTOS")
@click.argument("folder", type=click.Path(path_type=Path), metavar="DIR")
@click.option("--domain", type=click.Choice(["A", "B"]), required=True, help="Which they become.")
@click.option(
    "--class",
    "classes",
    multiple=True,
    required=True,
    metavar="NAME",
    help="What to mask, by the segmenter's name of it. May be given several times.",
)
@click.option("--split", default="train", metavar="NAME", help="Part of the data set.")
@click.option(
    "--seg-model", default=SEGMENTER, metavar="PATH|NAME", help="YOLO-seg weights, as for `run`."
)
@click.option(
    "--imgsz",
    type=click.IntRange(32, 4096),
    help="Longer side of what the segmenter sees, px; for small photos about their own size  "
    "[default: as it was trained]",
)
@click.option(
    "--conf", default=0.5, type=click.FloatRange(0, 1), help="Confidence that a mask needs."
)
@click.option(
    "--least",
    default=0.01,
    type=click.FloatRange(0, 1),
    metavar="SHARE",
    help="Smallest share of the photo that an object covers.",
)
@device_option()
@click.option("-y", "--overwrite", is_flag=True, help="Replace photos that are there already.")
@click.pass_context
def from_images(
    ctx: click.Context,
    *,
    photos: Path,
    folder: Path,
    domain: Literal["A", "B"],
    classes: tuple[str, ...],
    split: str,
    seg_model: str,
    imgsz: int | None,
    conf: float,
    least: float,
    device: str,
    overwrite: bool,
) -> None:
    """Make one domain of a data set of photos: a segmenter draws the masks.

    \b
    instavid data from-images photos/horses data/h2z --domain A --class horse
    instavid data from-images photos/zebras data/h2z --domain B --class zebra

    Photos (png, jpg, jpeg, webp) that show such an object are copied as they are; others are left
    out, and counted.
    """
    from instavid.datasets.from_images import Place, collect_photos, find_photos
    from instavid.devices import resolve_device
    from instavid.errors import InputError
    from instavid.segmenters.yolo import YoloSegmenter

    found = find_photos(photos)
    segmenter = YoloSegmenter(
        seg_model, device=str(resolve_device(device)), imgsz=imgsz, conf=conf, classes=classes
    )
    with counting_in_lines("photo", quiet=ctx.obj["quiet"]) as on_picture:
        done = collect_photos(
            found,
            segmenter,
            Place(folder, domain, split),
            least=least,
            overwrite=overwrite,
            on_picture=on_picture,
        )
    told = f"{done.bare} show no {' or '.join(classes)}, {done.unreadable} cannot be read"
    if not done.pictures:
        raise InputError(
            f"None of {len(found)} photos can be used: {told}. Lower --conf or --least."
        )
    click.echo(f"{done.pictures} of {len(found)} photos, {done.masks} masks; {told}", err=True)
    click.echo(folder)
