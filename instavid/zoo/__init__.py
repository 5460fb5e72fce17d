"""The weights that come with instavid, and where named pairs are looked for."""

from pathlib import Path

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
    return path.is_relative_to(FOLDER)


def shipped_segmenters() -> dict[str, Path]:
    """Return the segmentation weights that came with instavid, by name."""
    return {path.stem: path for path in sorted((FOLDER / "segmenters").glob("*.pt"))}
