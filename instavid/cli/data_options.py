"""Options and the last words of the commands that make one domain of a data set."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from instagan.cli.options import Command, add_options
from instavid.cli.progress import counting_in_lines

if TYPE_CHECKING:
    from instagan.data.layout import DomainLetter
    from instavid.datasets.annotated import Annotated
    from instavid.datasets.collecting import Collected


def domain_options(class_help: str) -> Callable[[Command], Command]:
    """Return what adds the options that say which objects are taken, and where to.

    Args:
        class_help: What --class names.
    """
    options: list[Callable[[Command], Command]] = [
        click.argument("folder", type=click.Path(path_type=Path), metavar="DIR"),
        object_options(class_help),
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


def object_options(class_help: str) -> Callable[[Command], Command]:
    """Return what adds the options that say which objects become which domain.

    Args:
        class_help: What --class names.
    """
    options = [
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
    ]
    return lambda command: add_options(command, options)


def take_annotated(
    found: "Annotated",
    *,
    folder: Path,
    domain: "DomainLetter",
    split: str,
    least: float,
    overwrite: bool,
) -> None:
    """Write annotated pictures to a domain, and tell what became of them.

    Args:
        found: The pictures, and how to get their masks.
        folder, domain, split, least, overwrite: As `domain_options` gathered them.

    Raises:
        InputError: None can be used.
    """
    from instavid.datasets.collecting import Place, collect

    quiet = click.get_current_context().obj["quiet"]
    with counting_in_lines("picture", quiet=quiet) as on_picture:
        done = collect(
            found.pictures,
            found.find_masks,
            Place(folder, domain, split),
            least=least,
            overwrite=overwrite,
            on_picture=on_picture,
        )
    absent = f" (the first is {found.missing[0]})" if found.missing else ""
    conclude(
        folder,
        done,
        among=f"{len(found.pictures) + len(found.missing)} annotated pictures",
        left_out=(
            f"left out: {found.crowds} crowds, {done.small} objects below --least, {done.bare} "
            f"pictures with none left, {done.unreadable} damaged, "
            f"{len(found.missing)} not there{absent}"
        ),
        advice="Lower --least, or see that the pictures are where the annotations expect them.",
    )


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
