"""Options for runs with many inputs."""

from typing import Any

import click

from instagan.cli.options import Command, add_options


def batch_options(command: Command) -> Command:
    """Add the flags that say which inputs there are, and what to do where one fails."""
    options = [
        click.option("-r", "--recursive", is_flag=True, help="Also look into folders of folders."),
        click.option(
            "--keep-going", is_flag=True, help="Go on after an input that fails; exit code 7."
        ),
        click.option("--skip-existing", is_flag=True, help="Leave out inputs whose output exists."),
        click.option(
            "--dry-run", is_flag=True, help="Say what would be done, with estimates; write nothing."
        ),
        click.option(
            "--queue",
            is_flag=True,
            allow_from_autoenv=False,
            help="Do not run: keep it for `instavid jobs start`, and print the job's name.",
        ),
    ]
    return add_options(command, options)


def leaves_out_existing(options: dict[str, Any]) -> bool:
    """Return whether inputs of a run with many are left out where their output exists.

    With --resume what exists was finished before the interruption; -y asks for all anew.
    """
    resumes = options["resume"] is True and not options["overwrite"]
    return bool(options["skip_existing"] or resumes)
