"""instavid run: transfigure the objects in video files."""

import json
from typing import TYPE_CHECKING, Any, cast

import click

from instagan.cli.interrupts import Interrupts, catch_interrupts
from instavid.cli.adjust_options import adjust_options, make_adjustments
from instavid.cli.batch_options import batch_options
from instavid.cli.events import ProgressEvents, emit, logging_as_events
from instavid.cli.failures import NOTHING_KEPT, error_object, report_error
from instavid.cli.jobs import queue_run
from instavid.cli.options import (
    DAMAGED_INPUT,
    NOT_VERIFIED,
    encoder_options,
    model_options,
    shared_arguments,
)
from instavid.cli.progress import ProgressDisplay, ProgressStyle
from instavid.cli.span_options import make_span, span_options
from instavid.cli.standard_streams import refuse_streams, result_on_stdout
from instavid.defaults import RESUME_EVERY
from instavid.media.streaming import STREAMED

if TYPE_CHECKING:
    from instavid.batch.naming import Task
    from instavid.pipeline import Progress
    from instavid.run_report import RunReport
    from instavid.transfigurer import Transfigurer


@click.command("run")
@click.argument("inputs", metavar="INPUT...", nargs=-1)
@click.option("-i", "--input", "input_option", hidden=True)
@click.option(
    "-o",
    "--output",
    metavar="PATH|-|FOLDER/|TEMPLATE",
    help="Result, - for standard output, or a folder for it, or a name with {stem} {pair} {ext} "
    "{n} {parent}  [default: {stem}_{pair}{ext}, and - where INPUT is -]",
)
@batch_options
@click.option(
    "-f",
    "--format",
    type=click.Choice(STREAMED),
    help="Container for standard output or a named pipe  [default: as INPUT, or matroska]",
)
@model_options
@span_options
@adjust_options
@click.option("--batch", default=8, type=click.IntRange(1, 256), help="Frames per network pass.")
@encoder_options
@click.option(
    "--strict", is_flag=True, help="Refuse to drop a stream, or anything else of the input."
)
@click.option(
    "--verify", is_flag=True, help="Read the result again and prove it; exit code 8 if it fails."
)
@click.option(
    "--replay",
    metavar="RESULT",
    help="Repeat the run that made a file, with the options it tells; flags given here win.",
)
@click.option("--save-masks", metavar="PATH.mkv", help="Also write what was changed, as a video.")
@click.option(
    "--resume/--no-resume",
    default=None,
    show_default=False,
    help="Go on where a run of the same command was interrupted or killed (of several inputs, "
    "leave out those whose output exists); or keep nothing that a later run could go on from  "
    "[default: start anew, but keep that]",
)
@click.option(
    "--resume-every",
    default=RESUME_EVERY,
    type=click.IntRange(1, 100_000),
    metavar="FRAMES",
    help="How far places to go on from are apart.",
)
@click.option(
    "--progress",
    type=click.Choice(["auto", "bar", "plain", "json", "none"]),
    default="auto",
    help="How, on stderr; json is an event per line for other programs.",
)
@click.option("--json", is_flag=True, help="Print the report as one JSON object.")
@click.option("--report", metavar="FILE.json", help="Write that object to a file.")
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
    ffmpeg -i in.mp4 -f matroska - | instavid run - -o - -p sheep2giraffe | ffmpeg -i - out.mp4
    instavid run --replay field_sheep2giraffe.mp4
    """
    arguments = inputs or ((input_option,) if input_option else ())
    if options["replay"] is not None:
        from instavid.cli.replaying import take_up
        from instavid.cli.report_file import failure_reported

        if len(arguments) > 1:
            raise click.UsageError("--replay repeats one run: give one INPUT, or none")
        with failure_reported(options["report"], overwrite=options["overwrite"]):
            source, options = take_up(ctx, options, source=arguments[0] if arguments else None)
        arguments = (source,)
    if not arguments:
        raise click.UsageError("Missing argument 'INPUT'.")
    if options["queue"]:
        refuse_streams(arguments, options, what="a run that is kept for later")
        return queue_run(ctx.obj["arguments"])
    from instavid.cli.run_batch import is_batch, run_batch

    many = is_batch(arguments, options)
    if many or options["dry_run"]:
        refuse_streams(arguments, options, what="a run with many inputs" if many else "--dry-run")
    if options["dry_run"]:
        from instavid.cli.dry_run import dry_run

        return dry_run(arguments, options, is_batch=many)
    if many:
        return run_batch(arguments, options, context=ctx.obj)
    (source,) = arguments
    with result_on_stdout(source, options):
        return _run(source, options, quiet=bool(ctx.obj["quiet"]))


def _run(source: str, options: dict[str, Any], *, quiet: bool) -> int:
    """Run and tell people; return the exit code."""
    if options["progress"] == "json":
        return _run_with_events(source, options)
    display = ProgressDisplay("none" if quiet else cast(ProgressStyle, options["progress"]))
    with catch_interrupts(is_prompt=True) as interrupts:
        try:
            report = _transfigure(source, options, display, interrupts)
        except KeyboardInterrupt as stopped:
            message = str(stopped) or NOTHING_KEPT
            click.echo(f"instavid: {message}", err=True)
            if options["json"]:
                click.echo(json.dumps(error_object(interrupts.exit_code, message)))
            return interrupts.exit_code
        finally:
            display.close()
    return _tell(report, as_json=options["json"], quiet=quiet)


def _run_with_events(source: str, options: dict[str, Any]) -> int:
    """Run and tell everything in events; return the exit code."""
    with catch_interrupts(is_prompt=True) as interrupts, logging_as_events():
        try:
            report = _transfigure(source, options, ProgressEvents(), interrupts)
        except KeyboardInterrupt as stopped:
            message = str(stopped) or NOTHING_KEPT
            emit("error", exit_code=interrupts.exit_code, message=message)
            if options["json"]:
                click.echo(json.dumps(error_object(interrupts.exit_code, message)))
            return interrupts.exit_code
        except click.ClickException:
            raise
        except Exception as error:
            return report_error(error, as_json=options["json"], as_event=True)
    for warning in (*report.warnings, *failed_checks(report)):
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
    from instavid.cli.report_file import ReportFile, failure_reported, files_of, may_be_replaced

    path = options["report"]
    overwrite = may_be_replaced(path, overwrite=options["overwrite"], resume=options["resume"])
    with failure_reported(path, overwrite=overwrite, interrupts=interrupts):
        transfigurer = make_transfigurer(options)
        task = only_task(source, options, transfigurer)
        files = files_of(task, replayed=options["replay"])
        report_file = ReportFile(path, overwrite=overwrite, inputs=files)
        if task.pipe is None:
            make_folder(options["output"])
        report = transfigure_one(transfigurer, task, display, interrupts)
        report_file.write(report.to_json())
    return report


def make_transfigurer(options: dict[str, Any]) -> "Transfigurer":
    """Return what does to each input what the options say."""
    from instavid.transfigurer import Transfigurer

    return Transfigurer(
        batch_size=options["batch"],
        span=make_span(options["start"], options["end"], options["duration"]),
        adjust=make_adjustments(options),
        container=options["format"],
        strict=options["strict"],
        verify=options["verify"],
        resume=options["resume"],
        resume_every=options["resume_every"],
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
        task.pipe or task.output,
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
            f"instavid: {report.input} is damaged; {report.written.shown} holds the "
            f"{report.frames} frames that could be decoded",
            err=True,
        )
    for failure in failed_checks(report):
        click.echo(f"instavid: {failure}", err=True)


def failed_checks(report: "RunReport") -> list[str]:
    """Return a sentence for each check that the result did not pass."""
    failures = report.verification.failures if report.verification else ()
    return [f"{report.written.shown} is not as it was written: {failure}" for failure in failures]


def run_exit_code(report: "RunReport") -> int:
    """Return what a run that came to its end is worth."""
    if report.verification is not None and not report.verification.has_passed:
        return NOT_VERIFIED
    return 0 if report.decoded.is_complete else DAMAGED_INPUT
