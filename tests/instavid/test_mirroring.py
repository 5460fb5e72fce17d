"""A translator that sees everything walk one way."""

import numpy as np
import pytest

from instavid.testing import textured
from instavid.translators.mirroring import MirroringTranslator
from instavid.types import Crop, Patch


class PaintsItsRight:
    """Paints the right half of every crop, whatever is in it; satisfies `Translator`."""

    def __init__(self) -> None:
        self.seen: list[Crop] = []

    def translate(self, crops: list[Crop]) -> list[Patch]:
        self.seen += crops
        patches = []
        for crop in crops:
            rgb, masks = crop.rgb.copy(), np.zeros_like(crop.masks)
            rgb[:, crop.rgb.shape[1] // 2 :] = 255
            masks[:, :, -1] = True
            patches.append(Patch(rgb, masks))
        return patches


def crop(facing: int) -> Crop:
    masks = np.zeros((2, 6, 9), bool)
    masks[0, :, :2], masks[1, :, 7] = True, True
    return Crop(textured(6, 9, seed=facing + 1), masks, facing=facing)


@pytest.mark.parametrize("faces", [-1, 1])
def test_what_walks_the_other_way_is_shown_mirrored_and_turned_back(faces: int) -> None:
    inner = PaintsItsRight()
    given = [crop(-1), crop(0), crop(1)]
    made = MirroringTranslator(inner, faces=faces).translate(given)
    for before, shown, after in zip(given, inner.seen, made, strict=True):
        turned = before.facing == -faces
        across = slice(None, None, -1 if turned else 1)
        np.testing.assert_array_equal(shown.rgb, before.rgb[:, across])
        np.testing.assert_array_equal(shown.masks, before.masks[:, :, across])
        kept = slice(5, None) if turned else slice(0, 4)
        np.testing.assert_array_equal(after.rgb[:, kept], before.rgb[:, kept])
        assert after.masks[:, :, 0 if turned else -1].all()
        assert after.rgb.flags.c_contiguous
    assert MirroringTranslator(inner, faces=faces).translate([]) == []
