"""Options that change the pictures of a video before anything is found in them."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

import click

from instagan.cli.options import Command, add_options

if TYPE_CHECKING:
    from instavid.core.adjusting import Adjustments


def adjust_options(command: Command) -> Command:
    """Add the flags; without them nothing is changed."""
    options = [
        click.option(
            "--deinterlace", is_flag=True, help="Make whole pictures of interlaced ones (bwdif)."
        ),
        click.option(
            "--fps",
            metavar="RATE",
            callback=_reader("parse_fps"),
            help="Constant frame rate, by leaving out and repeating: 25 or 30000/1001.",
        ),
        click.option(
            "--scale",
            metavar="WxH|FACTOR",
            callback=_reader("parse_scale"),
            help="Another size. WxH, as seen upright, shows the same shape.",
        ),
    ]
    return add_options(command, options)


def make_adjustments(options: dict[str, Any]) -> "Adjustments":
    """Return what the flags ask for."""
    from instavid.core.adjusting import Adjustments

    return Adjustments(options["deinterlace"], options["scale"], options["fps"])


def _reader(name: str) -> Callable[[click.Context, click.Parameter, str | None], Any]:
    def read(_: click.Context, __: click.Parameter, text: str | None) -> Any:
        from instavid.core import adjusting

        if text is None:
            return None
        try:
            return getattr(adjusting, name)(text)
        except ValueError as error:
            raise click.BadParameter(str(error)) from error

    return read
