"""From -o and --save-masks to the place of each result."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from instavid.batch.inputs import Found
    from instavid.batch.naming import Task
    from instavid.transfigurer import Transfigurer


def only_task(source: str, options: dict[str, Any], transfigurer: "Transfigurer") -> "Task":
    """Return where the result of one input goes; plain names are taken as they are."""
    from instavid.batch.naming import Task, is_pattern

    output, masks = options["output"], options["save_masks"]
    mask_file = None if masks is None else Path(masks)
    if not isinstance(output, str | None):
        return Task(source, output.path, mask_file, pipe=output)
    if any(name is not None and is_pattern(name) for name in (output, masks)):
        (task,) = _planned([source], options, transfigurer, frozenset())
        return task
    plain = transfigurer.default_output(source) if output is None else Path(output)
    return Task(source, plain, mask_file)


def many_tasks(
    found: "Found", options: dict[str, Any], transfigurer: "Transfigurer"
) -> "tuple[Task, ...]":
    """Return where the result of each input goes, and refuse at once what cannot be written.

    Raises:
        click.UsageError: One plain file is to hold the results of several inputs.
    """
    from instavid.batch.naming import is_pattern

    output = options["output"]
    if output is not None and len(found.inputs) > 1 and not is_pattern(output):
        raise click.UsageError(
            f"-o {output} is one file for {len(found.inputs)} inputs: give a folder that exists or "
            "ends in /, or a name with {stem}, {n} or {parent}"
        )
    return _planned(found.inputs, options, transfigurer, found.expanded)


def make_folder(output: str | None) -> None:
    """Make the folder that -o asks for, where it says by its end that it is one."""
    from instavid.errors import OutputError

    if output is None or not output.endswith("/"):
        return
    try:
        Path(output).mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"Cannot make the folder {output}: {error.strerror}.") from error


def _planned(
    inputs: Sequence[str],
    options: dict[str, Any],
    transfigurer: "Transfigurer",
    expanded: frozenset[str],
) -> "tuple[Task, ...]":
    from instavid.batch.naming import plan_tasks

    return plan_tasks(
        inputs,
        default=transfigurer.default_output,
        pair=transfigurer.pair_names,
        output=options["output"],
        masks=options["save_masks"],
        expanded=expanded,
    )
