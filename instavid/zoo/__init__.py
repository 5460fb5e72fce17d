"""The weights that come with instavid, and where named pairs are looked for."""

from pathlib import Path
from shlex import quote
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from instagan.cards import Pair

FOLDER = Path(__file__).resolve().parent
"""Holds `pairs/NAME/` and `segmenters/NAME.pt`."""

LIMIT_BYTES = 32 << 20
"""All weights together stay below this, because everybody who installs instavid gets them."""


def pair_places() -> tuple[Path, ...]:
    """Return the folders in which named pairs are looked for, the user's own before ours."""
    from instagan.pairs import pairs_folder

    return pairs_folder(), FOLDER / "pairs"


def is_shipped(path: Path) -> bool:
    """Return whether a pair or a file of weights came with instavid."""
    return path.resolve().is_relative_to(FOLDER)


def find_own_pair(name_or_path: str) -> "Pair":
    """Return a pair whose card may be written: one of the user's.

    Raises:
        OutputError: It came with instavid.
        PairError: There is none, or it is damaged.
    """
    from instagan.pairs import find_pair, pairs_folder
    from instavid.errors import OutputError

    found = find_pair(name_or_path, pair_places())
    if is_shipped(found.folder):
        source, place = quote(str(found.folder.resolve())), quote(str(pairs_folder()))
        raise OutputError(
            f"Pair {found.folder.name!r} came with instavid and is read-only; "
            f"copy it, and the copy counts: mkdir -p {place} && cp -r {source} {place}"
        )
    return found


def shipped_segmenters() -> dict[str, Path]:
    """Return the segmentation weights that came with instavid, by name."""
    return {path.stem: path for path in sorted((FOLDER / "segmenters").glob("*.pt"))}
