"""Which mask is which: overlaps, gates, ties, and pixels that two masks want."""

import numpy as np
import pytest

from instagan.windows import Window
from instavid.core.masks import NOTHING, covered_share, placed, share_out, without_specks
from instavid.core.matching import match
from instavid.types import Mask


def box(left: int, right: int, top: int = 0, bottom: int = 10) -> Mask:
    return Mask(Window(left, top, right, bottom), np.ones((bottom - top, right - left), bool))


@pytest.mark.parametrize(
    ("previous", "current", "pairs"),
    [
        pytest.param([], [], [], id="nothing"),
        pytest.param([box(0, 10)], [], [], id="none left"),
        pytest.param([], [box(0, 10)], [], id="all new"),
        pytest.param([box(0, 10)], [box(2, 12)], [(0, 0)], id="one"),
        pytest.param(
            [box(0, 10), box(20, 30), box(40, 50)],
            [box(41, 51), box(1, 11), box(21, 31)],
            [(0, 1), (1, 2), (2, 0)],
            id="many",
        ),
    ],
)
def test_masks_are_paired_by_overlap(
    previous: list[Mask], current: list[Mask], pairs: list[tuple[int, int]]
) -> None:
    assert match(previous, current) == pairs


def test_the_sum_of_overlaps_counts_and_not_the_first_best() -> None:
    # Greedy pairing would take (0, 0) at 0.82 and leave 1 alone with 0.05.
    previous, current = [box(0, 10), box(5, 15)], [box(1, 11), box(-7 + 7, 7)]
    assert match(previous, current) == [(0, 1), (1, 0)]


def test_little_overlap_is_enough_only_when_the_tracker_agrees() -> None:
    previous, current = [box(0, 10)], [box(8, 18)]
    assert match(previous, current) == []
    assert match(previous, current, agreeing=np.array([[True]])) == [(0, 0)]


def test_the_tracker_decides_a_tie() -> None:
    previous, current = [box(0, 10), box(0, 10)], [box(0, 10), box(0, 10)]
    crossed = np.array([[False, True], [True, False]])
    assert match(previous, current, agreeing=crossed) == [(0, 1), (1, 0)]


def test_another_class_is_the_same_object_only_when_masks_nearly_coincide() -> None:
    other_class = np.array([[False]])
    assert match([box(0, 10)], [box(4, 14)], compatible=other_class) == []
    assert match([box(0, 10)], [box(1, 11)], compatible=other_class) == [(0, 0)]


def test_contested_pixels_go_to_the_smaller_mask() -> None:
    both, one = box(0, 20), box(12, 22)
    shared = share_out([both, one], yielding=[False, False])
    assert [mask.window for mask in shared] == [Window(0, 0, 12, 10), one.window]


def test_a_guess_yields_to_what_was_seen_even_when_smaller() -> None:
    seen, guess = box(0, 20), box(12, 30)
    shared = share_out([seen, guess], yielding=[False, True])
    assert shared[0].area == seen.area
    assert shared[1].window == Window(20, 0, 30, 10)


def test_a_mask_may_lose_everything() -> None:
    assert share_out([box(0, 9), box(0, 9)], yielding=[False, True])[1] == NOTHING


def test_masks_apart_keep_their_very_pixels() -> None:
    masks = [box(0, 5), box(5, 9), box(30, 31)]
    assert share_out(masks, yielding=[False] * 3) == masks


def test_covered_share_counts_pixels_once() -> None:
    assert covered_share(box(0, 10), [box(0, 5), box(0, 5)]) == 0.5
    assert covered_share(box(0, 10), []) == 0.0
    assert covered_share(NOTHING, [box(0, 5)]) == 0.0


def test_specks_go_and_large_pieces_stay() -> None:
    drawing = np.zeros((20, 40), bool)
    drawing[:, :10] = drawing[:, 20:25] = drawing[3, 35] = True
    assert np.flatnonzero(without_specks(drawing).any(axis=0)).tolist() == [
        *range(10),
        *range(20, 25),
    ]
    assert not without_specks(np.zeros((3, 3), bool)).any()


def test_an_empty_drawing_is_placed_as_nothing() -> None:
    assert placed(np.zeros((4, 4), bool), Window(10, 10, 14, 14)).area == 0
