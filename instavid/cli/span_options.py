"""Options for the part of a video that a command works on."""

from typing import TYPE_CHECKING

import click

from instagan.cli.options import Command, add_options

if TYPE_CHECKING:
    from instavid.core.timespan import Moment, TimeSpan

_MOMENT = "FRAMES|SECONDS|[HH:]MM:SS"


def span_options(command: Command) -> Command:
    """Add the flags that cut a part out of a video."""
    options = [
        click.option(
            "--start",
            metavar=_MOMENT,
            callback=_read,
            help="Where to begin: a frame (250), seconds (10.0 or 10s) or a time (01:30.5).",
        ),
        click.option("--end", metavar=_MOMENT, callback=_read, help="The first that is left out."),
        click.option(
            "--duration", metavar=_MOMENT, callback=_read, help="How much, instead of --end."
        ),
    ]
    return add_options(command, options)


def make_span(
    start: "Moment | None", end: "Moment | None", duration: "Moment | None"
) -> "TimeSpan":
    """Return the part that the three flags ask for.

    Raises:
        click.UsageError: They contradict one another.
    """
    from instavid.core.timespan import TimeSpan

    try:
        return TimeSpan(start, end, duration)
    except ValueError as error:
        raise click.UsageError(f"--start, --end, --duration: {error}") from error


def _read(_: click.Context, __: click.Parameter, text: str | None) -> "Moment | None":
    from instavid.core.timespan import parse_moment

    if text is None:
        return None
    try:
        return parse_moment(text)
    except ValueError as error:
        raise click.BadParameter(str(error)) from error
