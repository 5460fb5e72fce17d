"""The contact sheet of several videos: a row for each, moments evenly spread as columns."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from instavid.metrics.sheets import captioned, fitted, grid, resized
from instavid.metrics.thinning import Thinned
from instavid.picture import PictureFormat
from instavid.types import ByteArray, Frame

TILE_HEIGHT = 160


@dataclass
class SideSheet:
    """Collects small tiles in one pass over videos of any length."""

    labels: tuple[str, ...]
    columns: int
    _moments: Thinned[list[ByteArray]] = field(init=False)

    def __post_init__(self) -> None:
        self._moments = Thinned(self.columns)

    @property
    def takes_next(self) -> bool:
        """Return whether the next moment may come on the sheet."""
        return self._moments.takes_next

    def skip(self) -> None:
        """Let a moment pass that would not be kept."""
        self._moments.skip()

    def add(self, frames: Sequence[Frame], pictures: Sequence[ByteArray]) -> None:
        """Take one moment.

        Args:
            frames: One of each video.
            pictures: (H, W, 3) uint8, the same, upright.
        """
        width = _shown_width(frames[0].picture)
        seconds = float(frames[0].pts * frames[0].time_base)
        self._moments.add(
            [
                captioned(_tile(frame.picture, rgb, width), f"{label} {seconds:.2f} s")
                for frame, rgb, label in zip(frames, pictures, self.labels, strict=True)
            ]
        )

    def sheet(self) -> ByteArray:
        """Return the sheet, (H, W, 3) uint8."""
        moments = self._moments.chosen()
        tiles = [column[row] for row in range(len(self.labels)) for column in moments]
        return grid(tiles, columns=len(moments))


def _tile(picture: PictureFormat, rgb: ByteArray, width: int) -> ByteArray:
    shown = resized(rgb, TILE_HEIGHT, _shown_width(picture))
    return fitted(shown, height=TILE_HEIGHT, width=width)


def _shown_width(picture: PictureFormat) -> int:
    """Return how wide a picture is at the height of a tile, px."""
    height, width = picture.upright_size
    return max(1, round(TILE_HEIGHT * width * picture.upright_sample_aspect / height))
