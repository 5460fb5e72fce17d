"""A result that goes to standard output: nothing else may, and no terminal takes it."""

import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from instavid.media.output_pipe import OutputPipe

_STDOUT, _STDERR = 1, 2


@contextmanager
def result_on_stdout(source: str, options: dict[str, Any]) -> Iterator[None]:
    """Put an open pipe where `--output` is `-`; leave any other output alone.

    Args:
        source: The input; that of `-` goes to standard output when no output was given.
        options: Of the command; `output` may be replaced.

    Raises:
        click.UsageError: Standard output is a terminal, is closed, or was to take a report too.
    """
    if source == "-" and options["output"] is None:
        if _is_terminal():
            raise click.UsageError(
                "The result of standard input has no name of its own: give -o FILE, or send "
                "standard output into another program or a file"
            )
        options["output"] = "-"
    if options["output"] != "-":
        yield
        return
    if options["json"]:
        raise click.UsageError(
            "--json and -o - both want standard output: use --report FILE or --progress json"
        )
    with reserved_stdout() as options["output"]:
        yield


def refuse_streams(arguments: Sequence[str], options: dict[str, Any], *, what: str) -> None:
    """Refuse `-` as an input or the output where files are needed.

    Raises:
        click.UsageError: There is one.
    """
    if "-" in (*arguments, options["output"]):
        raise click.UsageError(
            f"- is standard input or output, which {what} cannot use: give names of files"
        )


@contextmanager
def reserved_stdout() -> Iterator["OutputPipe"]:
    """Yield standard output; whatever else is written to it meanwhile goes to standard error.

    That is done with the descriptors themselves, because libraries in C print too.

    Raises:
        click.UsageError: It is closed or a terminal.
    """
    from instavid.media.output_pipe import OutputPipe

    if sys.stdout is None:
        raise click.UsageError("Standard output is closed: give -o FILE")
    sys.stdout.flush()
    own = os.dup(_STDOUT)
    try:
        pipe = OutputPipe(descriptor=own)
        _send_stdout_to_stderr()
        yield pipe
    finally:
        with suppress(OSError):
            sys.stdout.flush()
        os.dup2(own, _STDOUT)
        os.close(own)


def _send_stdout_to_stderr() -> None:
    try:
        os.dup2(_STDERR, _STDOUT)
    except OSError:  # standard error is closed
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, _STDOUT)
        os.close(nowhere)


def _is_terminal() -> bool:
    try:
        return os.isatty(_STDOUT)
    except OSError:
        return False
