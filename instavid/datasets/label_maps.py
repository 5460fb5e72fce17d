"""Label maps, which hold the number of a class for every pixel."""

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from instavid.errors import InputError, UsageError
from instavid.segmenters.weights import suggest
from instavid.types import BoolArray

LabelMap = npt.NDArray[np.integer[Any]]
"""(H, W), any integer type, 0 and up."""


def numbers_of(classes: Sequence[str], known: Sequence[str], source: str) -> list[int]:
    """Return the numbers of classes, which are their positions among the known ones.

    Raises:
        UsageError: One is not known, or is the first, which stands for what is of no class.

    >>> numbers_of(["hair"], ["null", "hat", "hair"], "a list")
    [2]
    """
    for name in classes:
        if name not in known[1:]:
            raise UsageError(f"No class '{name}' in {source}.{suggest(name, known[1:])}")
    return [known.index(name) for name in classes]


def mask_of(labels: LabelMap, numbers: Collection[int]) -> list[BoolArray]:
    """Return one mask of all pixels of some classes, (H, W) bool, or none if there are none."""
    mask = np.isin(labels, list(numbers))
    return [mask] if mask.any() else []


def read_matlab(path: Path, variable: str) -> npt.NDArray[Any]:
    """Read a variable of a MATLAB file.

    Raises:
        InputError: The file cannot be read or has no such variable.
    """
    from scipy.io import loadmat

    try:
        content = loadmat(path, variable_names=[variable])
    except Exception as error:  # scipy raises half a dozen kinds for damaged files
        raise InputError(f"Cannot read {path} ({error}); fetch it again or remove it") from error
    if variable not in content:
        raise InputError(f"Cannot read {path} (it holds no '{variable}'); fetch it again")
    found: npt.NDArray[Any] = content[variable]
    return found


def require_labels(array: npt.NDArray[Any], path: Path) -> LabelMap:
    """Return an array that is a label map.

    Raises:
        InputError: It has not two axes, or no integers.
    """
    if array.ndim != 2 or array.dtype.kind not in "iu":
        raise InputError(
            f"Cannot read {path} (no label map: {array.ndim} axes of {array.dtype}); fetch it again"
        )
    return array
