"""The comment of a file, where results say how they were made."""

from pathlib import Path

from instavid.errors import InputError
from instavid.media.opening import locate, open_input

_MARK = "tool=instavid "
"""How the provenance begins that `instavid run` writes into the comment."""


def read_comment(path: str | Path) -> str:
    """Return the comment in the tags of a video file, empty where it has none.

    Raises:
        InputError: It cannot be read.
    """
    with open_input(locate(path)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    return tags.get("comment", "")


def is_own_result(path: Path) -> bool:
    """Return whether a video file says that instavid made it; False for what cannot be read."""
    try:
        return _MARK in read_comment(path)
    except InputError:
        return False
