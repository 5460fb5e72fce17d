"""Blending patches into the decoder's planes."""

import cv2
import numpy as np
import pytest

from instagan.windows import Window
from instavid.core.composite import (
    NEW_MASK,
    OLD_MASK,
    TOUCHED,
    Painted,
    composite,
    plane_alpha,
    soft_alpha,
)
from instavid.core.crops import CropPlan, cut_crop
from instavid.orientation import Orientation
from instavid.picture import ColourTags, PictureFormat
from instavid.testing import make_frame, textured
from instavid.types import Frame, Mask, Patch, TrackedInstance

WINDOW = Window(21, 13, 75, 60)


def disc(height: int, width: int, y: float, x: float, radius: float) -> np.ndarray:
    rows, columns = np.mgrid[:height, :width]
    return (rows - y) ** 2 + (columns - x) ** 2 <= radius**2


def paint(frame: Frame, old: np.ndarray, new: np.ndarray, colour: tuple[int, int, int]) -> Painted:
    """Return what a translator would that moves `old` to `new` and fills the crop with a colour."""
    plan = CropPlan(WINDOW, (TrackedInstance(1, Mask.from_full(old), "sheep", 0.9),))
    crop = cut_crop(frame, plan)
    rgb = np.broadcast_to(np.array(colour, np.uint8), crop.rgb.shape).copy()
    return Painted(plan, crop, Patch(rgb, new[WINDOW.slices][None]))


def upright_format(name: str, orientation: Orientation, height: int, width: int) -> PictureFormat:
    if orientation.swaps_axes:
        height, width = width, height
    return PictureFormat(name, width, height, ColourTags(range=1, space=1), orientation)


ALL_ORIENTATIONS = [
    Orientation(mirrored, turns) for mirrored in (False, True) for turns in range(4)
]


def test_a_frame_without_patches_is_the_same_frame() -> None:
    frame = make_frame(textured(40, 60))
    assert composite(frame, [], feather=4).frame is frame


def test_the_source_planes_are_never_written_to() -> None:
    frame = make_frame(textured(72, 96))
    before = [plane.copy() for plane in frame.planes]
    old = disc(72, 96, 36, 48, 12)
    composite(frame, [paint(frame, old, old, (255, 0, 0))], feather=3)
    for plane, kept in zip(frame.planes, before, strict=True):
        np.testing.assert_array_equal(plane, kept)


@pytest.mark.parametrize("feather", [0, 1, 4])
@pytest.mark.parametrize(
    "name", ["yuv420p", "yuv422p", "yuv444p", "yuv420p10le", "yuv440p", "gbrp", "gray", "yuva420p"]
)
def test_nothing_is_touched_outside_the_feathered_union_of_old_and_new_mask(
    name: str, feather: int
) -> None:
    frame = make_frame(textured(72, 96), picture=upright_format(name, Orientation(), 72, 96))
    old, new = disc(72, 96, 34, 44, 10), disc(72, 96, 30, 52, 9)
    result = composite(frame, [paint(frame, old, new, (255, 0, 255))], feather=feather)
    reach = cv2.distanceTransform((~(old | new)).astype(np.uint8), cv2.DIST_L2, 5) <= feather + 0.1
    touched = (result.matte & TOUCHED) > 0
    assert not (touched & ~reach).any()
    assert touched[old | new].all()
    np.testing.assert_array_equal((result.matte & OLD_MASK) > 0, old)
    np.testing.assert_array_equal((result.matte & NEW_MASK) > 0, new)
    changed = 0
    for before, after in zip(frame.planes, result.frame.planes, strict=True):
        # A sample of a smaller plane may change if any pixel that it covers was touched.
        down, across = 72 // before.shape[0], 96 // before.shape[1]
        covers = touched.reshape(before.shape[0], down, before.shape[1], across).any(axis=(1, 3))
        np.testing.assert_array_equal(after[~covers], before[~covers])
        changed += np.count_nonzero(after != before)
    assert changed > 100


@pytest.mark.parametrize("orientation", ALL_ORIENTATIONS, ids=str)
@pytest.mark.parametrize("size", [(72, 96), (71, 95)], ids=["even", "odd"])
def test_a_patch_lands_where_the_viewer_sees_the_object(
    orientation: Orientation, size: tuple[int, int]
) -> None:
    picture = upright_format("yuv444p", orientation, *size)
    frame = make_frame(np.full((*size, 3), 60, np.uint8), picture=picture)
    old = disc(*size, 30, 40, 11)
    result = composite(frame, [paint(frame, old, old, (250, 250, 250))], feather=0)
    np.testing.assert_array_equal(result.frame.rgb().mean(axis=2) > 150, old)


