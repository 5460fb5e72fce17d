"""Pictures that wait on the disk until it is known which of them are wanted, and where."""

import re
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from instagan.data.layout import (
    MASK_SUFFIX,
    DomainLetter,
    files_by_name,
    image_folder,
    mask_folder,
)
from instavid.datasets.files import claim_folder, remove_files, write_image
from instavid.datasets.splitting import Move, make_moves
from instavid.datasets.views import View
from instavid.types import BoolArray, ByteArray

SPLITS = ("train", "test")


@dataclass(frozen=True)
class Drafts:
    """Pictures and masks of one domain in a folder that no part of the data set knows of."""

    folder: Path
    root: Path
    """Of the data set."""
    domain: DomainLetter

    def write(self, view: View, rgb: ByteArray, masks: Sequence[BoolArray]) -> None:
        """Write the picture of a view, (h, w, 3) uint8 RGB, and its masks, (h, w) bool each.

        Raises:
            OutputError: It cannot be written.
        """
        write_image(self._picture(view), rgb)
        for path, mask in zip(self._masks(view), masks, strict=True):
            write_image(path, mask.astype(np.uint8) * 255)

    def drop(self, view: View) -> None:
        """Remove the picture and the masks of a view."""
        remove_files([self._picture(view), *self._masks(view)])

    def place(self, view: View, split: str) -> None:
        """Move the picture and the masks of a view to where training looks for them.

        Raises:
            OutputError: A file cannot be moved.
        """
        # The masks first, as everywhere: training refuses them without a picture, and so none is
        # taken for complete that is not.
        masks, pictures = (
            place(self.root, split, domain=self.domain) for place in (mask_folder, image_folder)
        )
        moves = [Move(path, masks / path.name) for path in self._masks(view)]
        picture = self._picture(view)
        make_moves([*moves, Move(picture, pictures / picture.name)], advice="put that right")

    def _picture(self, view: View) -> Path:
        return self.folder / f"{view.name}.jpg"

    def _masks(self, view: View) -> list[Path]:
        return [self.folder / f"{view.name}_{index}{MASK_SUFFIX}" for index in range(view.objects)]


@contextmanager
def drafting(root: Path, domain: DomainLetter) -> Iterator[Drafts]:
    """Make a folder for drafts within a data set, gone at the end of the block.

    Raises:
        OutputError: The folder cannot be written to.
    """
    was_there = root.is_dir()
    claim_folder(root, overwrite=True)
    try:
        with tempfile.TemporaryDirectory(prefix=".from-video-", dir=root) as folder:
            yield Drafts(Path(folder), root, domain)
    finally:
        if not was_there:
            with suppress(OSError):  # there is something in it now
                root.rmdir()


def files_of_clips(root: Path, domain: DomainLetter, clips: Iterable[str]) -> list[Path]:
    """Return the files that earlier commands have made of clips, by the clips' names."""
    ours = re.compile(rf"({'|'.join(map(re.escape, clips))})_s\d+_f\d+_t\d+")
    return [
        path
        for split in SPLITS
        for name, paths in files_by_name(root, split, domain=domain).items()
        if ours.fullmatch(name)
        for path in paths
    ]
