"""The errors of instavid, and the exit code that each one becomes on the command line.

Every message is one line that says what is wrong, shows the value, and says what to try. Errors
that refine a builtin derive from it as well, so that a caller may catch either.
"""

from typing import ClassVar


class InstavidError(Exception):
    """Any failure that instavid foresees."""

    exit_code: ClassVar[int] = 1


class UsageError(InstavidError, ValueError):
    """The request contradicts itself or names something that does not exist."""

    exit_code = 2


class InputError(InstavidError, OSError):
    """The input cannot be opened, has no video stream, or yields no frame."""

    exit_code = 3


class InputNotFoundError(InputError, FileNotFoundError):
    """The input does not exist."""


class OutputError(InstavidError, OSError):
    """The output exists, is the input, cannot be written, or the disk is full."""

    exit_code = 4


class OutputExistsError(OutputError, FileExistsError):
    """The output exists and overwriting was not asked for."""


class ReaderGoneError(OutputError, BrokenPipeError):
    """Whoever read the output that was being written has closed it."""

    exit_code = 141


class UnavailableError(InstavidError, RuntimeError):
    """The device or encoder that was asked for is not usable on this machine."""

    exit_code = 5


class LackOfMemoryError(InstavidError, MemoryError):
    """A device has too little memory for a single picture, whatever was tried."""


class ModelError(InstavidError, ValueError):
    """Segmentation weights are missing, damaged, or not what they should be."""

    exit_code = 6


class JobError(InstavidError):
    """A job is not in a state in which this can be done with it."""


class StageError(InstavidError, RuntimeError):
    """A stage of the pipeline broke its own contract: a defect, ours or a plug-in's."""


class RunStopped(KeyboardInterrupt):
    """A run was stopped on request; what was finished by then is kept under a partial name.

    Not an `InstavidError`, as `KeyboardInterrupt` is no `Exception`: nothing failed.
    """