@pytest.mark.parametrize("name", ["yuv420p", "yuv422p", "yuv410p"])
@pytest.mark.parametrize("size", [(72, 96), (71, 95)], ids=["even", "odd"])
def test_subsampled_planes_do_not_shift(name: str, size: tuple[int, int]) -> None:
    frame = make_frame(
        np.full((*size, 3), 60, np.uint8), picture=upright_format(name, Orientation(), *size)
    )
    old = disc(*size, 30, 40, 14)
    result = composite(frame, [paint(frame, old, old, (250, 30, 30))], feather=0)
    red = result.frame.rgb()[..., 0].astype(float) - 60
    red[red < 8] = 0  # rounding of the background
    weights = red / red.sum()
    rows, columns = np.mgrid[: size[0], : size[1]]
    assert abs((weights * rows).sum() - 30) < 0.5
    assert abs((weights * columns).sum() - 40) < 0.5


def test_inside_the_masks_the_patch_is_taken_whole() -> None:
    frame = make_frame(textured(72, 96))
    old, new = disc(72, 96, 36, 40, 9), disc(72, 96, 34, 52, 9)
    result = composite(frame, [paint(frame, old, new, (10, 200, 10))], feather=3)
    # Chroma is interpolated over a few pixels at the edge.
    inside = cv2.erode((old | new).astype(np.uint8), np.ones((7, 7))) > 0
    assert np.abs(result.frame.rgb()[inside].astype(int) - (10, 200, 10)).max() <= 4


def test_a_new_mask_that_fills_its_crop_fades_out_before_the_side() -> None:
    frame = make_frame(np.full((72, 96, 3), 60, np.uint8))
    old = disc(72, 96, 36, 46, 9)
    everything = np.ones((72, 96), bool)
    result = composite(frame, [paint(frame, old, everything, (250, 250, 250))], feather=4)
    row = result.frame.rgb().mean(axis=2)[36]
    assert np.abs(np.diff(row)).max() < 60
    assert row[: WINDOW.left].max() < 65


@pytest.mark.parametrize("feather", [0, 4, 20, 100])
def test_the_old_object_never_shines_through(feather: int) -> None:
    frame = make_frame(
        np.full((72, 96, 3), 60, np.uint8), picture=upright_format("yuv444p", Orientation(), 72, 96)
    )
    old = disc(72, 96, 36, 46, 20)
    nothing = np.zeros_like(old)
    result = composite(frame, [paint(frame, old, nothing, (250, 250, 250))], feather=feather)
    assert result.frame.rgb()[old].min() > 245


@pytest.mark.parametrize("feather", [1, 4, 10])
def test_touching_neighbours_in_different_crops_stay_painted(feather: int) -> None:
    frame = make_frame(
        np.full((72, 96, 3), 60, np.uint8), picture=upright_format("yuv444p", Orientation(), 72, 96)
    )
    left, right = np.zeros((72, 96), bool), np.zeros((72, 96), bool)
    left[20:50, 25:45] = True
    right[20:50, 45:70] = True
    pieces = [paint(frame, mask, mask, (250, 250, 250)) for mask in (left, right)]
    for piece in pieces:  # as a generator would, leave what is not its own as it was
        piece.patch.rgb[~piece.crop.masks[0]] = 60
    result = composite(frame, pieces, feather=feather)
    assert result.frame.rgb()[left | right].min() > 245


def test_a_sample_of_a_narrow_plane_weighs_all_that_it_covers() -> None:
    alpha = np.zeros((1, 9), np.float32)
    alpha[0, 4] = 1
    weights = plane_alpha(alpha, Window(0, 0, 3, 1), (1, 4))
    assert weights.tolist() == [[0.0, 0.25, 0.0]]


def test_transparency_is_left_as_it_was() -> None:
    picture = upright_format("yuva420p", Orientation(), 72, 96)
    frame = make_frame(textured(72, 96), picture=picture)
    frame.planes[3][:] = np.arange(96, dtype=np.uint8)
    old = disc(72, 96, 36, 46, 12)
    result = composite(frame, [paint(frame, old, old, (255, 0, 0))], feather=2)
    np.testing.assert_array_equal(result.frame.planes[3], frame.planes[3])


def test_the_soft_edge_of_nothing_is_nothing() -> None:
    assert not soft_alpha(np.zeros((5, 7), bool), feather=3).any()
