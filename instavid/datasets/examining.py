"""What is wrong with one picture of a data set and its masks, and how large its objects are."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from typing import Literal

import numpy as np

from instagan.data.reading import MASK_LEVEL, UnreadableError, read_pixels
from instavid.datasets.entries import Entry
from instavid.types import ByteArray, Mask

NEARLY_ALL = 0.95
"""Share of the picture from which a mask is taken for a mistake."""
TWICE_IOU = 0.7
"""IoU from which two masks are taken for the same object."""


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong with one file."""

    status: Literal["problem", "warning"]
    """problem: training or measuring would refuse. warning: they would not, but look at it."""
    path: Path
    detail: str
    """What is wrong and what to do."""


@dataclass(frozen=True)
class Examined:
    """What one entry holds."""

    entry: Entry
    findings: tuple[Finding, ...] = ()
    areas: tuple[tuple[float, Path], ...] = ()
    """Share of the picture, above 0 to 1, of each mask that is sound and not empty."""
    overlaps: bool = False
    """Whether two masks share a pixel."""
    digest: str | None = None
    """SHA-256 of the picture's file; None if it cannot be read."""


def examine(entry: Entry) -> Examined:
    """Read all files of an entry, as training would; that a picture lacks masks is not told."""
    if not entry.pictures:
        detail = f"has no picture '{entry.name}'; remove it or add the picture"
        return Examined(entry, tuple(Finding("problem", path, detail) for path in entry.masks))
    first, *others = entry.pictures
    twin = f"shares its masks with {first.name}; rename one of them"
    findings = [Finding("problem", path, twin) for path in others]
    picture = _read(first, "RGB", findings)
    masks = []
    for path in entry.masks:
        gray = _read(path, "L", findings)
        if gray is not None and picture is not None:
            masks += _sound_mask(path, gray, picture.shape[:2], findings)
    overlaps = _overlaps(masks, findings)
    pixels = picture.shape[0] * picture.shape[1] if picture is not None else 0
    return Examined(
        entry,
        tuple(findings),
        tuple((mask.area / pixels, path) for path, mask in masks),
        overlaps,
        _digest(first) if picture is not None else None,
    )


def _read(path: Path, mode: Literal["RGB", "L"], findings: list[Finding]) -> ByteArray | None:
    try:
        return read_pixels(path, mode)
    except UnreadableError as error:
        findings.append(
            Finding("problem", path, f"cannot be read ({error.reason}); replace or remove it")
        )
        return None


def _sound_mask(
    path: Path, gray: ByteArray, size: tuple[int, ...], findings: list[Finding]
) -> list[tuple[Path, Mask]]:
    """Return the mask with its path, or nothing where it is of no use."""
    if gray.shape != size:
        sizes = f"is {gray.shape[1]}x{gray.shape[0]}, its picture {size[1]}x{size[0]}"
        findings.append(Finding("problem", path, f"{sizes}; make them the same size"))
        return []
    inside = gray > MASK_LEVEL
    if not inside.any():
        detail = (
            f"is empty: its brightest pixel is {gray.max()}, and inside is above {MASK_LEVEL}; "
            "draw the object white, or remove the mask"
        )
        findings.append(Finding("warning", path, detail))
        return []
    share = np.count_nonzero(inside) / inside.size
    if share >= NEARLY_ALL:
        detail = f"covers {share:.1%} of the picture; unless the object does, redraw or remove it"
        findings.append(Finding("warning", path, detail))
    return [(path, Mask.from_full(inside))]


def _overlaps(masks: Sequence[tuple[Path, Mask]], findings: list[Finding]) -> bool:
    overlaps = False
    for (first, one), (second, other) in combinations(masks, 2):
        iou = one.iou(other)
        overlaps |= iou > 0
        if iou >= TWICE_IOU:
            detail = f"overlaps {first.name} with IoU {iou:.2f}; if both are one object, remove one"
            findings.append(Finding("warning", second, detail))
    return overlaps


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
