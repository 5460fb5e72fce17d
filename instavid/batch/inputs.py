"""Which videos a list of arguments stands for: files, folders, globs, lists of names, URLs."""

import glob
import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from instavid.errors import InputError, InputNotFoundError
from instavid.media.comment import is_own_result
from instavid.media.output_path import is_partial

VIDEO_ENDINGS = frozenset(
    [
        *(".mp4", ".m4v", ".mov", ".qt", ".mkv", ".mk3d", ".webm", ".avi", ".ts", ".m2ts", ".mts"),
        *(".mpg", ".mpeg", ".vob", ".flv", ".nut", ".ogv", ".3gp", ".3g2", ".mxf", ".gxf"),
        *(".wmv", ".asf", ".dv", ".ivf", ".y4m", ".rm", ".h264", ".h265", ".hevc"),
    ]
)
"""What is taken for a video in a folder, and among the files that a pattern matches."""

_URL = re.compile(r"[a-zA-Z][a-zA-Z0-9+.-]+://")


@dataclass(frozen=True)
class Found:
    """What a list of arguments stands for."""

    inputs: tuple[str, ...]
    """Files and URLs, each once, in the order of the arguments; folders sorted by name."""
    expanded: frozenset[str] = frozenset()
    """Those of them that nobody named: they were in a folder, or matched a pattern."""
    own_results: tuple[str, ...] = ()
    """Files in folders or matched by patterns that were left out, since instavid made them."""


def is_one_video(argument: str) -> bool:
    """Return whether an argument names one video, and is not to be expanded.

    What exists is meant as it is called, even with a star in its name.
    """
    path = Path(argument)
    if path.is_dir():
        return False
    if path.exists() or _URL.match(argument) or argument.startswith("lavfi:"):
        return True
    return not (argument.startswith("@") or glob.has_magic(argument))


def find_inputs(arguments: Sequence[str], *, recursive: bool = False) -> Found:
    """Expand folders, patterns and lists of names.

    Args:
        arguments: A file, a URL, a folder, a glob, or `@` and a file that has one of these per
            line, beside which relative names are looked up.
        recursive: Whether to go into folders of folders.

    Raises:
        InputNotFoundError: There is no such list, or a pattern matches nothing.
        InputError: A folder, a pattern or a list has no video.
    """
    names: dict[str, str] = {}
    chosen: set[str] = set()
    for argument in arguments:
        for name, is_chosen in _expand(argument, recursive=recursive):
            key = _identity(name)
            names.setdefault(key, name)
            if is_chosen:
                chosen.add(key)
    # A file that is named itself is taken, whoever made it.
    own = {k for k, name in names.items() if k not in chosen and _is_own(Path(name))}
    return Found(
        tuple(name for key, name in names.items() if key not in own),
        frozenset(name for key, name in names.items() if key not in chosen),
        tuple(names[key] for key in names if key in own),
    )


def _identity(name: str) -> str:
    """Return what two names of one file have in common."""
    path = Path(name)
    return str(path.resolve()) if path.exists() else name


def _is_own(path: Path) -> bool:
    """Return whether an earlier run made a file; not all containers tell it of a partial one."""
    return is_partial(path) or is_own_result(path)


def _expand(argument: str, *, recursive: bool) -> Iterator[tuple[str, bool]]:
    """Yield (name, whether it was named itself) of each video that an argument stands for."""
    if is_one_video(argument):
        yield argument, True
    elif argument.startswith("@") and not Path(argument).is_dir():
        for line in _lines(Path(argument[1:])):
            yield from _expand(line, recursive=recursive)
    else:
        path = Path(argument)
        found = _in_folder(path, recursive) if path.is_dir() else _matching(argument)
        yield from ((name, False) for name in found)


def _in_folder(folder: Path, recursive: bool) -> list[str]:
    files = _videos(folder.rglob("*") if recursive else folder.iterdir())
    if not files:
        deeper = "" if recursive else " -r looks into its folders."
        raise InputError(f"Cannot read {folder}: there is no video file in it.{deeper}")
    return files


def _matching(pattern: str) -> list[str]:
    files = _videos(Path(name) for name in glob.iglob(pattern, recursive=True))
    if not files:
        raise InputNotFoundError(f"Cannot read {pattern}: no video file matches. Check the path.")
    return files


def _videos(paths: Iterable[Path]) -> list[str]:
    return sorted(
        str(path)
        for path in paths
        if path.suffix.lower() in VIDEO_ENDINGS and path.name[0] != "." and path.is_file()
    )


def _lines(path: Path) -> list[str]:
    """Return what a list names; relative names are meant from its folder."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise InputNotFoundError(f"Cannot read the list {path}: no such file.") from error
    except (OSError, UnicodeDecodeError) as error:
        raise InputError(f"Cannot read the list {path}: {error}.") from error
    lines = [line.strip() for line in text.splitlines()]
    names = [line for line in lines if line and not line.startswith("#")]
    if not names:
        raise InputError(f"Cannot read the list {path}: it names nothing.")
    return [_beside(path.parent, name) for name in names]


def _beside(folder: Path, name: str) -> str:
    if _URL.match(name) or name.startswith("lavfi:"):
        return name
    if name.startswith("@"):
        return f"@{folder / name[1:]}"
    return str(folder / name)
