"""Whether a data set can be trained on: all that is wrong with it, found in one pass."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path

from instagan.data.layout import (
    DOMAIN_LETTERS,
    IMAGE_SUFFIXES,
    MASK_SUFFIX,
    DomainLetter,
    find_splits,
    image_folder,
    mask_folder,
)
from instagan.errors import ConfigError
from instavid.datasets.check_report import CheckReport, Part
from instavid.datasets.entries import Entry, find_entries
from instavid.datasets.examining import Examined, Finding, examine
from instavid.datasets.files import OnPicture, require_folder
from instavid.errors import InputError

UNBALANCED = 2.0
"""How many times as many masks one domain may have before it is told."""

_Place = tuple[str, DomainLetter]


def check_set(root: Path, *, on_picture: OnPicture = lambda done, total: None) -> CheckReport:
    """Read every picture and mask of a data set.

    Args:
        root: The folder of trainA, trainA_seg, trainB, ...; `train` must be there.
        on_picture: Told of progress.

    Raises:
        InputNotFoundError: There is no such folder.
        InputError: It holds no data set.
    """
    require_folder(root, holds="trainA")
    try:
        splits = dict.fromkeys(["train", *find_splits(root)])
    except ConfigError as error:
        raise InputError(str(error)) from error
    there = {
        (split, domain): find_entries(root, split, domain=domain)
        for split in splits
        for domain in DOMAIN_LETTERS
    }
    examined = _examine_all(there, on_picture)
    findings = [
        finding
        for place, some in examined.items()
        for finding in (*_folder_findings(root, place, some), *_entry_findings(some))
    ]
    parts = tuple(Part.of(*place, some) for place, some in examined.items())
    findings += [*_unbalanced(root, parts), *_seen_in_training(examined)]
    return CheckReport(root, parts, tuple(findings))


def _examine_all(
    there: Mapping[_Place, Mapping[str, Entry]], on_picture: OnPicture
) -> dict[_Place, list[Examined]]:
    total, done = sum(map(len, there.values())), 0
    found: dict[_Place, list[Examined]] = {place: [] for place in there}
    for place, entries in there.items():
        for entry in entries.values():
            found[place].append(examine(entry))
            done += 1
            on_picture(done, total)
    return found


def _folder_findings(root: Path, place: _Place, examined: Sequence[Examined]) -> Iterator[Finding]:
    split, domain = place
    pictures, masks = (folder(root, split, domain=domain) for folder in (image_folder, mask_folder))
    entries = [found.entry for found in examined]
    known = {mask for entry in entries for mask in entry.masks}
    if not any(entry.pictures for entry in entries):
        detail = f"no picture; put some there ({', '.join(IMAGE_SUFFIXES)})"
        yield Finding("problem", pictures, detail)
    if not known:
        # One line, not one for every picture.
        yield Finding("problem", masks, f"no mask; put NAME_0{MASK_SUFFIX} there for picture NAME")
        return
    if not any(found.areas for found in examined):
        yield Finding("problem", masks, "no mask that training could use; see the other lines")
    for entry in entries:
        if entry.pictures and not entry.masks:
            detail = f"has no mask; add {entry.name}_0{MASK_SUFFIX} or remove the picture"
            yield Finding("problem", entry.pictures[0], detail)
    for path in sorted(masks.iterdir()):
        if path.suffix.lower() in IMAGE_SUFFIXES and path not in known:
            detail = f"is not read: masks of picture NAME are NAME_0{MASK_SUFFIX}, ...; rename it"
            yield Finding("warning", path, detail)


def _entry_findings(examined: Sequence[Examined]) -> Iterator[Finding]:
    for found in examined:
        yield from found.findings


def _unbalanced(root: Path, parts: Iterable[Part]) -> Iterator[Finding]:
    train = sorted((part for part in parts if part.split == "train"), key=lambda part: part.masks)
    few, many = train
    if few.masks and many.masks > UNBALANCED * few.masks:
        times = f"{many.masks / few.masks:.1f} times as many masks as {few.split}{few.domain}"
        folder = image_folder(root, many.split, domain=many.domain)
        yield Finding("warning", folder, f"has {times}; add pictures to the other")


def _seen_in_training(examined: Mapping[_Place, Sequence[Examined]]) -> Iterator[Finding]:
    seen = {
        found.digest: found.entry.pictures[0]
        for (split, _), some in examined.items()
        for found in some
        if split == "train" and found.digest
    }
    for (split, _), some in examined.items():
        for found in some:
            if split != "train" and found.digest in seen:
                twin = seen[found.digest]
                detail = f"is {twin.parent.name}/{twin.name} byte for byte; remove one of them"
                yield Finding("warning", found.entry.pictures[0], detail)
