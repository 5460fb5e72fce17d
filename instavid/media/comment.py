"""The comment of a file, where results say how they were made."""

from pathlib import Path

from instavid.media.opening import locate, open_input


def read_comment(path: str | Path) -> str:
    """Return the comment in the tags of a video file, empty where it has none.

    Raises:
        InputError: It cannot be read.
    """
    with open_input(locate(path)) as container:
        tags = {key.lower(): value for key, value in container.metadata.items()}
    return tags.get("comment", "")
