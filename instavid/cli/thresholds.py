"""--fail-under and --fail-over: limits that figures must keep, else the exit code is 8."""

import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import click

NOT_REACHED = 8
"""The exit code."""

Command = Callable[..., Any]


def limit_options(figures: Iterable[str]) -> Callable[[Command], Command]:
    """Return the options `--fail-under` and `--fail-over`, for figures of these names."""
    known = tuple(figures)

    def read(
        _: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
    ) -> dict[str, float]:
        limits = {}
        for text in texts:
            name, _equals, value = text.partition("=")
            if name not in known or not _is_number(value):
                raise click.BadParameter(
                    f"'{text}' is not NAME=VALUE with a number, for {', '.join(known)}",
                    param=parameter,
                )
            limits[name] = float(value)
        return limits

    def add(command: Command) -> Command:
        for flag, worse in (("--fail-over", "more"), ("--fail-under", "less")):
            text = f"End with code {NOT_REACHED} if a figure is {worse}, or could not be measured."
            option = click.option(
                flag,
                multiple=True,
                callback=read,
                metavar="NAME=VALUE",
                help=f"{text} May be given several times.",
            )
            command = option(command)
        return command

    return add


def missed(
    figures: Mapping[str, float | None], *, least: Mapping[str, float], most: Mapping[str, float]
) -> list[str]:
    """Return a sentence for each figure that is less than its least, or more than its most.

    >>> missed({"score": 0.5, "l1": None}, least={"score": 0.6}, most={"l1": 3.0})
    ['score is 0.5, less than 0.6', 'l1 could not be measured, and should be 3 at the most']
    """
    faults = []
    for limits, sign, worse, end in ((least, 1, "less", "least"), (most, -1, "more", "most")):
        for name, limit in limits.items():
            value = figures[name]
            if value is None:
                faults.append(f"{name} could not be measured, and should be {limit:g} at the {end}")
            elif sign * value < sign * limit:
                faults.append(f"{name} is {value:.4g}, {worse} than {limit:g}")
    return faults


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
