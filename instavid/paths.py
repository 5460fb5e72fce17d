"""Where a result goes when nobody says."""

import re
from pathlib import Path

_FAMILIES = {
    "h264": r"libx264|libx264rgb|h264\w*",
    "hevc": r"libx265|hevc\w*",
    "av1": r"libsvtav1|libaom-av1|av1\w*",
    "vp9": r"libvpx-vp9|vp9\w*",
    "vp8": r"libvpx|vp8\w*",
    "prores": r"prores\w*",
    "ffv1": r"ffv1\w*",
    "mpeg2": r"mpeg2\w*",
    "mpeg4": r"mpeg4\w*",
}
# What players open in containers of these endings, of what FFmpeg writes there.
_HELD = {
    **dict.fromkeys((".mp4", ".m4v"), ("h264", "hevc", "av1", "vp9", "mpeg4")),
    ".mov": ("h264", "hevc", "prores", "mpeg4"),
    ".webm": ("vp9", "vp8", "av1"),
    **dict.fromkeys((".ts", ".m2ts", ".mts"), ("h264", "hevc", "mpeg2")),
    ".avi": ("h264", "mpeg4", "ffv1"),
    ".nut": ("h264", "hevc", "av1", "vp9", "ffv1", "mpeg2", "mpeg4"),
}
_ANYTHING = ".mkv"
_FITTING = ("auto", "copy-like")
"""Choose an encoder that fits the container."""


def default_output(source: str | Path, suffix_name: str, *, codec: str) -> Path:
    """Return `{stem}_{name}{ext}` beside the input, in its container where that can hold the codec.

    Sources that are no files (URLs, `lavfi:`) go to the working directory.

    >>> default_output("clips/field.mp4", "sheep2giraffe", codec="libx264").as_posix()
    'clips/field_sheep2giraffe.mp4'
    >>> default_output("field.mp4", "sheep2giraffe", codec="ffv1").as_posix()
    'field_sheep2giraffe.mkv'
    >>> default_output("field.webm", "sheep2giraffe", codec="auto").as_posix()
    'field_sheep2giraffe.webm'
    """
    text = str(source)
    is_file = Path(text).exists() or not re.match(r"\w+:", text)
    path = Path(text) if is_file else Path(re.sub(r"[^A-Za-z0-9]+", "-", text).strip("-")[:60])
    suffix = path.suffix if _holds(path.suffix.lower(), codec) else _ANYTHING
    return path.with_name(f"{path.stem}_{suffix_name}{suffix}")


def _holds(suffix: str, codec: str) -> bool:
    held = _HELD.get(suffix, ())
    if suffix == _ANYTHING or (codec in _FITTING and held):
        return True
    return any(re.fullmatch(_FAMILIES[family], codec) for family in held)
