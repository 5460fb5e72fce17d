"""`--report FILE`: what `--json` prints, in a file that appears only when it is whole."""

import json
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from instavid.errors import OutputError
from instavid.media.output_path import move_into_place, temporary_beside
from instavid.outputs import check_target


def is_batch_report(path: str) -> bool:
    """Return whether a file is the report of a run with many inputs."""
    try:
        report = json.loads(Path(path).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return isinstance(report, dict) and {"schema", "runs"} <= report.keys()


class ReportFile:
    """A file for the report of a run; without a path, none."""

    def __init__(self, path: str | None, *, overwrite: bool, inputs: Iterable[str | Path]) -> None:
        """Refuse what cannot be written before there is anything to report.

        Args:
            path: What the user asked for, None for no file.
            overwrite: Whether an existing file may be replaced.
            inputs: Files that must not be replaced.

        Raises:
            OutputError: It cannot be written.
            OutputExistsError: It exists and may not be overwritten.
        """
        self._target = (
            None if path is None else check_target(path, overwrite=overwrite, inputs=inputs)
        )

    def write(self, report: dict[str, Any]) -> None:
        """Write the report under its name in one step.

        Raises:
            OutputError: The disk is full, or something else is in the way.
        """
        if self._target is None:
            return
        temporary = temporary_beside(self._target)
        try:
            temporary.write_text(json.dumps(report) + "\n", encoding="utf-8")
            move_into_place(temporary, self._target)
        except OSError as error:
            temporary.unlink(missing_ok=True)
            raise OutputError(
                f"Cannot write the report {self._target}: {os.strerror(error.errno or 0)}. "
                "The result itself is complete."
            ) from error
