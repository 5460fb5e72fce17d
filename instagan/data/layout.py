"""The folder layout of training data, defined once for those who write and who read it.

    root/trainA/sheep_1.png            a picture of domain A
    root/trainA_seg/sheep_1_0.png      its first instance mask, white inside
    root/trainA_seg/sheep_1_1.png      its second
    root/trainB/..., root/testA/...    the other domain, other splits

Pictures may be png, jpg, jpeg or webp; masks are png. Indices may have gaps.
"""

import hashlib
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeVar

from instagan.errors import ConfigError

T = TypeVar("T")
DomainLetter = Literal["A", "B"]
DOMAIN_LETTERS: tuple[DomainLetter, DomainLetter] = ("A", "B")

IMAGE_SUFFIXES = (".png", ".jpg", ".jpeg", ".webp")
MASK_SUFFIX = ".png"
_FOLDER = re.compile(r"(?P<split>.+)[AB](_seg)?")
_MASK_STEM = re.compile(r"(?P<image>.+)_(?P<index>\d+)")


@dataclass(frozen=True)
class Sample:
    """One picture and the masks of its instances, in the order of their indices."""

    image: Path
    masks: tuple[Path, ...]


def image_folder(root: Path, split: str, *, domain: DomainLetter) -> Path:
    """Return the folder of the pictures.

    >>> image_folder(Path("data"), "train", domain="A").as_posix()
    'data/trainA'
    """
    return root / f"{split}{domain}"


def mask_folder(root: Path, split: str, *, domain: DomainLetter) -> Path:
    """Return the folder of the masks.

    >>> mask_folder(Path("data"), "train", domain="A").as_posix()
    'data/trainA_seg'
    """
    return root / f"{split}{domain}_seg"


def image_path(root: Path, split: str, *, domain: DomainLetter, stem: str) -> Path:
    """Return where to write a picture."""
    return image_folder(root, split, domain=domain) / f"{stem}.png"


def mask_path(root: Path, split: str, *, domain: DomainLetter, stem: str, index: int) -> Path:
    """Return where to write the mask of one instance, counted from 0."""
    return mask_folder(root, split, domain=domain) / f"{stem}_{index}{MASK_SUFFIX}"


def find_splits(root: Path) -> tuple[str, ...]:
    """Return the splits of a data set by name, train first; nothing need be whole.

    Two of a split's four folders must be there: `DATA` alone is none of domain A.

    Raises:
        ConfigError: there is no split, or no such folder.
    """
    names = [_FOLDER.fullmatch(path.name) for path in _listing(root) if path.is_dir()]
    counts = Counter(match["split"] for match in names if match)
    found = sorted(split for split, count in counts.items() if count >= 2)
    if not found:
        raise ConfigError(f"No data set in {root}; the layout is trainA, trainA_seg, trainB, ...")
    return tuple(sorted(found, key=lambda split: split != "train"))


def find_samples(root: Path, split: str, *, domain: DomainLetter) -> tuple[Sample, ...]:
    """Return the samples of one domain in a split, sorted by name.

    Raises:
        ConfigError: a folder is missing or has no pictures, pictures lack masks, masks lack
            a picture, or two pictures differ only in their suffix.
    """
    images = _images(image_folder(root, split, domain=domain))
    folder = mask_folder(root, split, domain=domain)
    masks: dict[str, list[tuple[int, Path]]] = {stem: [] for stem in images}
    for stem, index, path in _masks(folder):
        if stem not in masks:
            raise ConfigError(f"Mask {path} has no picture {stem!r}; remove it or add the picture")
        masks[stem].append((index, path))
    if bare := [stem for stem, found in masks.items() if not found]:
        raise ConfigError(
            f"{len(bare)} of {len(images)} pictures have no mask in {folder}, the first is "
            f"{images[bare[0]].name}; add {bare[0]}_0{MASK_SUFFIX} or remove the picture"
        )
    return tuple(
        Sample(images[stem], tuple(path for _, path in sorted(masks[stem]))) for stem in images
    )


def pictures_by_stem(paths: Iterable[Path]) -> dict[str, Path]:
    """Return the pictures among some files, by the name that their masks begin with.

    Raises:
        ConfigError: two pictures differ only in their suffix.
    """
    found: dict[str, Path] = {}
    for path in paths:
        if path.suffix.lower() not in IMAGE_SUFFIXES:
            continue
        if path.stem in found:
            raise ConfigError(
                f"{found[path.stem]} and {path.name} share a name and would share their masks; "
                "rename one"
            )
        found[path.stem] = path
    return found


def files_by_name(root: Path, split: str, *, domain: DomainLetter) -> dict[str, list[Path]]:
    """Return what there is of each picture's name, itself and its masks; nothing need be whole."""
    found: dict[str, list[Path]] = {}
    pictures, masks = (place(root, split, domain=domain) for place in (image_folder, mask_folder))
    for path in _listing(pictures) if pictures.is_dir() else ():
        if path.suffix.lower() in IMAGE_SUFFIXES:
            found.setdefault(path.stem, []).append(path)
    for stem, _, path in _masks(masks) if masks.is_dir() else ():
        found.setdefault(stem, []).append(path)
    return found


def divide(
    samples: Sequence[Sample], share: float
) -> tuple[tuple[Sample, ...], tuple[Sample, ...]]:
    """Part samples into those to train with and those held out, by a hash of their names.

    A picture stays on its side whatever others come or go.

    Args:
        samples: any number.
        share: 0 to 1, roughly how much is held out.

    >>> [len(part) for part in divide([Sample(Path(f"{n}.png"), ()) for n in range(1000)], 0.1)]
    [894, 106]
    """
    held = {sample: is_held_out(sample.image.stem, share) for sample in samples}
    return tuple(s for s in samples if not held[s]), tuple(s for s in samples if held[s])


def evenly(items: Sequence[T], count: int) -> Sequence[T]:
    """Return about `count` items, evenly spaced: neighbours by name are often of one scene.

    >>> evenly(range(10), 3)
    range(0, 9, 3)
    """
    return items[:: max(1, len(items) // count)][:count]


def is_held_out(name: str, share: float) -> bool:
    """Return whether a name is among the share, 0 to 1, that is held out; a hash of it says so."""
    return hash_of_name(name) < share


def hash_of_name(name: str) -> float:
    """Return a number from 0 to 1 that only the name decides, evenly spread over names."""
    return int.from_bytes(hashlib.sha256(name.encode()).digest()[:8]) / 2**64


def _images(folder: Path) -> dict[str, Path]:
    found = pictures_by_stem(_listing(folder))
    if not found:
        raise ConfigError(f"No pictures in {folder}; use {', '.join(IMAGE_SUFFIXES)}")
    return found


def _masks(folder: Path) -> Iterator[tuple[str, int, Path]]:
    for path in _listing(folder):
        match = _MASK_STEM.fullmatch(path.stem)
        if path.suffix.lower() == MASK_SUFFIX and match:
            yield match["image"], int(match["index"]), path


def _listing(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise ConfigError(f"No folder {folder}; the layout is trainA, trainA_seg, trainB, ...")
    try:
        return sorted(folder.iterdir())
    except OSError as fault:
        raise ConfigError(
            f"Cannot list {folder}: {fault.strerror}; check its permissions"
        ) from fault
