"""Groups of options that stand in a file of their own."""

from collections.abc import Callable, Sequence
from typing import Any

Command = Callable[..., Any]


def add_options(command: Command, options: Sequence[Callable[[Command], Command]]) -> Command:
    """Add options to a command, in the order of its help."""
    for option in reversed(options):
        command = option(command)
    return command
