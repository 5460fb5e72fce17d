"""instavid run with many inputs: each in its turn, the networks loaded once."""

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Any

import click

from instagan.cli.interrupts import Interrupts, catch_interrupts
from instavid.cli.batch_options import leaves_out_existing
from instavid.cli.batch_telling import EventTeller, Teller, WordTeller
from instavid.cli.events import ProgressEvents, logging_as_events
from instavid.cli.failures import NOTHING_KEPT, describe_error, report_error
from instavid.cli.naming_options import make_folder, many_tasks
from instavid.cli.progress import ProgressDisplay
from instavid.cli.run import (
    failed_checks,
    make_transfigurer,
    run_exit_code,
    transfigure_one,
)

if TYPE_CHECKING:
    from instavid.batch.naming import Task
    from instavid.batch.running import Outcome
    from instavid.transfigurer import Transfigurer


def is_batch(arguments: Sequence[str], options: dict[str, Any]) -> bool:
    """Return whether there may be several inputs, or one is treated as if there were.

    It goes by how the inputs are asked for, not by how many there turn out to be: so a program
    knows which kind of report it gets.
    """
    from instavid.batch.inputs import is_one_video

    asked = options["keep_going"] or options["skip_existing"]
    return bool(asked) or len(arguments) > 1 or not is_one_video(arguments[0])


def run_batch(arguments: Sequence[str], options: dict[str, Any], *, context: dict[str, Any]) -> int:
    """Run all inputs and tell of each; return the exit code."""
    if options["overwrite"] and options["skip_existing"]:
        raise click.UsageError("--skip-existing and -y contradict each other")
    if options["progress"] != "json":
        words = WordTeller(options["progress"], quiet=context["quiet"], as_json=options["json"])
        return _run_all(arguments, options, words, debug=context["debug"])
    fields: dict[str, Any] = {}
    with logging_as_events(fields):
        try:
            events = EventTeller(fields, as_json=options["json"])
            return _run_all(arguments, options, events, debug=False)
        except click.ClickException:
            raise
        except Exception as error:
            return report_error(error, as_json=options["json"], as_event=True)


def _run_all(
    arguments: Sequence[str], options: dict[str, Any], teller: Teller, *, debug: bool
) -> int:
    from instavid.cli.report_file import failure_reported, may_be_replaced

    path = options["report"]
    overwrite = may_be_replaced(path, overwrite=options["overwrite"], resume=options["resume"])
    with failure_reported(path, overwrite=overwrite):
        return _run_tasks(arguments, options, teller, debug=debug, replaces_report=overwrite)


def _run_tasks(
    arguments: Sequence[str],
    options: dict[str, Any],
    teller: Teller,
    *,
    debug: bool,
    replaces_report: bool,
) -> int:
    from instavid.batch.running import run_all
    from instavid.cli.report_file import ReportFile, files_of

    transfigurer = make_transfigurer(options)
    tasks = _tasks(arguments, options, transfigurer, teller)
    files = [file for task in tasks for file in files_of(task)]
    report_file = ReportFile(options["report"], overwrite=replaces_report, inputs=files)
    with catch_interrupts(is_prompt=True) as interrupts:

        def run(index: int, task: "Task") -> "Outcome":
            display = teller.begin(index, task, of=len(tasks))
            try:
                return _outcome(transfigurer, task, display, interrupts, debug=debug)
            finally:
                display.close()

        report = run_all(
            tasks,
            run,
            on_end=partial(teller.tell, of=len(tasks)),
            keep_going=options["keep_going"],
            skip_existing=leaves_out_existing(options),
        )
    report_file.write(report.to_json())
    teller.finish(report)
    return report.exit_code


def _outcome(
    transfigurer: "Transfigurer",
    task: "Task",
    display: ProgressDisplay | ProgressEvents,
    interrupts: Interrupts,
    *,
    debug: bool,
) -> "Outcome":
    """Run one input; say what came of it, whatever that is."""
    from instavid.batch.running import Outcome

    try:
        if interrupts.stop.is_set():
            raise KeyboardInterrupt
        interrupts.has_begun = False
        report = transfigure_one(transfigurer, task, display, interrupts)
    except KeyboardInterrupt as stopped:
        message = str(stopped) or NOTHING_KEPT
        return Outcome(task, "interrupted", None, interrupts.exit_code, message)
    except Exception as error:
        if debug:
            raise
        return Outcome(task, "failed", None, *describe_error(error))
    code, failures = run_exit_code(report), failed_checks(report)
    return Outcome(task, "failed" if failures else "done", report, code, " ".join(failures))


def _tasks(
    arguments: Sequence[str], options: dict[str, Any], transfigurer: "Transfigurer", teller: Teller
) -> "tuple[Task, ...]":
    """Return what is to be done; what cannot be done is refused before anything is."""
    from instavid.batch.inputs import find_inputs
    from instavid.errors import InputError
    from instavid.media.output_path import check_output
    from instavid.outputs import the_result

    found = find_inputs(arguments, recursive=options["recursive"])
    if found.own_results:
        teller.note(f"left out, as instavid made them: {', '.join(found.own_results)}")
    if not found.inputs:
        raise InputError(
            f"Nothing to do: {', '.join(arguments)} holds results of earlier runs only."
        )
    tasks = many_tasks(found, options, transfigurer)
    make_folder(options["output"])
    if not options["keep_going"]:
        may_exist = options["overwrite"] or leaves_out_existing(options)
        for task in tasks:
            check_output(task.output, overwrite=may_exist, inputs=found.inputs)
            if task.masks is not None:
                check_output(
                    task.masks,
                    overwrite=may_exist,
                    inputs=[*found.inputs, the_result(task.output)],
                    option="--save-masks",
                )
    return tasks
