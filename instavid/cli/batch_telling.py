"""What is said of a run with many inputs, in words or in events."""

import json
from typing import TYPE_CHECKING, Any, Protocol

import click

from instavid.cli.events import ProgressEvents, emit
from instavid.cli.progress import ProgressDisplay, ProgressStyle

if TYPE_CHECKING:
    from instavid.batch.naming import Task
    from instavid.batch.running import BatchReport, Outcome


class Teller(Protocol):
    """Says what happens to whoever watches."""

    def note(self, message: str) -> None:
        """Say something before the first input."""

    def begin(self, index: int, task: "Task", *, of: int) -> ProgressDisplay | ProgressEvents:
        """Say which input is next; return what shows how far it is."""

    def tell(self, index: int, outcome: "Outcome", *, of: int) -> None:
        """Say what became of an input."""

    def finish(self, report: "BatchReport") -> None:
        """Say what became of all."""


class WordTeller:
    """Speaks to people: results on stdout, all else on stderr. Satisfies `Teller`."""

    def __init__(self, style: ProgressStyle, *, quiet: bool, as_json: bool) -> None:
        """Choose how to show progress, and whether stdout is for one JSON object."""
        self._style: ProgressStyle = "none" if quiet else style
        self._quiet = quiet
        self._as_json = as_json

    def note(self, message: str) -> None:
        """Say it, unless nobody wants to hear."""
        if not self._quiet:
            click.echo(f"instavid: {message}", err=True)

    def begin(self, index: int, task: "Task", *, of: int) -> ProgressDisplay:
        """Name the input."""
        if self._style != "none":
            click.echo(f"{index + 1}/{of}: {task.input}", err=True)
        return ProgressDisplay(self._style)

    def tell(self, index: int, outcome: "Outcome", *, of: int) -> None:
        """Show the report, or say in one line why there is none."""
        from instavid.cli.run import tell

        if outcome.report is not None:
            tell(outcome.report, quiet=self._quiet, with_summary=not self._as_json)
        elif outcome.state == "skipped":
            self.note(f"{outcome.task.input}: skipped, {outcome.task.output} {outcome.message}")
        else:
            about, message = outcome.task.input, outcome.message
            click.echo(f"instavid: {'' if about in message else f'{about}: '}{message}", err=True)

    def finish(self, report: "BatchReport") -> None:
        """Count what came to what."""
        if not self._quiet or report.exit_code:
            click.echo(f"instavid: {report.summary()}", err=True)
        if self._as_json:
            click.echo(json.dumps(report.to_json()))


class EventTeller:
    """Speaks to programs, see `instavid.cli.events`. Satisfies `Teller`."""

    def __init__(self, fields: dict[str, Any], *, as_json: bool) -> None:
        """Take the fields that all events about one input have; they are changed with it."""
        self._fields = fields
        self._as_json = as_json

    def note(self, message: str) -> None:
        """Say it as a warning."""
        emit("warning", message=message)

    def begin(self, index: int, task: "Task", *, of: int) -> ProgressEvents:
        """Let all events name the input from now on."""
        self._fields.update(input=task.input, input_index=index, inputs=of)
        return ProgressEvents(self._fields)

    def tell(self, index: int, outcome: "Outcome", *, of: int) -> None:
        """Say how the input ended."""
        about = {"input": outcome.task.input, "input_index": index, "inputs": of}
        self._fields.clear()
        if outcome.report is not None:
            for warning in outcome.report.warnings:
                emit("warning", message=warning, **about)
            said = {"exit_code": outcome.exit_code, "report": outcome.report.to_json()}
            if outcome.state == "failed":
                emit("input_failed", **about, **said, message=outcome.message)
            else:
                emit("input_done", **about, **said)
        elif outcome.state == "skipped":
            emit("input_skipped", **about, output=str(outcome.task.output))
        else:
            code, message = outcome.exit_code, outcome.message
            emit("input_failed", **about, exit_code=code, message=message)

    def finish(self, report: "BatchReport") -> None:
        """Say how all ended, in the last event."""
        whole = report.to_json()
        if report.ended_early:
            emit("error", exit_code=report.exit_code, message=report.summary(), report=whole)
        else:
            emit("done", exit_code=report.exit_code, report=whole)
        if self._as_json:
            click.echo(json.dumps(whole))
