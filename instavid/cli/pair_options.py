"""Reading what describes a pair: its domains, its crops, its size."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import click

from instagan.config import MOST_SHARPEN
from instavid.cli.options import Command, add_options

if TYPE_CHECKING:
    from instagan.cards import Side
    from instagan.config import Direction
    from instagan.pairs import CropMargins, Domain

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


def parse_size(text: str) -> tuple[int, int]:
    """Return HxW as (height, width)."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(8 <= side <= 8192 for side in size):
        raise click.BadParameter(
            f"'{text}' is not HxW of 8 to 8192 px, such as 200x200", param_hint="--size"
        )
    return size


def parse_margins(texts: tuple[str, ...]) -> "dict[Direction, CropMargins]":
    """Return DIR=T,B,L,R texts as margins for both directions, a quarter where none is given."""
    from instagan.pairs import CropMargins

    margins: dict[Direction, CropMargins] = {"AtoB": CropMargins(), "BtoA": CropMargins()}
    for text in texts:
        match = re.fullmatch(rf"(AtoB|BtoA)={','.join([_NUMBER] * 4)}", text)
        if match is None:
            raise click.BadParameter(f"'{text}' is not DIR=T,B,L,R", param_hint="--margins")
        margins[cast("Direction", match[1])] = CropMargins(*map(float, match.groups()[1:]))
    return margins


def parse_sides(
    texts: tuple[str, ...], *, known: "Mapping[Direction, Side]"
) -> "dict[Direction, Side]":
    """Return what is known with what DIR=left|right|any texts change in it."""
    told = _by_direction(texts, "left|right|any", "DIR=left, DIR=right or DIR=any", "--faces")
    sides: dict[Direction, str] = {**known, **told}
    return {way: cast("Side", side) for way, side in sides.items() if side != "any"}


def parse_amounts(
    texts: tuple[str, ...], *, known: "Mapping[Direction, float]"
) -> "dict[Direction, float]":
    """Return what is known with what DIR=AMOUNT texts change in it; 0 takes a direction away."""
    told = _by_direction(
        texts, rf"(?:{_NUMBER})", f"DIR=AMOUNT from 0 to {MOST_SHARPEN:g}", "--sharpen"
    )
    amounts = {**known, **{direction: float(text) for direction, text in told.items()}}
    if max(amounts.values(), default=0) > MOST_SHARPEN:
        raise click.BadParameter(
            f"{max(amounts.values()):g} is more than {MOST_SHARPEN:g}", param_hint="--sharpen"
        )
    return {direction: amount for direction, amount in amounts.items() if amount}


def _by_direction(
    texts: tuple[str, ...], value: str, form: str, hint: str
) -> "dict[Direction, str]":
    found: dict[Direction, str] = {}
    for text in texts:
        match = re.fullmatch(rf"(?P<way>AtoB|BtoA)=(?P<value>{value})", text)
        if match is None:
            raise click.BadParameter(
                f"'{text}' is not {form}, with AtoB or BtoA for DIR", param_hint=hint
            )
        found[cast("Direction", match["way"])] = match["value"]
    return found


def parse_domains(name: str, a: str | None, b: str | None) -> "tuple[Domain, Domain]":
    """Read the two domains from their options, or from a name of the form A2B."""
    guess = re.fullmatch(r"([A-Za-z]+)2([A-Za-z]+).*", name)
    if guess is None and (a is None or b is None):
        raise click.UsageError(
            f"the domains cannot be read from the name '{name}': give --domain-a and --domain-b"
        )
    return _domain(a or (guess[1] if guess else "")), _domain(b or (guess[2] if guess else ""))


def _domain(text: str) -> "Domain":
    from instagan.pairs import Domain

    name, _, classes = text.partition("=")
    return Domain(name, tuple(part for part in classes.split(",") if part) or (name,))
