"""The command line: flags, progress and exit codes; no loop over frames and no tensor.

Each command lives in a module of its own that is imported when it is called, and imports what is
heavy inside its body, so that help and version answer at once.
"""

import atexit
import contextlib
import logging
import os
import sys

import click

from instagan.cli.interrupts import handlers_kept
from instavid import __version__
from instavid.cli.failures import report_error
from instavid.cli.lazy import LazyGroup
from instavid.zoo import pair_places

_COMMANDS = {
    "bench": ("instavid.cli.bench", "Measure the speed of the generator and of every stage."),
    "compare": ("instavid.cli.compare", "Put videos side by side, or on a contact sheet."),
    "data": ("instavid.cli.data", "Write, check, preview and split data sets to train on."),
    "demo": ("instavid.cli.demo", "See sheep become giraffes, in about a minute."),
    "doctor": ("instavid.cli.doctor", "Check what this machine has and what works on it."),
    "eval": ("instavid.cli.evaluate", "Measure how good a pair, a video or a segmenter is."),
    "jobs": ("instavid.cli.jobs", "Work through runs that were kept for later."),
    "live": ("instavid.cli.live", "Transfigure a camera or a stream as it comes."),
    "pairs": ("instavid.cli.pairs", "List, show, import and export domain pairs."),
    "train": ("instagan.cli.train", "Train a new domain pair from pictures with masks."),
    "train-classifier": (
        "instavid.cli.train_classifier",
        "Train the network that eval pair takes its classification score from.",
    ),
    "run": ("instavid.cli.run", "Transfigure the objects in videos."),
}

_INTERRUPTED, _BROKEN_PIPE = 130, 141
_STOPPED = (_INTERRUPTED, 143)


class _ReaderGoneError(Exception):
    """Whoever read our output has closed it."""


class _Root(LazyGroup):
    """The command line itself."""

    def invoke(self, ctx: click.Context) -> object:
        try:
            return super().invoke(ctx)
        except BrokenPipeError as error:
            # Click would end with 1 before `main` could see it.
            raise _ReaderGoneError from error


@click.group(
    cls=_Root,
    lazy=_COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
)
@click.version_option(__version__, "-V", "--version", prog_name="instavid")
@click.option("-v", "--verbose", is_flag=True, help="Say more on stderr.")
@click.option("-q", "--quiet", is_flag=True, help="Say nothing but errors.")
@click.option("--debug", is_flag=True, help="Show the traceback of an error.")
@click.pass_context
def root(ctx: click.Context, *, verbose: bool, quiet: bool, debug: bool) -> None:
    """Turn the animals in a video into other animals, and nothing else in the picture.

    \b
    instavid demo
    instavid run field.mp4 -p sheep2giraffe
    instavid pairs list
    """
    ctx.obj = {**(ctx.obj or {}), "quiet": quiet, "pair_places": pair_places}
    default = "ERROR" if quiet else "INFO" if verbose else "WARNING"
    level = os.environ.get("INSTAVID_LOG_LEVEL", default).upper()
    known = level in logging.getLevelNamesMapping()
    logging.basicConfig(level=level if known else default, format="%(levelname)s %(message)s")


def main(arguments: list[str] | None = None) -> None:
    """Run the command line and exit with its code.

    Args:
        arguments: Those of this process where None, which then has nothing else to do.
    """
    if arguments is not None:
        with handlers_kept():
            sys.exit(_exit_code(arguments))
    code = _exit_code(sys.argv[1:])
    if code in _STOPPED:
        _leave(code)
    sys.exit(code)


def _exit_code(arguments: list[str]) -> int:
    """Do what a command line says; return what it ends with."""
    debug = "--debug" in arguments
    arguments = [argument for argument in arguments if argument != "--debug"]
    try:
        code = root.main(
            arguments,
            "instavid",
            standalone_mode=False,
            auto_envvar_prefix="INSTAVID",
            obj={"arguments": tuple(arguments), "debug": debug},
        )
    except click.ClickException as error:
        code = _refuse(error)
    except (click.Abort, KeyboardInterrupt) as error:
        click.echo("instavid: interrupted", err=True)
        # Click makes an Abort of a signal that arrives while a command says how it ended.
        code = getattr(error.__cause__ or error, "exit_code", _INTERRUPTED)
    except _ReaderGoneError:
        # Python would complain about stdout once more while it ends.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = _BROKEN_PIPE
    except Exception as error:
        if debug:
            raise
        code = report_error(error, as_json="--json" in arguments)
    return code if isinstance(code, int) else 0


def _leave(code: int) -> None:
    """End without taking the interpreter apart: with torch that takes up to seconds."""
    # Private, but in every Python from 3.11 on. It calls nothing that would not be called anyway,
    # the removal of temporary folders among it, and what fails there is said and not raised.
    atexit._run_exitfuncs()
    # Who read them may be gone, or the disk be full: the exit code stays what it is.
    with contextlib.suppress(OSError):
        sys.stdout.flush()
    with contextlib.suppress(OSError):
        sys.stderr.flush()
    os._exit(code)


def _refuse(error: click.ClickException) -> int:
    """Print a wrong call as one line, or the help that an empty one asks for; return its code."""
    if isinstance(error, click.exceptions.NoArgsIsHelpError):
        error.show()
        return error.exit_code
    command = getattr(getattr(error, "ctx", None), "command_path", None) or "instavid"
    message = " ".join(error.format_message().split()).rstrip(".")
    click.echo(f"instavid: {message}; '{command} -h' shows how", err=True)
    return error.exit_code
