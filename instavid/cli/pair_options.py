"""Reading what a card says of a pair: its size, and how what it makes is shown."""

import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, cast

import click

from instagan.config import MOST_SHARPEN

if TYPE_CHECKING:
    from instagan.cards import Side
    from instagan.config import Direction

_NUMBER = r"(\d+(?:\.\d+)?)"


def parse_size(text: str) -> tuple[int, int]:
    """Return HxW as (height, width)."""
    match = re.fullmatch(r"(\d+)x(\d+)", text)
    size = (int(match[1]), int(match[2])) if match else (0, 0)
    if not all(8 <= side <= 8192 for side in size):
        raise click.BadParameter(
            f"'{text}' is not HxW of 8 to 8192 px, such as 200x200", param_hint="--size"
        )
    return size


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
