"""Counting of switches and crossings, with clips whose truth is known by construction."""

import numpy as np

from instagan.windows import Window
from instavid.metrics.identity import Sighting, count_crossings, count_switches, tracks_of
from instavid.types import Mask

WIDTH = 100


def box(left: int) -> Window:
    return Window(left, 10, left + 10, 30)


def passing() -> list[Sighting]:
    """Return a clip in which object 1 walks to the right past object 2."""
    return [Sighting({1: box(left), 2: box(40)}, {1: 5, 2: 6}) for left in range(10, 80, 3)]


def with_tracks(clip: list[Sighting], start: int, tracks: dict[int, int]) -> list[Sighting]:
    changed = [Sighting(sighting.boxes, tracks) for sighting in clip[start:]]
    return [*clip[:start], *changed]


def test_nothing_switches_where_tracks_stay() -> None:
    assert count_switches([], width=WIDTH) == 0
    assert count_switches(passing(), width=WIDTH) == 0


def test_a_new_track_is_one_switch_and_swapped_tracks_are_two() -> None:
    clip = passing()
    assert count_switches(with_tracks(clip, 9, {1: 5, 2: 7}), width=WIDTH) == 1
    assert count_switches(with_tracks(clip, 9, {1: 6, 2: 5}), width=WIDTH) == 2


def test_a_switch_counts_also_after_being_hidden() -> None:
    hidden = [Sighting({1: box(40)}, {1: 5})] * 30
    back = [Sighting({1: box(60), 2: box(40)}, {1: 5, 2: 9})] * 3
    assert count_switches([*passing()[:10], *hidden, *back], width=WIDTH) == 1


def test_who_leaves_the_picture_begins_anew() -> None:
    leaving = [Sighting({1: box(left)}, {1: 5}) for left in (80, 85, 90)]
    clip = [*leaving, Sighting({}), Sighting({1: box(0)}, {1: 8})]
    assert count_switches(clip, width=WIDTH) == 0


def test_one_passing_another_is_one_crossing() -> None:
    assert count_crossings(passing(), width=WIDTH) == 1
    assert count_crossings(passing() + passing()[::-1], width=WIDTH) == 2


def test_meeting_and_turning_back_is_no_crossing() -> None:
    there = passing()[:9]
    assert count_crossings(there + there[::-1], width=WIDTH) == 0


def test_a_crossing_counts_although_one_is_wholly_hidden_meanwhile() -> None:
    hidden = [Sighting({1: box(40)})] * 5
    clip = [*passing()[:7], *hidden, *passing()[-5:]]
    assert count_crossings(clip, width=WIDTH) == 1


def test_coming_back_from_the_other_side_is_no_crossing() -> None:
    leaving = [Sighting({1: box(left), 2: box(40)}) for left in (80, 85, 90)]
    clip = [*leaving, Sighting({2: box(40)}), Sighting({1: box(0), 2: box(40)})]
    assert count_crossings(clip, width=WIDTH) == 0


def test_a_track_belongs_to_whom_it_covers_by_more_than_half() -> None:
    here, there = (Mask(box(left), np.ones((20, 10), bool)) for left in (10, 50))
    nearly = Mask(Window(12, 10, 22, 30), np.ones((20, 10), bool))
    assert tracks_of({1: here, 2: there}, {8: nearly}) == {1: 8}
    assert tracks_of({}, {8: nearly}) == {}
