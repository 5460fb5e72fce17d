"""What lies under each name of a data set, whole or not."""

from dataclasses import dataclass
from pathlib import Path

from instagan.data.layout import DomainLetter, files_by_name, image_folder


@dataclass(frozen=True)
class Entry:
    """The files of one name in one domain of a split."""

    name: str
    pictures: tuple[Path, ...] = ()
    """One, where all is well."""
    masks: tuple[Path, ...] = ()
    """One or more, where all is well."""


def find_entries(root: Path, split: str, *, domain: DomainLetter) -> dict[str, Entry]:
    """Return the entries of one domain by name, sorted; none where there is no folder."""
    folder = image_folder(root, split, domain=domain)
    found = files_by_name(root, split, domain=domain)
    return {
        name: Entry(
            name,
            tuple(path for path in found[name] if path.parent == folder),
            tuple(path for path in found[name] if path.parent != folder),
        )
        for name in sorted(found)
    }
