"""instavid run --dry-run: say what a run would come to, and write nothing."""

import json
from collections.abc import Sequence
from typing import Any

import click

from instavid.cli.batch_options import leaves_out_existing
from instavid.cli.naming_options import many_tasks, only_task
from instavid.cli.run import make_transfigurer


def dry_run(arguments: Sequence[str], options: dict[str, Any], *, is_batch: bool) -> int:
    """Print what becomes of each input; return the exit code.

    With --json that is one object, `forecasts` with an entry per input, see `Forecast.to_json`.
    """
    from instavid.batch.inputs import find_inputs
    from instavid.forecast.forecasting import forecast

    transfigurer = make_transfigurer(options)
    if is_batch:
        found = find_inputs(arguments, recursive=options["recursive"])
        tasks = many_tasks(found, options, transfigurer)
    else:
        tasks = (only_task(arguments[0], options, transfigurer),)
    makes_folder, made = (options["output"] or "").endswith("/"), []
    for task in tasks:
        if is_batch and leaves_out_existing(options) and task.output.exists():
            click.echo(f"instavid: {task.input}: skipped, {task.output} exists", err=True)
            continue
        made.append(forecast(transfigurer, task, makes_folder=makes_folder))
        if not options["json"]:
            click.echo(made[-1].summary())
    if options["json"]:
        click.echo(json.dumps({"schema": 1, "forecasts": [each.to_json() for each in made]}))
    return 0
