"""Pictures, a translator and a judge of which tests know every verdict, all told by colours."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import cv2
import numpy as np

from instagan.data.layout import DomainLetter, image_path, mask_path
from instavid.classifiers.classifier import Looks
from instavid.types import Crop, Frame, Instances, Mask, Patch

GRASS = (40, 90, 40)
WILLING, STUBBORN, FADING, DRIFTING = (240, 240, 240), (200, 200, 200), (120, 60, 20), (90, 90, 250)
"""Sheep that become giraffes, stay as they are, lose their mask, get a mask that is elsewhere."""
GIRAFFE = (250, 180, 60)
HEIGHT, WIDTH = 64, 96

Box = tuple[int, int, int, int]
"""Left, top, right, bottom, px."""
Objects = Sequence[tuple[tuple[int, int, int], Box]]


def write_picture(
    root: Path, stem: str, objects: Objects, *, domain: DomainLetter, split: str = "test"
) -> None:
    """Write boxes of one colour on grass, and a mask for each."""
    rgb = np.full((HEIGHT, WIDTH, 3), GRASS, np.uint8)
    for index, (colour, (left, top, right, bottom)) in enumerate(objects):
        mask = np.zeros((HEIGHT, WIDTH), np.uint8)
        mask[top:bottom, left:right] = 255
        rgb[mask > 0] = colour
        _write(mask_path(root, split, domain=domain, stem=stem, index=index), mask)
    _write(image_path(root, split, domain=domain, stem=stem), rgb[..., ::-1])


def _write(path: Path, pixels: np.ndarray) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


@dataclass(frozen=True)
class ColourJudge:
    """Finds every patch of a colour that it knows; satisfies `Segmenter`."""

    score: float = 0.9

    def segment(self, frames: Sequence[Frame]) -> list[Instances]:
        """Call giraffes by their colour, and everything else that is not grass a sheep."""
        return [self._look(frame.rgb()) for frame in frames]

    def _look(self, rgb: np.ndarray) -> Instances:
        masks, labels = [], []
        for colour in (WILLING, STUBBORN, FADING, DRIFTING, GIRAFFE):
            here = (rgb == colour).all(axis=-1).astype(np.uint8)
            count, pieces = cv2.connectedComponents(here)
            masks += [Mask.from_full(pieces == number) for number in range(1, count)]
            labels += ["giraffe" if colour == GIRAFFE else "sheep"] * (count - 1)
        return Instances(tuple(masks), tuple(labels), (self.score,) * len(masks))


@dataclass(frozen=True)
class ColourClassifier:
    """Tells giraffes (domain B) by their colour; stands in for `Classifier`."""

    scale: float = 1.0

    def look(self, views: Sequence[np.ndarray]) -> Looks:
        """Return whether any pixel is a giraffe's, and the mean colour, scaled, as features."""
        is_b = [bool((view == GIRAFFE).all(axis=-1).any()) for view in views]
        means = [view.mean(axis=(0, 1)) * self.scale for view in views]
        return Looks(np.array(is_b, bool), np.array(means, np.float32).reshape(-1, 3))


class ColourTranslator:
    """Does with each object what its colour says; satisfies `Translator`."""

    def translate(self, crops: Sequence[Crop]) -> list[Patch]:
        """Return painted crops; giraffes are as wide as the sheep and half as high again."""
        return [self._paint(crop) for crop in crops]

    def _paint(self, crop: Crop) -> Patch:
        rgb, masks = crop.rgb.copy(), []
        for mask in crop.masks:
            colour = tuple(crop.rgb[mask][0])
            grown = mask if colour == STUBBORN else _grown(mask)
            if colour != STUBBORN:
                rgb[grown] = GIRAFFE
            moved = {FADING: np.zeros_like(mask), DRIFTING: ~grown & ~mask}
            masks.append(moved.get(colour, grown))
        return Patch(rgb, np.stack(masks))


def _grown(mask: np.ndarray) -> np.ndarray:
    rows = np.flatnonzero(mask.any(axis=1))
    grown = mask.copy()
    for up in range(1, len(rows) // 2 + 1):
        grown[rows[0] - up] = mask[rows[0]]
    return grown
