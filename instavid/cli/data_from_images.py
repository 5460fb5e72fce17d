"""instavid data from-images: photos become a domain, a segmenter draws the masks."""

from pathlib import Path
from typing import Any, Literal

import click

from instavid.cli.data_options import conclude, domain_options
from instavid.cli.progress import counting_in_lines
from instavid.cli.segmenter_options import open_segmenter, segmenter_options


@click.command("from-images")
@click.argument("photos", type=click.Path(path_type=Path), metavar="PHOTOS")
@domain_options("What to mask, by the segmenter's name of it.")
@segmenter_options("Confidence that a mask needs.")
@click.pass_context
def command(
    ctx: click.Context,
    /,
    *,
    photos: Path,
    folder: Path,
    domain: Literal["A", "B"],
    classes: tuple[str, ...],
    split: str,
    least: float,
    overwrite: bool,
    **segmenting: Any,
) -> None:
    """Make one domain of a data set of photos: a segmenter draws the masks.

    \b
    instavid data from-images photos/horses data/h2z --domain A --class horse
    instavid data from-images photos/zebras data/h2z --domain B --class zebra

    Photos (png, jpg, jpeg, webp) that show such an object are copied as they are; others are left
    out, and counted.
    """
    from instavid.datasets.collecting import Place, collect
    from instavid.datasets.from_images import find_photos, masks_by

    found = find_photos(photos)
    segmenter = open_segmenter(classes=classes, **segmenting)
    with counting_in_lines("photo", quiet=ctx.obj["quiet"]) as on_picture:
        done = collect(
            found,
            masks_by(segmenter),
            Place(folder, domain, split),
            least=least,
            overwrite=overwrite,
            on_picture=on_picture,
        )
    shown = " or ".join(classes)
    conclude(
        folder,
        done,
        among=f"{len(found)} photos",
        left_out=f"{done.bare} show no {shown}, {done.unreadable} cannot be read",
        advice="Lower --conf or --least.",
    )
