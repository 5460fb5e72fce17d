"""Options and the last words of the commands that make one domain of a data set."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instavid.cli.options import Command, add_options

if TYPE_CHECKING:
    from instavid.datasets.collecting import Collected


def domain_options(class_help: str) -> Callable[[Command], Command]:
    """Return what adds the options that say which objects are taken, and where to.

    Args:
        class_help: What --class names.
    """
    options: list[Callable[[Command], Command]] = [
        click.argument("folder", type=click.Path(path_type=Path), metavar="DIR"),
        click.option(
            "--domain", type=click.Choice(["A", "B"]), required=True, help="Which they become."
        ),
        click.option(
            "--class",
            "classes",
            multiple=True,
            required=True,
            metavar="NAME",
            help=f"{class_help} May be given several times.",
        ),
        click.option("--split", default="train", metavar="NAME", help="Part of the data set."),
        click.option(
            "--least",
            default=0.01,
            type=click.FloatRange(0, 1),
            metavar="SHARE",
            help="Smallest share of the picture that an object covers.",
        ),
        click.option("-y", "--overwrite", is_flag=True, help="Replace pictures that are there."),
    ]
    return lambda command: add_options(command, options)


def conclude(folder: Path, done: "Collected", *, among: str, left_out: str, advice: str) -> None:
    """Say how many pictures were taken and why others were not, and name the folder.

    Raises:
        InputError: None were.
    """
    from instavid.errors import InputError

    if not done.pictures:
        raise InputError(f"None of {among} can be used: {left_out}. {advice}")
    click.echo(f"{done.pictures} of {among}, {done.masks} masks; {left_out}", err=True)
    click.echo(folder)
