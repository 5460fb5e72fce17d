"""Options for what a pair changes into what, and how much its crops show."""

import re
from typing import TYPE_CHECKING, cast

import click

from instagan.cli.options import Command, add_options

if TYPE_CHECKING:
    from instagan.cards import CropMargins, Domain
    from instagan.config import Direction

_NUMBER = r"(\d+(?:\.\d+)?)"


def domain_options(command: Command) -> Command:
    """Add what says which objects a pair changes into which, and how much a crop shows."""
    options = [
        click.option(
            "--domain-a", metavar="NAME[=CLASS,...]", help="What AtoB changes, and its classes."
        ),
        click.option("--domain-b", metavar="NAME[=CLASS,...]", help="What it changes it into."),
        click.option(
            "--margins",
            multiple=True,
            metavar="DIR=TOP,BOTTOM,LEFT,RIGHT",
            help="What crops add around an object, in object heights, such as "
            "AtoB=1.5,0.2,0.6,0.6  [default: 0.25 each]",
        ),
    ]
    return add_options(command, options)


def parse_margins(texts: tuple[str, ...]) -> "dict[Direction, CropMargins]":
    """Return DIR=T,B,L,R texts as margins for both directions, a quarter where none is given."""
    from instagan.cards import CropMargins

    margins: dict[Direction, CropMargins] = {"AtoB": CropMargins(), "BtoA": CropMargins()}
    for text in texts:
        match = re.fullmatch(rf"(AtoB|BtoA)={','.join([_NUMBER] * 4)}", text)
        if match is None:
            raise click.BadParameter(f"'{text}' is not DIR=T,B,L,R", param_hint="--margins")
        margins[cast("Direction", match[1])] = CropMargins(*map(float, match.groups()[1:]))
    return margins


def parse_domains(name: str, a: str | None, b: str | None) -> "tuple[Domain, Domain]":
    """Read the two domains from their options, or from a name of the form A2B."""
    guess = re.fullmatch(r"([A-Za-z]+)2([A-Za-z]+).*", name)
    if guess is None and (a is None or b is None):
        raise click.UsageError(
            f"the domains cannot be read from the name '{name}': give --domain-a and --domain-b"
        )
    return _domain(a or (guess[1] if guess else "")), _domain(b or (guess[2] if guess else ""))


def _domain(text: str) -> "Domain":
    from instagan.cards import Domain

    name, _, classes = text.partition("=")
    return Domain(name, tuple(part for part in classes.split(",") if part) or (name,))
