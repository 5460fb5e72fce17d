"""Options that change a video before anything is found in it, or leave out parts of it."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, cast

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
        click.option(
            "--audio",
            type=click.Choice(["copy", "none"]),
            default="copy",
            help="What becomes of the sound.",
        ),
        click.option("--subs/--no-subs", default=True, help="Whether to keep subtitles."),
        click.option(
            "--metadata/--no-metadata",
            default=True,
            help="Whether to keep tags, such as title, date and place; languages stay.",
        ),
    ]
    return add_options(command, options)


def make_adjustments(options: dict[str, Any]) -> "Adjustments":
    """Return what the flags ask for."""
    from instavid.core.adjusting import Adjustments

    without = {
        "audio": options["audio"] == "none",
        "subtitle": not options["subs"],
        "metadata": not options["metadata"],
    }
    return Adjustments(
        deinterlace=options["deinterlace"],
        scale=options["scale"],
        fps=options["fps"],
        without=frozenset(cast(Any, kind) for kind, is_out in without.items() if is_out),
    )


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
