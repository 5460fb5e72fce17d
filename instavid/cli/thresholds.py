"""--fail-under: figures that a measurement must reach, else the exit code is 8."""

import math
from collections.abc import Callable, Mapping
from typing import Any

import click

NOT_REACHED = 8
"""The exit code."""


def fail_under_option(*figures: str) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Return the option `--fail-under NAME=VALUE`, for figures of these names."""

    def read(
        _: click.Context, parameter: click.Parameter, texts: tuple[str, ...]
    ) -> dict[str, float]:
        least = {}
        for text in texts:
            name, _equals, value = text.partition("=")
            if name not in figures or not _is_number(value):
                known = ", ".join(figures)
                raise click.BadParameter(
                    f"'{text}' is not NAME=VALUE with a number, for {known}", param=parameter
                )
            least[name] = float(value)
        return least

    return click.option(
        "--fail-under",
        multiple=True,
        callback=read,
        metavar=f"{'|'.join(figures)}=VALUE",
        help=f"End with code {NOT_REACHED} if a figure is less. May be given several times.",
    )


def missed(figures: Mapping[str, float], least: Mapping[str, float]) -> list[str]:
    """Return a sentence for each figure that is less than it should be.

    >>> missed({"target_rate": 0.5}, {"target_rate": 0.6})
    ['target_rate is 0.5, less than 0.6']
    """
    return [
        f"{name} is {figures[name]:.4g}, less than {value:g}"
        for name, value in least.items()
        if figures[name] < value
    ]


def _is_number(text: str) -> bool:
    try:
        return math.isfinite(float(text))
    except ValueError:
        return False
