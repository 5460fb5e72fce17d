"""Which way objects go, from where they are seen."""

from collections.abc import Iterator

import numpy as np
import pytest

from instagan.windows import Window
from instavid.followers.facings import Facing, foresee
from instavid.followers.segment_track import SegmentThenTrack
from instavid.meadow.sampling import sample_scene
from instavid.meadow.source import MeadowSource
from instavid.metrics.clips import KnownInstances
from instavid.testing import make_frame, textured
from instavid.trackers.bytetrack import ByteTracker
from instavid.types import Mask, TrackedFrame, TrackedInstance

HEIGHT = 20


def box(left: float, width: int = 30) -> Window:
    return Window(round(left), 0, round(left) + width, HEIGHT)


def walk(*lefts: float, width: int = 30, pan: float = 0.0) -> list[int]:
    """Return the side after each frame of a walk; `pan` moves the picture by so much a frame."""
    known = Facing.at_first(box(lefts[0], width), width * HEIGHT, pan=0.0)
    sides = [known.side]
    for n, left in enumerate(lefts[1:], 1):
        shown = box(left + n * pan, width)
        known = known.seen(shown, shown.area, pan=n * pan)
        sides.append(known.side)
    return sides


@pytest.mark.parametrize("way", [-1, 1])
def test_it_faces_the_way_it_goes_once_it_has_gone_a_fifth_of_its_height(way: int) -> None:
    assert walk(*(100 + way * n for n in range(6))) == [0, 0, 0, 0, way, way]


def test_trembling_tells_nothing_and_changes_nothing() -> None:
    assert walk(100, 102, 99, 101, 103, 100) == [0] * 6
    assert walk(100, 110, 112, 109, 111, 108)[1:] == [1] * 5


def test_who_turns_around_faces_the_other_way() -> None:
    sides = walk(100, 110, 120, 117, 113, 105)
    assert sides == [0, 1, 1, 1, -1, -1]


@pytest.mark.parametrize("pan", [-7, 7])
def test_the_cameras_motion_is_not_its_own(pan: int) -> None:
    assert walk(*[100] * 9, pan=pan) == [0] * 9
    assert walk(*(100 + 2 * n for n in range(5)), pan=pan)[-1] == 1


def test_what_vanishes_behind_another_does_not_seem_to_turn() -> None:
    known = Facing.at_first(box(100), 30 * HEIGHT, pan=0.0).seen(box(110), 30 * HEIGHT, pan=0.0)
    assert known.side == 1
    for hidden in range(8, 30):
        part = Window(110, 0, 140 - hidden, HEIGHT)
        known = known.seen(part, part.area, pan=0.0)
    assert known.side == 1
    # It comes out of there after a long time, farther on.
    for _ in range(100):
        known = known.seen(Window(110, 0, 111, HEIGHT), HEIGHT, pan=0.0)
    assert known.seen(box(100), 30 * HEIGHT, pan=0.0).side == -1


@pytest.mark.parametrize("way", [-1, 1])
def test_what_comes_into_view_does_not_seem_to_walk(way: int) -> None:
    """It stands, and a wall before it goes away: to its left, or to its right."""
    known = Facing.at_first(Window(100, 0, 105, HEIGHT), 5 * HEIGHT, pan=0.0)
    for more in range(26):
        left, right = (100 - more, 105) if way < 0 else (100, 105 + more)
        known = known.seen(Window(left, 0, right, HEIGHT), (right - left) * HEIGHT, pan=0.0)
        assert known.side == 0
    assert known.seen(box(160), 30 * HEIGHT, pan=0.0).side == 1


def frames(*sides: tuple[int, ...]) -> Iterator[TrackedFrame]:
    """Yield frames whose instances 1, 2, ... face as told; None for one that is not there."""
    frame = make_frame(textured(8, 8))
    mask = Mask(Window(0, 0, 1, 1), np.ones((1, 1), bool))
    for some in sides:
        found = [
            TrackedInstance(n, mask, "sheep", 1.0, facing=side) for n, side in enumerate(some, 1)
        ]
        yield TrackedFrame(frame, tuple(found))


def shown(*sides: tuple[int, ...], ahead: int) -> list[tuple[int, ...]]:
    result = foresee(frames(*sides), ahead)
    return [tuple(instance.facing for instance in frame.instances) for frame in result]


def test_frames_are_held_back_until_the_side_is_known() -> None:
    late = [(0,), (0,), (0, 0), (-1, 0), (1, 1)]
    assert shown(*late, ahead=0) == late
    assert shown(*late, ahead=2) == [(0,), (-1,), (-1, 1), (-1, 1), (1, 1)]
    assert shown(*late, ahead=9) == [(-1,), (-1,), (-1, 1), (-1, 1), (1, 1)]
    assert shown((0,), (0,), ahead=9) == [(0,), (0,)]
    assert shown(ahead=3) == []


def test_no_more_frames_are_held_back_than_asked_for() -> None:
    source = frames(*[(0,)] * 10)
    assert next(foresee(source, 3)).instances[0].facing == 0
    assert len(list(source)) == 6


def test_animals_of_a_rendered_scene_face_the_way_they_walk_while_the_camera_pans() -> None:
    scene = sample_scene(101, kinds=("sheep",), aspect=16 / 9)
    source = MeadowSource(scene, frames=40, height=180, width=320)
    facing = {animal.identity: animal.facing for animal in scene.animals}
    truth = list(source.with_truth())
    segmenter = KnownInstances([rendered.instances() for _, rendered in truth])
    follower = SegmentThenTrack(segmenter, ByteTracker(), foresight=12)
    wrong = right = 0
    for tracked, (_, rendered) in zip(
        follower.follow(frame for frame, _ in truth), truth, strict=True
    ):
        for who, mask in zip(rendered.identities, rendered.masks, strict=True):
            for instance in tracked.instances:
                if instance.mask.iou(mask) > 0.5 and instance.facing:
                    right += instance.facing == facing[who]
                    wrong += instance.facing != facing[who]
    assert right > 60
    assert wrong == 0
