"""instavid live: transfigure a camera or a stream as it comes."""

from typing import Any

import click

from instagan.cli.interrupts import catch_interrupts
from instavid.cli.options import encoder_options, model_options, shared_arguments


@click.command("live")
@click.argument("source", default="0")
@click.option("-o", "--output", metavar="PATH", help="Record to a file  [default: a window]")
@model_options
@encoder_options
@click.option("--duration", type=click.FloatRange(0, min_open=True), help="Stop after this, s.")
@click.pass_context
def command(ctx: click.Context, /, *, source: str, **options: Any) -> int:
    """Transfigure a camera or a stream as it comes, newest frame first.

    SOURCE is a camera number or anything that FFmpeg opens. Frames that come while the networks
    are busy are left out, so that what is shown is never old. q or Esc closes the window.

    \b
    instavid live 0 -p sheep2giraffe
    instavid live lavfi:testsrc2=size=640x360:rate=30 -p sheep2giraffe -o test.mkv --duration 5
    """
    with catch_interrupts() as interrupts:
        from instavid.live import transfigure_live

        def begin() -> None:
            interrupts.has_begun = True

        try:
            report = transfigure_live(
                source,
                options["output"],
                duration_seconds=options["duration"],
                on_begin=begin,
                stop=interrupts.stop,
                **shared_arguments(options),
            )
        except KeyboardInterrupt:
            click.echo("instavid: stopped; nothing is kept", err=True)
            return interrupts.exit_code
    if not ctx.obj["quiet"]:
        click.echo(report.summary())
    return interrupts.exit_code if interrupts.signal_number else 0
