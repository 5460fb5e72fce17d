"""Carrying a mask by optical flow, on pictures whose motion is known."""

import cv2
import numpy as np
import pytest

from instagan.windows import Window
from instavid.core.motion import carry_mask, measure_flow, measure_pan
from instavid.testing import textured
from instavid.types import BoolArray, ByteArray, Mask

HEIGHT, WIDTH = 180, 320


def fur(seed: int) -> ByteArray:
    """Return a picture with coarse and fine texture, (HEIGHT, WIDTH) uint8, as nature has it."""
    coarse = cv2.resize(textured(HEIGHT // 4, WIDTH // 4, seed=seed), (WIDTH, HEIGHT))[..., 0]
    return coarse // 2 + textured(HEIGHT, WIDTH, seed=seed)[..., 0] // 2


def scene(dx: float, dy: float = 0.0, *, turn: float = 0.0) -> tuple[ByteArray, BoolArray]:
    """Return a gray picture, and the silhouette of a textured ellipse moved and turned in it."""
    ground, skin = fur(seed=1), fur(seed=2)
    shape = cv2.ellipse(
        np.zeros((HEIGHT, WIDTH), np.uint8), (120, 90), (45, 28), 0, 0, 360, 255, -1
    )
    move = cv2.getRotationMatrix2D((120, 90), turn, 1.0)
    move[:, 2] += dx, dy
    silhouette = cv2.warpAffine(shape, move, (WIDTH, HEIGHT)) > 127
    moved = cv2.warpAffine(skin, move, (WIDTH, HEIGHT))
    return np.where(silhouette, moved, ground).astype(np.uint8), silhouette


@pytest.mark.parametrize(
    ("dx", "dy", "turn", "least"),
    [
        pytest.param(0, 0, 0, 0.98, id="still"),
        pytest.param(3, 1, 0, 0.95, id="slow"),
        pytest.param(2, 0, 6, 0.92, id="turning"),
        pytest.param(14, 0, 0, 0.95, id="fast"),
    ],
)
@pytest.mark.parametrize("scale", [1, 3], ids=["small frame", "frame 3x the gray copy"])
def test_a_carried_mask_lies_where_the_object_went(
    dx: float, dy: float, turn: float, least: float, scale: int
) -> None:
    (before, was), (now, is_) = scene(0), scene(dx, dy, turn=turn)
    flow = measure_flow(before, now, frame_height=HEIGHT * scale, frame_width=WIDTH * scale)
    large = [np.kron(m, np.ones((scale, scale), bool)) for m in (was, is_)]
    carried = carry_mask(Mask.from_full(large[0]), flow)
    assert carried.iou(Mask.from_full(large[1])) >= least


def test_holding_the_mask_would_have_failed() -> None:
    _, was = scene(0)
    _, is_ = scene(14)
    assert Mask.from_full(was).iou(Mask.from_full(is_)) < 0.75


def test_a_mask_that_left_the_frame_is_empty() -> None:
    picture = textured(HEIGHT, WIDTH)[..., 0]
    flow = measure_flow(picture, picture, frame_height=HEIGHT, frame_width=WIDTH)
    flow.forward[:] = (-60, 0)
    flow.backward[:] = (60, 0)
    edge = Mask(Window(0, 50, 20, 70), np.ones((20, 20), bool))
    assert carry_mask(edge, flow).area == 0


def test_what_something_else_hides_is_not_carried_on() -> None:
    before, was = scene(0)
    hidden = np.where(was, fur(seed=7), before)
    flow = measure_flow(before, hidden, frame_height=HEIGHT, frame_width=WIDTH)
    assert carry_mask(Mask.from_full(was), flow).area == 0


def test_nothing_is_carried_as_nothing() -> None:
    picture = textured(HEIGHT, WIDTH)[..., 0]
    flow = measure_flow(picture, picture, frame_height=HEIGHT, frame_width=WIDTH)
    assert carry_mask(Mask.from_full(np.zeros((4, 4), bool)), flow).area == 0


@pytest.mark.parametrize("dx", [-9, 0, 2.5, 14])
@pytest.mark.parametrize("scale", [1, 3], ids=["small frame", "frame 3x the gray copy"])
def test_the_pan_is_the_motion_of_the_ground_not_of_what_walks_on_it(dx: float, scale: int) -> None:
    def view(x: float, walker: int) -> ByteArray:
        ground = cv2.resize(fur(seed=1), (2 * WIDTH, 2 * HEIGHT))
        move = np.array([[1, 0, x - 100], [0, 1, -40]], np.float32)
        seen = cv2.warpAffine(ground, move, (WIDTH, HEIGHT))
        seen[20:160, walker : walker + 140] = fur(seed=2)[20:160, :140]
        return seen

    walker = Window(80 * scale, 20 * scale, 220 * scale, 160 * scale)
    pan = measure_pan(view(0, 80), view(dx, 83), frame_width=WIDTH * scale, objects=[walker])
    assert abs(pan / scale - dx) < 0.3


@pytest.mark.parametrize("objects", [[], [Window(0, 0, WIDTH, HEIGHT)]])
def test_nothing_to_hold_on_to_is_no_pan(objects: list[Window]) -> None:
    ground = fur(seed=1) if objects else np.full((HEIGHT, WIDTH), 90, np.uint8)
    assert measure_pan(ground, np.roll(ground, 9, 1), frame_width=WIDTH, objects=objects) == 0
