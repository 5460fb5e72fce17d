"""The exceptions of instagan: one line each, with the value and what to try."""


class InstaganError(Exception):
    """Anything instagan refuses on purpose."""


class ConfigError(InstaganError, ValueError):
    """A setting is out of range, or a folder does not hold what it should."""


class PairError(InstaganError, ValueError):
    """A pair of generators cannot be read, written or used."""


class PairNotFoundError(PairError, FileNotFoundError):
    """No pair goes by that name or lies at that path."""


class WeightsError(PairError):
    """A weight file is damaged, foreign or does not fit its architecture."""


class CollapseError(InstaganError):
    """Training has gone where it does not come back from."""
