"""instavid run: transfigure the objects in video files."""

import json
from typing import TYPE_CHECKING, Any, cast

import click

from instagan.cli.interrupts import Interrupts, catch_interrupts
from instavid.cli.batch_options import batch_options
from instavid.cli.events import ProgressEvents, emit, logging_as_events
from instavid.cli.failures import report_error
from instavid.cli.jobs import queue_run
from instavid.cli.options import DAMAGED_INPUT, encoder_options, model_options, shared_arguments
from instavid.cli.progress import ProgressDisplay, ProgressStyle
from instavid.cli.span_options import make_span, span_options

if TYPE_CHECKING:
    from instavid.api import Transfigurer
    from instavid.batch.naming import Task
    from instavid.pipeline import Progress
    from instavid.run_report import RunReport

NOTHING_KEPT = "stopped; nothing is kept"


@click.command("run")
@click.argument("inputs", metavar="INPUT...", nargs=-1)
@click.option("-i", "--input", "input_option", hidden=True)
@click.option(
    "-o",
    "--output",
    metavar="PATH|FOLDER/|TEMPLATE",
    help="Result, or a folder for it, or a name with {stem} {pair} {ext} {n} {parent}  "
    "[default: {stem}_{pair}{ext}]",
)
@batch_options
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
    ctx: click.Context, /, *, inputs: tuple[str, ...], input_option: str | None, **options: Any
) -> int:
    """Transfigure the objects in video files.

    An INPUT is a file, a URL, a folder, a pattern in quotes, or @ and a file that names some.

    \b
    instavid run field.mp4 -p sheep2giraffe
    instavid run zoo.mp4 -p sheep2giraffe:BtoA -o sheep.mp4
    instavid run farm.mp4 -p horse2zebra@class:cow --crf 14 -y
    instavid run day.mp4 -p sheep2giraffe --start 01:30 --duration 10s
    instavid run films/ "more/*.mkv" -p sheep2giraffe -o out/ --keep-going
    """
    arguments = inputs or ((input_option,) if input_option else ())
    if not arguments:
        raise click.UsageError("Missing argument 'INPUT'.")
    if options["queue"]:
        return queue_run(ctx.obj["arguments"])
    from instavid.cli.run_batch import is_batch, run_batch

    if options["dry_run"]:
        from instavid.cli.dry_run import dry_run

        return dry_run(arguments, options, is_batch=is_batch(arguments, options))
    if is_batch(arguments, options):
        return run_batch(arguments, options, context=ctx.obj)
    (source,) = arguments
    if options["progress"] == "json":
        return _run_with_events(source, options)
    quiet = bool(ctx.obj["quiet"])
    display = ProgressDisplay("none" if quiet else cast(ProgressStyle, options["progress"]))
    with catch_interrupts() as interrupts:
        try:
            report = _transfigure(source, options, display, interrupts)
        except KeyboardInterrupt as stopped:
            click.echo(f"instavid: {stopped or NOTHING_KEPT}", err=True)
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
            emit("error", exit_code=interrupts.exit_code, message=str(stopped) or NOTHING_KEPT)
            return interrupts.exit_code
        except click.ClickException:
            raise
        except Exception as error:
            return report_error(error, as_json=options["json"], as_event=True)
    for warning in report.warnings:
        emit("warning", message=warning)
    code = run_exit_code(report)
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
    from instavid.cli.naming_options import make_folder, only_task

    transfigurer = make_transfigurer(options)
    task = only_task(source, options, transfigurer)
    make_folder(options["output"])
    return transfigure_one(transfigurer, task, display, interrupts)


def make_transfigurer(options: dict[str, Any]) -> "Transfigurer":
    """Return what does to each input what the options say."""
    from instavid.api import Transfigurer

    return Transfigurer(
        batch_size=options["batch"],
        span=make_span(options["start"], options["end"], options["duration"]),
        strict=options["strict"],
        **shared_arguments(options),
    )


def transfigure_one(
    transfigurer: "Transfigurer",
    task: "Task",
    display: ProgressDisplay | ProgressEvents,
    interrupts: Interrupts,
) -> "RunReport":
    """Run one input, and show how far it is."""

    def show(progress: "Progress") -> None:
        interrupts.has_begun = True
        display.show(progress)

    return transfigurer.run(
        task.input,
        task.output,
        save_masks=task.masks,
        on_start=display.start,
        on_progress=show,
        stop=interrupts.stop,
    )


def _tell(report: "RunReport", *, as_json: bool, quiet: bool) -> int:
    """Print the report and return the exit code."""
    tell(report, quiet=quiet, with_summary=not as_json)
    if as_json:
        click.echo(json.dumps(report.to_json()))
    return run_exit_code(report)


def tell(report: "RunReport", *, quiet: bool, with_summary: bool) -> None:
    """Print what people should know of a run."""
    if not quiet:
        for warning in report.warnings:
            click.echo(f"instavid: {warning}", err=True)
        if with_summary:
            click.echo(report.summary())
    if not report.decoded.is_complete:
        click.echo(
            f"instavid: {report.input} is damaged; {report.written.path} holds the "
            f"{report.frames} frames that could be decoded",
            err=True,
        )


def run_exit_code(report: "RunReport") -> int:
    """Return what a run that came to its end is worth."""
    return 0 if report.decoded.is_complete else DAMAGED_INPUT
