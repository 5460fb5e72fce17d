"""instavid data from-coco: pictures with COCO annotations become a domain."""

from pathlib import Path
from typing import Any

import click

from instavid.cli.data_options import domain_options, take_annotated


@click.command("from-coco")
@click.argument("annotations", type=click.Path(path_type=Path), metavar="ANNOTATIONS.json")
@click.argument("images", type=click.Path(path_type=Path), metavar="IMAGES_DIR")
@domain_options("Category whose objects become masks, by its name in the file.")
def command(*, annotations: Path, images: Path, classes: tuple[str, ...], **options: Any) -> None:
    """Make one domain of a data set of pictures with COCO instance annotations.

    \b
    instavid data from-coco instances_train2017.json train2017 data/s2g --domain A --class sheep
    instavid data from-coco instances_train2017.json train2017 data/s2g --domain B --class giraffe

    Every object becomes a mask: polygons and run lengths are read, crowds ignored. Pictures are
    copied as they are; those that are not there or damaged are left out, and counted.
    """
    from instavid.datasets.from_coco import read_coco

    take_annotated(read_coco(annotations, images, classes), **options)
