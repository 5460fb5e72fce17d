"""instavid data from-ccp: photos of Clothing Co-Parsing become a domain."""

from pathlib import Path
from typing import Any

import click

from instavid.cli.data_options import domain_options, take_annotated


@click.command("from-ccp")
@click.argument("root", type=click.Path(path_type=Path), metavar="CCP_DIR")
@domain_options("Label whose pixels become masks, as label_list.mat names it.")
def command(*, root: Path, classes: tuple[str, ...], **options: Any) -> None:
    """Make one domain of a data set of Clothing Co-Parsing's photos with label maps.

    \b
    instavid data from-ccp clothing-co-parsing data/ccp --domain A --class bag

    CCP_DIR holds photos, annotations/pixel-level and label_list.mat. What a photo shows of the
    classes becomes one mask, as in the InstaGAN paper, for whose readers this is: its authors have
    withdrawn the task of changing people's clothes, and no such pair is part of instavid.
    """
    from instavid.datasets.from_ccp import read_ccp

    take_annotated(read_ccp(root, classes), **options)
