"""Telling our own results from recordings, by what their container says."""

from pathlib import Path

from instavid.errors import InputError
from instavid.media.opening import locate, open_input

_MARK = "tool=instavid "
"""How the provenance begins that `instavid run` writes into the comment."""


def is_own_result(path: Path) -> bool:
    """Return whether a video file says that instavid made it; False for what cannot be read."""
    try:
        with open_input(locate(path)) as container:
            tags = dict(container.metadata)
    except InputError:
        return False
    return any(key.lower() == "comment" and _MARK in value for key, value in tags.items())
