"""instavid run: transfigure the objects in a video file."""

import json
from typing import TYPE_CHECKING, Any, cast

import click

from instagan.cli.interrupts import Interrupts, catch_interrupts
from instavid.cli.events import ProgressEvents, emit, logging_as_events
from instavid.cli.failures import report_error
from instavid.cli.options import DAMAGED_INPUT, encoder_options, model_options, shared_arguments
from instavid.cli.progress import ProgressDisplay, ProgressStyle
from instavid.cli.span_options import make_span, span_options

if TYPE_CHECKING:
    from instavid.pipeline import Progress
    from instavid.run_report import RunReport

_NOTHING_KEPT = "stopped; nothing is kept"


@click.command("run")
@click.argument("input_argument", metavar="INPUT", required=False)
@click.option("-i", "--input", "input_option", hidden=True)
@click.option("-o", "--output", metavar="PATH", help="Result  [default: {stem}_{pair}{ext}]")
@model_options
@span_options
@click.option("--batch", default=8, type=click.IntRange(1, 256), help="Frames per network pass.")
@encoder_options
@click.option(
    "--strict", is_flag=True, help="Refuse to drop a stream, or anything else of the input."
)
@click.option("--save-masks", metavar="PATH.mkv", help="Also write what was changed, as a video.")
@click.option(
    "--progress",
    type=click.Choice(["auto", "bar", "plain", "json", "none"]),
    default="auto",
    help="How, on stderr; json is an event per line for other programs.",
)
@click.option("--json", is_flag=True, help="Print the report as one JSON object.")
@click.pass_context
def command(
    ctx: click.Context, /, *, input_argument: str | None, input_option: str | None, **options: Any
) -> int:
    """Transfigure the objects in a video file.

    \b
    instavid run field.mp4 -p sheep2giraffe
    instavid run zoo.mp4 -p sheep2giraffe:BtoA -o sheep.mp4
    instavid run farm.mp4 -p horse2zebra@class:cow --crf 14 -y
    instavid run day.mp4 -p sheep2giraffe --start 01:30 --duration 10s
    """
    source = input_argument or input_option
    if source is None:
        raise click.UsageError("Missing argument 'INPUT'.")
    if options["progress"] == "json":
        return _run_with_events(source, options)
    quiet = bool(ctx.obj["quiet"])
    display = ProgressDisplay("none" if quiet else cast(ProgressStyle, options["progress"]))
    with catch_interrupts() as interrupts:
        try:
            report = _transfigure(source, options, display, interrupts)
        except KeyboardInterrupt as stopped:
            click.echo(f"instavid: {str(stopped) or _NOTHING_KEPT}", err=True)
            return interrupts.exit_code
        finally:
            display.close()
    return _tell(report, as_json=options["json"], quiet=quiet)


def _run_with_events(source: str, options: dict[str, Any]) -> int:
    """Run and tell everything in events; return the exit code."""
    with catch_interrupts() as interrupts, logging_as_events():
        try:
            report = _transfigure(source, options, ProgressEvents(), interrupts)
        except KeyboardInterrupt as stopped:
            emit("error", exit_code=interrupts.exit_code, message=str(stopped) or _NOTHING_KEPT)
            return interrupts.exit_code
        except click.ClickException:
            raise
        except Exception as error:
            return report_error(error, as_json=options["json"], as_event=True)
    for warning in report.warnings:
        emit("warning", message=warning)
    code = _exit_code(report)
    emit("done", exit_code=code, report=report.to_json())
    if options["json"]:
        click.echo(json.dumps(report.to_json()))
    return code


def _transfigure(
    source: str,
    options: dict[str, Any],
    display: ProgressDisplay | ProgressEvents,
    interrupts: Interrupts,
) -> "RunReport":
    from instavid.api import transfigure

    def show(progress: "Progress") -> None:
        interrupts.has_begun = True
        display.show(progress)

    return transfigure(
        source,
        options["output"],
        batch_size=options["batch"],
        span=make_span(options["start"], options["end"], options["duration"]),
        save_masks=options["save_masks"],
        strict=options["strict"],
        on_start=display.start,
        on_progress=show,
        stop=interrupts.stop,
        **shared_arguments(options),
    )


def _tell(report: "RunReport", *, as_json: bool, quiet: bool) -> int:
    """Print the report and return the exit code."""
    complete = report.decoded.is_complete
    if not quiet:
        for warning in report.warnings:
            click.echo(f"instavid: {warning}", err=True)
        if not as_json:
            click.echo(report.summary())
    if not complete:
        click.echo(
            f"instavid: {report.input} is damaged; {report.written.path} holds the "
            f"{report.frames} frames that could be decoded",
            err=True,
        )
    if as_json:
        click.echo(json.dumps(report.to_json()))
    return _exit_code(report)


def _exit_code(report: "RunReport") -> int:
    return 0 if report.decoded.is_complete else DAMAGED_INPUT
