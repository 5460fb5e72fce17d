"""The exceptions of instagan: one line each, with the value and what to try.

Each becomes an exit code on the command line.
"""

from typing import ClassVar


class InstaganError(Exception):
    """Anything instagan refuses on purpose."""

    exit_code: ClassVar[int] = 1


class ConfigError(InstaganError, ValueError):
    """A setting is out of range, or a folder does not hold what it should."""

    exit_code = 2


class DeviceError(InstaganError, RuntimeError):
    """The device that was asked for is not there."""

    exit_code = 5


class PairError(InstaganError, ValueError):
    """A pair of generators cannot be read, written or used."""

    exit_code = 6


class PairNotFoundError(PairError, FileNotFoundError):
    """No pair goes by that name or lies at that path."""


class WeightsError(PairError):
    """A weight file is damaged, foreign or does not fit its architecture."""


class ExportError(InstaganError):
    """A pair cannot be exported, or what was exported does not do the same."""

    exit_code = 8


class MissingPackageError(InstaganError, ImportError):
    """An optional package is needed and not installed."""

    exit_code = 5


class CollapseError(InstaganError):
    """Training has gone where it does not come back from."""


class RunFolderError(InstaganError, OSError):
    """The folder of a training run cannot be written."""

    exit_code = 4
