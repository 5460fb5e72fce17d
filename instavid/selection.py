"""What `-p PAIR[@class:NAME][:AtoB|BtoA]` says: which pair, on which objects, which way."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, cast

from instavid.errors import UsageError

Direction = Literal["AtoB", "BtoA"]

_SPEC = re.compile(r"(?P<pair>.+?)(@(?P<selector>[^@/\\]*?))?(:(?P<direction>AtoB|BtoA))?")


@dataclass(frozen=True)
class Selection:
    """One pair at work on some classes of objects."""

    pair: str
    """Name of an installed pair, or a path to a pair folder."""
    direction: Direction = "AtoB"
    classes: tuple[str, ...] = ()
    """Detector classes to change; empty: those that the pair's card names."""


def parse_selection(spec: str) -> Selection:
    """Read a specification from the command line.

    Raises:
        UsageError: It has an empty pair, a selector that is not class:NAME[,NAME], or a direction
            that is neither AtoB nor BtoA.

    >>> parse_selection("sheep2giraffe@class:sheep,cow:BtoA")
    Selection(pair='sheep2giraffe', direction='BtoA', classes=('sheep', 'cow'))
    >>> parse_selection("./pairs/mine").pair
    './pairs/mine'
    """
    match = _SPEC.fullmatch(spec)
    if match is None:
        raise UsageError(f"empty pair '{spec}': write PAIR[@class:NAME][:AtoB|BtoA]")
    wrong = re.search(r":([A-Za-z]+to[A-Za-z]+)$", match["pair"])
    if wrong is not None:
        raise UsageError(f"unknown direction '{wrong[1]}' in '{spec}': use AtoB or BtoA")
    classes: tuple[str, ...] = ()
    if match["selector"] is not None:
        kind, _, names = match["selector"].partition(":")
        classes = tuple(name.strip() for name in names.split(",") if name.strip())
        if kind != "class" or not classes:
            raise UsageError(
                f"unknown selector '@{match['selector']}' in '{spec}': write @class:NAME"
            )
    return Selection(match["pair"], cast(Direction, match["direction"] or "AtoB"), classes)


Pairs = str | Path | Selection | Sequence[str | Path | Selection]


def select(pair: Pairs, direction: str | None = None) -> tuple[Selection, ...]:
    """Return the selections that a name, a path or selections stand for.

    Raises:
        UsageError: The direction is neither "AtoB" nor "BtoA".
    """
    several = [pair] if isinstance(pair, str | Path | Selection) else pair
    selections = tuple(p if isinstance(p, Selection) else Selection(str(p)) for p in several)
    if direction is None:
        return selections
    if direction not in ("AtoB", "BtoA"):
        raise UsageError(f"unknown direction '{direction}': use AtoB or BtoA")
    chosen = cast(Direction, direction)
    return tuple(replace(selection, direction=chosen) for selection in selections)
