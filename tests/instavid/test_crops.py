"""Grouping instances and placing crops."""

from dataclasses import replace

import numpy as np
import pytest

from instagan.windows import Window, crop_window
from instavid.core.crops import cut_crop, group_overlapping, plan_crops
from instavid.testing import make_frame, textured
from instavid.types import Mask, TrackedInstance


def box(track_id: int, left: int, top: int, right: int, bottom: int) -> TrackedInstance:
    full = np.zeros((200, 400), bool)
    full[top:bottom, left:right] = True
    return TrackedInstance(track_id, Mask.from_full(full), "sheep", 0.9)


def plan(*instances: TrackedInstance, margins: tuple[float, ...] = (0.5, 0.5, 0.5, 0.5)):
    return plan_crops(instances, margins=margins, aspect=1.0, frame_width=400, frame_height=200)


def ids(groups: list[list[TrackedInstance]]) -> list[list[int]]:
    return [[member.track_id for member in group] for group in groups]


def test_no_instance_gives_no_crop() -> None:
    assert plan() == []


def test_one_instance_lies_in_the_middle_of_a_square_window() -> None:
    (only,) = plan(box(1, 100, 50, 140, 110))
    assert only.window == Window(60, 20, 180, 140)


def test_margins_are_object_heights_and_may_differ_by_side() -> None:
    window = crop_window(
        [Window(100, 100, 120, 120)],
        margins=(1.0, 0.0, 0.0, 0.0),
        aspect=1.0,
        frame_width=400,
        frame_height=200,
    )
    assert window == Window(90, 80, 130, 120)


@pytest.mark.parametrize("left", [0, 5, 379])
def test_a_window_at_the_frame_edge_is_moved_inside_not_cut(left: int) -> None:
    (only,) = plan(box(1, left, 0, left + 20, 20))
    assert (only.window.width, only.window.height) == (40, 40)
    assert only.window.intersect(Window(0, 0, 400, 200)) == only.window


def test_an_object_as_large_as_the_frame_gets_the_frame() -> None:
    (only,) = plan(box(1, 0, 0, 400, 200))
    assert only.window == Window(0, 0, 400, 200)


def test_overlapping_instances_share_a_crop_in_slot_order() -> None:
    groups = group_overlapping(
        [box(3, 100, 50, 140, 90), box(7, 300, 50, 340, 90), box(9, 120, 60, 160, 100)],
        max_members=4,
    )
    assert ids(groups) == [[3, 9], [7]]


def test_a_group_tells_how_much_higher_its_window_is_than_its_tallest_alone() -> None:
    left, right = box(1, 100, 60, 140, 100), box(2, 120, 50, 170, 90)
    (alone,) = plan(left)
    (together,) = plan(left, right)
    assert alone.times_alone == 1.0
    assert together.window.height == 110
    assert together.times_alone == 110 / 80
    assert cut_crop(make_frame(textured(200, 400)), together).times_alone == 110 / 80


def test_a_crop_faces_the_way_that_most_of_its_area_goes() -> None:
    small, large = box(1, 100, 60, 120, 80), box(2, 110, 50, 170, 90)
    for of_small, of_large, both in [(1, -1, -1), (1, 0, 1), (0, 0, 0), (-1, -1, -1)]:
        (together,) = plan(replace(small, facing=of_small), replace(large, facing=of_large))
        assert together.facing == both
        assert cut_crop(make_frame(textured(200, 400)), together).facing == both


def test_of_two_alike_that_go_both_ways_the_older_decides() -> None:
    for wider in (-1, 0, 1):
        older, younger = box(3, 100, 60, 140 + wider, 100), box(7, 120, 60, 160, 100)
        (together,) = plan(replace(younger, facing=1), replace(older, facing=-1))
        assert together.facing == -1
        (together,) = plan(replace(younger, facing=1), older)
        assert together.facing == 1


def test_a_flock_does_not_become_the_whole_frame() -> None:
    row = [box(n, 20 * n, 50, 20 * n + 40, 90) for n in range(1, 16)]
    groups = group_overlapping(row, max_members=4)
    assert sorted(n for group in ids(groups) for n in group) == list(range(1, 16))
    for group in groups:
        left = min(member.mask.window.left for member in group)
        right = max(member.mask.window.right for member in group)
        assert len(group) <= 4
        assert right - left <= 80


def test_a_crop_shows_the_masks_where_the_picture_shows_the_objects() -> None:
    rgb = np.full((200, 400, 3), 40, np.uint8)
    rgb[60:100, 200:260] = 200
    instance = box(1, 200, 60, 260, 100)
    (only,) = plan(instance)
    crop = cut_crop(make_frame(rgb), only)
    bright = crop.rgb.mean(axis=2) > 120
    assert crop.rgb.shape[:2] == (only.window.height, only.window.width)
    np.testing.assert_array_equal(bright, crop.masks[0])


def test_a_crop_equals_the_same_part_of_the_whole_picture() -> None:
    frame = make_frame(textured(200, 400))
    window = Window(33, 21, 135, 123)
    whole = frame.rgb()[window.slices].astype(int)
    # Chroma is interpolated across the crop's edge differently, by at most a few values.
    difference = np.abs(frame.rgb(window).astype(int) - whole)
    assert difference[2:-2, 2:-2].max() <= 1
    assert difference.max() <= 16
