"""Where each of several videos lies when they stand side by side, and how they are drawn there."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np

from instavid.metrics.sheets import CAPTION_HEIGHT, GRAY, caption_width, resized, written
from instavid.picture import ColourTags, PictureFormat
from instavid.types import ByteArray

_DIVIDER = 4  # px
_CAPTIONED_HEIGHT = 270  # px of picture for which captions are as high as in sheets


@dataclass(frozen=True)
class SideLayout:
    """Cells of one height, with dividers between them; sizes are even, as 4:2:0 wants them."""

    height: int
    widths: tuple[int, ...]
    picture: PictureFormat
    """Format of the whole."""

    @staticmethod
    def of(pictures: Sequence[PictureFormat]) -> "SideLayout":
        """Scale all to the height of the first and keep its pixel shape and colours.

        >>> first, second = PictureFormat("yuv420p", 16, 8), PictureFormat("yuv420p", 12, 12)
        >>> SideLayout.of([first, second]).widths
        (16, 8)
        """
        first = pictures[0]
        height, aspect = _even(first.upright_size[0]), first.upright_sample_aspect
        widths = tuple(
            _even(
                round(
                    height
                    * (picture.upright_size[1] / picture.upright_size[0])
                    * (picture.upright_sample_aspect / aspect)
                )
            )
            for picture in pictures
        )
        whole = PictureFormat(
            "yuv420p",
            sum(widths) + _DIVIDER * (len(widths) - 1),
            height,
            tags=first.tags if first.pixel_format.startswith("yuv") else ColourTags(),
            sample_aspect_ratio=Fraction(aspect).limit_denominator(1000),
        )
        return SideLayout(height, widths, whole)

    def draw(self, pictures: Sequence[ByteArray], captions: Sequence[ByteArray]) -> ByteArray:
        """Return the pictures side by side.

        Args:
            pictures: (h, w, 3) uint8 RGB, upright, one for each cell.
            captions: (h, w, 3) uint8, as `caption` makes them, one for each cell or none at all.

        Returns:
            (H, W, 3) uint8.
        """
        whole = np.full((self.height, self.picture.width, 3), GRAY, np.uint8)
        left = 0
        for index, (rgb, width) in enumerate(zip(pictures, self.widths, strict=True)):
            cell = whole[:, left : left + width]
            cell[:] = resized(rgb, self.height, width)
            if captions:
                strip = captions[index][: self.height, :width]
                cell[: strip.shape[0], : strip.shape[1]] = strip
            left += width + _DIVIDER
        return whole

    def caption(self, text: str) -> ByteArray:
        """Return a line of white text on black, larger for larger pictures, (h, w, 3) uint8."""
        blank = np.zeros((CAPTION_HEIGHT, caption_width(text), 3), np.uint8)
        factor = max(1, self.height // _CAPTIONED_HEIGHT)
        line = written(blank, text, (255, 255, 255))
        return resized(line, line.shape[0] * factor, line.shape[1] * factor)


def _even(length: int) -> int:
    return max(2, length + length % 2)
