"""What a translator did to the surroundings of its objects, before and after compositing."""

from dataclasses import dataclass, field

import numpy as np
import torch

from instagan.pixels import picture_at
from instavid.core.composite import NEW_MASK, OLD_MASK, Painted
from instavid.core.tensors import image_to_rgb
from instavid.metrics.context import (
    ContextFigures,
    PictureDifference,
    context_difference,
    mean_difference,
)
from instavid.metrics.pair_scenes import Scene
from instavid.translators.instagan import size_for
from instavid.types import BoolArray, ByteArray, Crop


@dataclass(frozen=True)
class Context:
    """Differences outside the union of old and new silhouettes; None where nothing lies there."""

    crops: ContextFigures | None
    """Of crops and what the generator made of them, as it made them: what it leaves alone."""
    resampled: ContextFigures | None
    """Of crops and themselves at the working size and back: what no generator can do better."""
    pictures: ContextFigures | None
    """Of whole pictures and results: but for the soft edge equal, whatever the generator does."""


@dataclass
class ContextTally:
    """Collects differences, scene by scene."""

    crops: list[PictureDifference] = field(default_factory=list)
    resampled: list[PictureDifference] = field(default_factory=list)
    pictures: list[PictureDifference] = field(default_factory=list)

    def add(self, scene: Scene, *, working_size: tuple[int, int] | None) -> None:
        """Compare the crops of a scene, and all of it.

        Args:
            scene: Before and after.
            working_size: (height, width) of the translator, px; None if it has none.
        """
        for piece in scene.painted:
            self._add_crop(piece, working_size)
        outside = (scene.composite.matte & (OLD_MASK | NEW_MASK)) == 0
        before, after = scene.still.frame.rgb(), scene.composite.frame.rgb()
        if (found := context_difference(before, after, outside)) is not None:
            self.pictures.append(found)

    def means(self) -> Context:
        """Return what was collected."""
        return Context(*map(mean_difference, (self.crops, self.resampled, self.pictures)))

    def _add_crop(self, piece: Painted, working_size: tuple[int, int] | None) -> None:
        masks = np.concatenate([piece.crop.masks, piece.patch.masks])
        outside: BoolArray = np.logical_not(masks.any(axis=0))
        found = context_difference(piece.crop.rgb, piece.patch.rgb, outside)
        if found is None:
            return
        self.crops.append(found)
        if working_size is not None:
            there_and_back = resampled(piece.crop, working_size)
            least = context_difference(piece.crop.rgb, there_and_back, outside)
            assert least is not None, "the same pixels counted a moment ago"
            self.resampled.append(least)


def resampled(crop: Crop, working_size: tuple[int, int]) -> ByteArray:
    """Return a crop after it was brought to a translator's size and back, (h, w, 3) uint8."""
    pixels = torch.from_numpy(crop.rgb).permute(2, 0, 1)
    height, width = crop.rgb.shape[:2]
    return image_to_rgb(picture_at(pixels, size_for(crop, working_size)), (height, width))
