"""instavid data from-mhp: photos of Multi-Human Parsing v1 become a domain."""

from pathlib import Path
from typing import Any

import click

from instavid.cli.data_options import domain_options, take_annotated


@click.command("from-mhp")
@click.argument("root", type=click.Path(path_type=Path), metavar="MHP_DIR")
@domain_options("Label whose pixels become masks, such as bag or left-shoe.")
@click.option(
    "--list",
    "listed",
    type=click.Path(path_type=Path),
    metavar="FILE",
    help="Names of the only photos to take, one a line  [default: all]",
)
def command(*, root: Path, listed: Path | None, classes: tuple[str, ...], **options: Any) -> None:
    """Make one domain of a data set of Multi-Human Parsing's photos, version 1.

    \b
    instavid data from-mhp LV-MHP-v1 data/mhp --domain A --class bag --list LV-MHP-v1/train_list.txt

    MHP_DIR holds images and annotations. What each person has of the classes becomes a mask, as in
    the InstaGAN paper, for whose readers this is: its authors have withdrawn the task of changing
    people's clothes, and no such pair is part of instavid.
    """
    from instavid.datasets.from_mhp import read_list, read_mhp

    take_annotated(read_mhp(root, classes, read_list(listed) if listed else None), **options)
