"""`--report FILE`: what `--json` prints, in a file that appears only when it is whole."""

import contextlib
import json
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from instagan.cli.interrupts import Interrupts
from instavid.cli.failures import NOTHING_KEPT, describe_error, error_object
from instavid.errors import OutputError
from instavid.media.output_path import move_into_place, temporary_beside
from instavid.outputs import OtherFile, check_target, the_masks, the_result

if TYPE_CHECKING:
    from instavid.batch.naming import Task

_INTERRUPTED = 130


def may_be_replaced(path: str | None, *, overwrite: bool, resume: bool | None) -> bool:
    """Return whether `--report` may replace a file of its name.

    Without being told to, it does so with what a failed run left there, for the same command may
    be tried again; and with --resume, with what a run of many inputs left.
    """
    keys = _report_keys(Path(path)) if path is not None else set()
    return overwrite or "error" in keys or (resume is True and "runs" in keys)


def _report_keys(path: Path) -> set[str]:
    """Return what a file tells, where it is a report."""
    try:
        report = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return set()
    return set(report) if isinstance(report, dict) and "schema" in report else set()


class ReportRefusedError(OutputError):
    """Nothing may be written where the report is to be."""


def files_of(task: "Task", *, replayed: str | None = None) -> list[str | Path | OtherFile]:
    """Return the files that a run reads and writes, which no report may replace."""
    masks = [] if task.masks is None else [the_masks(task.masks)]
    earlier = [] if replayed is None else [OtherFile(replayed, "the earlier result (--replay)")]
    return [task.input, the_result(task.output), *masks, *earlier]


class ReportFile:
    """A file for the report of a run; without a path, none."""

    def __init__(
        self, path: str | None, *, overwrite: bool, inputs: Iterable[str | Path | OtherFile]
    ) -> None:
        """Refuse what cannot be written before there is anything to report.

        Args:
            path: What the user asked for, None for no file.
            overwrite: Whether an existing file may be replaced.
            inputs: Files that must not be replaced, see `check_target`.

        Raises:
            ReportRefusedError: It cannot be written, or exists and may not be overwritten.
        """
        try:
            self._target = (
                None
                if path is None
                else check_target(path, overwrite=overwrite, inputs=inputs, option="--report")
            )
        except OutputError as error:
            raise ReportRefusedError(str(error)) from error

    def write(self, report: dict[str, Any]) -> None:
        """Write the report under its name in one step.

        Raises:
            OutputError: The disk is full, or something else is in the way.
        """
        if self._target is None:
            return
        try:
            _write(self._target, report)
        except OSError as error:
            raise OutputError(
                f"Cannot write the report {self._target}: {os.strerror(error.errno or 0)}. "
                "The result itself is complete."
            ) from error


@contextlib.contextmanager
def failure_reported(
    path: str | None, *, overwrite: bool, interrupts: Interrupts | None = None
) -> Iterator[None]:
    """Write what ends the block early, as `--json` prints it, and let it pass.

    What is wrong with the command line itself is not written. As the block may end before it is
    known which files are inputs, no file is replaced but an empty one or an earlier report.

    Args:
        path: What the user asked for, None for no file.
        overwrite: Whether an existing file may be replaced.
        interrupts: Know the exit code of an interruption.
    """
    try:
        yield
    except (click.ClickException, ReportRefusedError):
        raise
    except Exception as error:
        _report_failure(path, *describe_error(error), overwrite=overwrite)
        raise
    except KeyboardInterrupt as stopped:
        code = interrupts.exit_code if interrupts else getattr(stopped, "exit_code", _INTERRUPTED)
        _report_failure(path, code, str(stopped) or NOTHING_KEPT, overwrite=overwrite)
        raise


def _report_failure(path: str | None, code: int, message: str, *, overwrite: bool) -> None:
    if path is None:
        return
    target = Path(path).resolve()
    # There may be no room for it either, and that would hide what went wrong.
    with contextlib.suppress(OSError):
        if not target.exists() or (overwrite and _may_give_way(target)):
            _write(target, error_object(code, message))


def _may_give_way(target: Path) -> bool:
    return target.is_file() and (target.stat().st_size == 0 or bool(_report_keys(target)))


def _write(target: Path, report: dict[str, Any]) -> None:
    temporary = temporary_beside(target)
    try:
        temporary.write_text(json.dumps(report) + "\n", encoding="utf-8")
        move_into_place(temporary, target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise
