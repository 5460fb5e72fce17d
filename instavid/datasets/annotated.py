"""Pictures of data sets that come with masks, whatever the format of these is."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from instagan.data.layout import pictures_by_stem
from instagan.errors import ConfigError
from instavid.datasets.collecting import MaskFinder
from instavid.errors import InputError, UsageError


@dataclass(frozen=True)
class Annotated:
    """Pictures of a foreign data set, and how to get their masks."""

    pictures: tuple[Path, ...]
    """Those that are there, no two with the same name."""
    find_masks: MaskFinder
    """For these pictures alone."""
    missing: tuple[Path, ...] = ()
    """Pictures that are annotated but not there."""
    crowds: int = 0
    """Annotations that outline several objects at once, which make no mask."""


def divide_by_presence(paths: Iterable[Path]) -> tuple[tuple[Path, ...], tuple[Path, ...]]:
    """Part paths into files that are there and those that are not.

    Raises:
        UsageError: Two that are there differ only in their folder or suffix, and would share
            their masks.
    """
    there: list[Path] = []
    missing: list[Path] = []
    for path in paths:
        (there if path.is_file() else missing).append(path)
    try:
        pictures_by_stem(there)
    except ConfigError as error:
        raise UsageError(str(error)) from error
    return tuple(there), tuple(missing)


def require_size(
    picture: Path, size: tuple[int, int], annotation: str, annotated: tuple[int, int]
) -> None:
    """Refuse an annotation of another (height, width) than its picture has when upright.

    Raises:
        InputError: The sizes differ.
    """
    if size != annotated:
        raise InputError(
            f"{picture} is {size[1]}x{size[0]}, but {annotated[1]}x{annotated[0]} in {annotation}; "
            "take the original picture, or remove it"
        )
