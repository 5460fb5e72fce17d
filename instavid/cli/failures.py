"""Telling what went wrong: one line, one exit code."""

import contextlib
import errno
import json
from typing import Any

import click

from instavid.cli.events import emit
from instavid.errors import InstavidError

NOTHING_KEPT = "stopped; nothing is kept"
"""What to say of an interruption that says nothing itself."""


def report_error(error: Exception, *, as_json: bool, as_event: bool = False) -> int:
    """Print an error as one line, and as JSON where that was asked for; return its exit code.

    Args:
        error: Any; what nobody foresaw is told as such.
        as_json: Whether stdout shall get an object, as it would have got the result.
        as_event: Whether stderr gets an event, see `instavid.cli.events`, and not a sentence.
    """
    code, message = describe_error(error)
    if as_event:
        emit("error", exit_code=code, message=message)
    else:
        click.echo(f"instavid: {message}", err=True)
    if as_json:
        # What went wrong may be that there is no room for our output.
        with contextlib.suppress(OSError):
            click.echo(json.dumps(error_object(code, message)))
    return code


def error_object(code: int, message: str) -> dict[str, Any]:
    """Return what `--json` prints, and `--report` keeps, where there is no report of a run."""
    return {"schema": 1, "error": {"exit_code": code, "message": message}}


def describe_error(error: Exception) -> tuple[int, str]:
    """Return the exit code of an error, and what to say of it in one line."""
    from instagan.errors import InstaganError
    from instagan.memory import is_out_of_memory

    message = " ".join(str(error).split())
    if isinstance(error, InstavidError | InstaganError):
        return error.exit_code, message
    if isinstance(error, OSError) and error.errno == errno.ENAMETOOLONG:
        return 3, f"name too long: {error.filename}"
    if is_out_of_memory(error):
        return 1, f"out of memory ({message}): try a smaller --batch, a smaller video or -d cpu"
    kind = type(error).__name__
    return 1, f"unexpected {kind}: {message}; --debug shows where, please report it"
