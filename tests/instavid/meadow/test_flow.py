"""Optical flow: exact, because it is not estimated."""

import cv2
import numpy as np
import pytest

from instavid.meadow.flow import Flow, flow
from instavid.meadow.render import Rendered, render
from instavid.meadow.sampling import sample_scene
from instavid.meadow.stage import set_scene
from instavid.types import BoolArray, ByteArray

SIZE = {"height": 270, "width": 480}
START, END = 1.0, 1.2


def pulled_back(picture: ByteArray, moved: Flow) -> ByteArray:
    """Return the later picture as seen from the pixels of the earlier one."""
    y, x = np.indices(picture.shape[:2]).astype(np.float32)
    there = x + moved.vectors[..., 0], y + moved.vectors[..., 1]
    return cv2.remap(picture, *there, cv2.INTER_LINEAR).astype(np.uint8)


def errors(one: ByteArray, other: ByteArray) -> np.ndarray[tuple[int, ...], np.dtype[np.int64]]:
    return np.abs(one.astype(np.int64) - other).mean(axis=-1)


@pytest.fixture(scope="module")
def shots() -> tuple[Rendered, Rendered, Flow]:
    scene = sample_scene(5, kinds=("sheep", "giraffe"), count=4)
    before, after = (render(scene, t, **SIZE) for t in (START, END))
    return before, after, flow(scene, START, END, **SIZE)


def animals(rendered: Rendered) -> BoolArray:
    masks = [mask.full(*rendered.rgb.shape[:2]) for mask in rendered.masks]
    return np.logical_or.reduce(masks)


def test_coats_move_with_the_flow(shots: tuple[Rendered, Rendered, Flow]) -> None:
    before, after, moved = shots
    body = animals(before) & moved.visible
    followed = errors(pulled_back(after.rgb, moved), before.rgb)[body].mean()
    ignored = errors(after.rgb, before.rgb)[body].mean()
    # What is left is resampling and light; the animals have gone several pixels.
    assert followed < 9
    assert followed < 0.25 * ignored


def test_the_background_moves_with_the_flow(shots: tuple[Rendered, Rendered, Flow]) -> None:
    before, after, moved = shots
    rest = ~animals(before) & moved.visible
    followed = errors(pulled_back(after.rgb, moved), before.rgb)[rest].mean()
    assert followed < 0.5 * errors(after.rgb, before.rgb)[rest].mean()


def test_masks_move_with_the_flow(shots: tuple[Rendered, Rendered, Flow]) -> None:
    before, after, moved = shots
    for identity, mask in zip(before.identities, before.masks, strict=True):
        later = after.masks[after.identities.index(identity)].full(**SIZE)
        followed = pulled_back(later.astype(np.uint8) * 255, moved) > 127
        assert followed[mask.full(**SIZE) & moved.visible].mean() > 0.97


def test_nearly_all_of_an_animal_stays_visible_for_a_moment(
    shots: tuple[Rendered, Rendered, Flow],
) -> None:
    before, _, moved = shots
    assert 0.75 < moved.visible[animals(before)].mean() < 1.0


def test_nothing_moves_in_no_time() -> None:
    still = flow(sample_scene(5), 1.0, 1.0, height=90, width=160)
    assert np.abs(still.vectors).max() < 1e-3
    assert still.visible.all()


def test_there_and_back_again_is_where_it_began() -> None:
    scene = sample_scene(5)
    there, back = (flow(scene, *times, height=90, width=160) for times in ((1, 1.3), (1.3, 1)))
    rows, columns = np.nonzero(there.visible)
    vectors = there.vectors[rows, columns]
    x = np.floor(columns + 0.5 + vectors[:, 0]).astype(int)
    y = np.floor(rows + 0.5 + vectors[:, 1]).astype(int)
    # Exact but for the fraction of a pixel lost by rounding on the way.
    assert np.quantile(np.abs(vectors + back.vectors[y, x]), 0.99) < 0.3


def test_elements_keep_their_numbers_and_belong_to_one_animal() -> None:
    scene = sample_scene(5, count=3)
    one, other = (set_scene(scene, t, **SIZE) for t in (0.0, 5.0))
    assert one.owners == other.owners
    assert one.owners.items() >= set_scene(scene.without(2), 0.0, **SIZE).owners.items()
