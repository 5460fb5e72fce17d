"""Where a result goes when nobody says."""

import re
from pathlib import Path

# Containers that players and editors open, and that hold what H.264 and its audio need.
_KEPT_SUFFIXES = (".mp4", ".m4v", ".mov", ".mkv", ".ts", ".avi", ".nut")
_ANYTHING = ".mkv"


def default_output(source: str | Path, suffix_name: str, *, codec: str) -> Path:
    """Return `{stem}_{name}{ext}` beside the input, in its container where that can hold the codec.

    Sources that are no files (URLs, `lavfi:`) go to the working directory.

    >>> default_output("clips/field.mp4", "sheep2giraffe", codec="libx264").as_posix()
    'clips/field_sheep2giraffe.mp4'
    >>> default_output("field.mp4", "sheep2giraffe", codec="ffv1").as_posix()
    'field_sheep2giraffe.mkv'
    """
    text = str(source)
    is_file = Path(text).exists() or not re.match(r"\w+:", text)
    path = Path(text) if is_file else Path(re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:60])
    suffix = path.suffix.lower()
    kept = suffix in _KEPT_SUFFIXES and (codec in ("libx264", "auto") or suffix == _ANYTHING)
    if suffix in (".mp4", ".m4v", ".mov") and codec in ("libx265", "libsvtav1"):
        kept = True
    return path.with_name(f"{path.stem}_{suffix_name}{path.suffix if kept else _ANYTHING}")
